// How keytar's process is kept; what it does is tried in keychain.test.ts, against a real keyring.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callLimit } from './keychain.ts';
import { createKeytar } from './keychain-process.ts';
import type { KeychainHelper } from './keychain-process.ts';

let starts = 0;
let running = 0;

/** A helper that answers each call with its own account, 50 ms later. */
function helper(): KeychainHelper {
  let hear: (message: unknown) => void = () => undefined;
  starts += 1;
  running += 1;
  return {
    send: ([, , account]) => void setTimeout(() => hear({ kind: 'value', value: account }), 50),
    onMessage: (listener) => void (hear = listener),
    onEnd: () => undefined,
    forgetListeners: () => undefined,
    hold: () => undefined,
    kill: () => void (running -= 1),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  starts = 0;
  running = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

describe("keytar's process", () => {
  it('ends when nobody has called for a while, and is there again for the next call', async () => {
    const keytar = createKeytar({ service: 's', timeoutMs: 1_000, idleMs: 200, startHelper: helper });
    const both = Promise.all([keytar.get('a'), keytar.get('b')]);
    await vi.advanceTimersByTimeAsync(100);
    expect(await both).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(199);
    expect({ starts, running }).toEqual({ starts: 1, running: 1 });
    const third = keytar.get('c');
    await vi.advanceTimersByTimeAsync(50 + 199);
    expect({ answer: await third, starts, running }).toEqual({ answer: 'c', starts: 1, running: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(running).toBe(0);
    const fourth = keytar.get('d');
    await vi.advanceTimersByTimeAsync(50);
    expect({ answer: await fourth, starts, running }).toEqual({ answer: 'd', starts: 2, running: 1 });
  });

  it('stays for good where no such time is said', async () => {
    const keytar = createKeytar({ service: 's', timeoutMs: 1_000, startHelper: helper });
    const first = keytar.get('a');
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect({ answer: await first, starts, running }).toEqual({ answer: 'a', starts: 1, running: 1 });
  });

  it('was given up after 10 s on macOS, while a person was reading what the system asked', async () => {
    const silent = (): KeychainHelper => ({ ...helper(), send: () => undefined });
    const ended = async (platform: string, after: number): Promise<boolean> => {
      const keytar = createKeytar({ service: 's', timeoutMs: callLimit(platform), startHelper: silent });
      let hung = false;
      keytar.get('a').catch(() => (hung = true));
      await vi.advanceTimersByTimeAsync(after);
      return hung;
    };
    expect(await ended('darwin', 120_000)).toBe(false);
    expect(await ended('darwin', 180_000)).toBe(true);
    expect(await ended('linux', 10_000)).toBe(true);
  });
});
