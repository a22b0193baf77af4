import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limitEnd, secondWish } from './ending.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance', 'hrtime'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the end of a host, agent or desktop', () => {
  /** Begins one; `at` is when it exited, in ms from now. */
  function begin(spending: () => readonly string[]) {
    const begun = performance.now();
    const exits: number[] = [];
    const written: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    limitEnd({ spending, exit: () => void exits.push(performance.now() - begun) });
    return { exits, written };
  }

  it('comes within two seconds, and prints nothing', () => {
    const { exits, written } = begin(() => []);
    vi.advanceTimersByTime(60_000);
    expect(exits).toEqual([1_600]);
    expect(written).toEqual([]);
  });

  it('waits for a refresh token that was sent, and says so once', () => {
    let names: string[] = ['hq', 'desk'];
    const { exits, written } = begin(() => names);
    vi.advanceTimersByTime(13_000);
    expect(exits).toEqual([]);
    names = [];
    vi.advanceTimersByTime(60_000);
    expect(exits).toEqual([14_600]);
    expect(written).toEqual([expect.stringMatching(/refresh token of hq, desk is kept, within 25 s/)]);
  });

  it('comes within 25 s whatever hangs', () => {
    const { exits } = begin(() => ['hq']);
    vi.advanceTimersByTime(60_000);
    expect(exits).toEqual([24_800]);
  });
});

describe('a signal', () => {
  it('is the second one only when it comes after a moment', () => {
    const isSecond = secondWish();
    expect(isSecond()).toBe(false);
    vi.advanceTimersByTime(100);
    expect(isSecond()).toBe(false);
    vi.advanceTimersByTime(300);
    expect(isSecond()).toBe(true);
  });
});
