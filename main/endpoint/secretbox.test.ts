import { describe, expect, it } from 'vitest';

import { keyPair, seal, unseal } from './secretbox.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

// Two key pairs (private keys of the bytes 1 to 32 and 101 to 132) as libsodium 1.0.18 makes them, and the
// key that crypto_box_beforenm finds between them.
const ownSecret = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const ownPublic = '07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c';
const theirPublic = hex('5714769d116bf76436ae74bc793d2c30ad1903c59ac5273805c7e2698b410c36');
const shared = '72da8bbbf5a0760cea2a1d1f2c5f19d54f292f8e7a1dd292b7a86a567ceabc69';

// The secretbox of "Cryptography in NaCl" (D. J. Bernstein, 2009, section 10), as libsodium seals it.
const firstKey = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
const nonce = hex('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37');
const message = hex(`
  be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc
  e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31
  0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde
  048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864
  5e0705`);
const locked = hex(`
  f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce
  48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972
  71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae
  90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3
  7973f622a43d14a6599b1f654cb45a74e355a5`);

describe('the secretbox', () => {
  it("is NaCl's", () => {
    expect(Buffer.from(keyPair(ownSecret).publicKey).toString('hex')).toBe(ownPublic);
    expect(Buffer.from(keyPair(ownSecret).sharedWith(theirPublic)).toString('hex')).toBe(shared);
    expect(Buffer.from(seal(message, nonce, firstKey)).toString('hex')).toBe(
      Buffer.from(locked).toString('hex'),
    );
    expect(Buffer.from(unseal(locked, nonce, firstKey) ?? []).equals(message)).toBe(true);
  });

  it('agrees between two fresh pairs, for every length around a block', () => {
    const [a, b] = [keyPair(), keyPair()];
    const key = a.sharedWith(b.publicKey);
    expect(Buffer.from(b.sharedWith(a.publicKey)).equals(key)).toBe(true);
    for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 200]) {
      const text = new Uint8Array(length).fill(length);
      expect(Buffer.from(unseal(seal(text, nonce, key), nonce, key) ?? [1]).equals(text)).toBe(true);
    }
  });

  it('opens nothing that was touched', () => {
    for (let at = 0; at < locked.length; at += 7) {
      const touched = Uint8Array.from(locked);
      touched[at] = (touched[at] ?? 0) ^ 1;
      expect(unseal(touched, nonce, firstKey)).toBeNull();
    }
    expect(unseal(new Uint8Array(5), nonce, firstKey)).toBeNull();
  });

  it('refuses a public key that shares nothing', () => {
    expect(() => keyPair().sharedWith(new Uint8Array(32))).toThrow();
    expect(() => keyPair().sharedWith(new Uint8Array(31))).toThrow();
  });
});
