import { describe, expect, it } from 'vitest';
import { KeyfobError } from '../api/errors.ts';
import { watchNetwork } from './network-watch.ts';
import { followSystem } from './power.ts';

/** Something that happens, told by hand. */
function signal(): { on(heard: () => void): () => void; tell(): void; listening(): number } {
  const heard = new Set<() => void>();
  return {
    on(one) {
      heard.add(one);
      return () => heard.delete(one);
    },
    tell: () => {
      for (const one of heard) one();
    },
    listening: () => heard.size,
  };
}

function bench({ lockWithScreen = false, lock = async () => undefined } = {}) {
  const [resume, screen, shutdown, network] = [signal(), signal(), signal(), signal()];
  const did: string[] = [];
  const end = followSystem({
    events: { onResume: resume.on, onScreenLock: screen.on, onShutdown: shutdown.on },
    keyfob: {
      wake: () => void did.push('wake'),
      async lock() {
        did.push('lock');
        await lock();
      },
    },
    clipboard: {
      clear: async () => void did.push('clear'),
      wake: () => void did.push('look at the clipboard'),
    },
    network,
    lockWithScreen: () => lockWithScreen,
    quit: () => void did.push('quit'),
    problem: () => void did.push('problem'),
  });
  return { resume, screen, shutdown, network, did, end };
}

describe('the system', () => {
  it('waking does what is due, in the clipboard too', () => {
    const { resume, did } = bench();
    resume.tell();
    expect(did).toEqual(['look at the clipboard', 'wake']);
  });

  it('locking its screen always clears what was copied, and locks Keyfob only when that is wanted', () => {
    const open = bench();
    open.screen.tell();
    expect(open.did).toEqual(['clear']);
    const careful = bench({ lockWithScreen: true });
    careful.screen.tell();
    expect(careful.did).toEqual(['clear', 'lock']);
  });

  it('locking tells when Keyfob could not be locked', async () => {
    const { screen, did } = bench({
      lockWithScreen: true,
      lock: async () => {
        throw new KeyfobError('keychain_died', {});
      },
    });
    screen.tell();
    await Promise.resolve();
    await Promise.resolve();
    expect(did).toEqual(['clear', 'lock', 'problem']);
  });

  it('shutting down ends Keyfob, and a changed network wakes it', () => {
    const { shutdown, network, did } = bench();
    shutdown.tell();
    network.tell();
    expect(did).toEqual(['quit', 'wake']);
  });

  it('is not listened to after the end', () => {
    const { end, resume, screen, shutdown, network } = bench();
    end();
    expect([resume, screen, shutdown, network].map((one) => one.listening())).toEqual([0, 0, 0, 0]);
  });
});

describe('the network of the desktop', () => {
  it('tells of a change of being online or of the addresses, and of nothing else', () => {
    const [clock, addresses] = [signal(), signal()];
    let online = true;
    let told = 0;
    const network = watchNetwork({
      isOnline: () => online,
      onAddresses: addresses.on,
      every: clock.on,
    });
    network.on(() => (told += 1));
    clock.tell();
    expect(told).toBe(0);
    online = false;
    clock.tell();
    clock.tell();
    expect([told, network.online()]).toEqual([1, false]);
    online = true;
    addresses.tell();
    expect([told, network.online()]).toEqual([2, true]);
    network.close();
    expect([clock.listening(), addresses.listening()]).toEqual([0, 0]);
  });
});
