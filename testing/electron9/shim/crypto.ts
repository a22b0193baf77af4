// Node's Web Crypto (15, global since 17.6), randomUUID (14.17), randomInt (12.19), hkdf (15) and the one-shot
// hash (20.12).
import nodeCrypto from 'node:crypto';
import { Crypto as PeculiarCrypto } from '@peculiar/webcrypto';

import { addMissing } from './assign.ts';

const { randomBytes, createHash, createHmac } = nodeCrypto;

/** A random UUID, version 4 (RFC 9562 section 5.4). */
function randomUUID(): string {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join('-');
}

/** An evenly spread whole number of at least `low` and below `high`. */
function randomInt(first: number, second?: number): number {
  const [low, high] = second === undefined ? [0, first] : [first, second];
  const range = high - low;
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const drawn = randomBytes(6).readUIntBE(0, 6);
    if (drawn < limit) return low + (drawn % range);
  }
}

/** RFC 5869. */
function hkdfSync(
  digest: string,
  key: nodeCrypto.BinaryLike,
  salt: nodeCrypto.BinaryLike,
  info: nodeCrypto.BinaryLike,
  length: number,
): ArrayBuffer {
  const secret = createHmac(digest, salt).update(key).digest();
  const blocks: Buffer[] = [];
  let block = Buffer.alloc(0);
  for (let number = 1; blocks.length * secret.length < length; number += 1) {
    block = createHmac(digest, secret)
      .update(block)
      .update(info)
      .update(Buffer.from([number]))
      .digest();
    blocks.push(block);
  }
  return Uint8Array.from(Buffer.concat(blocks).subarray(0, length)).buffer;
}

const webcrypto = new PeculiarCrypto();
addMissing(webcrypto, { randomUUID });
addMissing(nodeCrypto, {
  webcrypto,
  randomUUID,
  randomInt,
  hkdfSync,
  hkdf(...args: [...Parameters<typeof hkdfSync>, (error: null, key: ArrayBuffer) => void]) {
    const [digest, key, salt, info, length, done] = args;
    const derived = hkdfSync(digest, key, salt, info, length);
    process.nextTick(() => done(null, derived));
  },
  hash: (name: string, data: nodeCrypto.BinaryLike, encoding: nodeCrypto.BinaryToTextEncoding = 'hex') =>
    createHash(name).update(data).digest(encoding),
});
addMissing(globalThis, { crypto: webcrypto });
