import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeLeft } from './time-left.ts';

const second = 1000;
const minute = 60 * second;

describe('the time that is left', () => {
  it.each([
    [43 * 60 + 59, '43 min left'],
    [60, '1 min left'],
    [59, 'less than a minute left'],
    [119 * 60 + 59, '119 min left'],
    [120 * 60, '2 h left'],
    [47 * 3600, '47 h left'],
    [48 * 3600, '2 days left'],
    [0, 'ended'],
    [-5, 'ended'],
  ])('of %i s reads %s', (seconds, text) => {
    expect(timeLeft(seconds, 0).text).toBe(text);
  });

  it('is said of no token whose end is not known', () => {
    expect(timeLeft(null, 5)).toEqual({ text: null, alive: true, changesIn: null });
  });

  it('changes at the moment it names, and not before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000_000 }), (left) => {
        const end = 1_000_000_000;
        const now = end * second - left;
        const { text, changesIn } = timeLeft(end, now);
        expect(changesIn).toBeGreaterThan(0);
        expect(timeLeft(end, now + (changesIn ?? 0) - 1).text).toBe(text);
        expect(timeLeft(end, now + (changesIn ?? 0)).text).not.toBe(text);
      }),
    );
  });

  it('does not change within a minute', () => {
    expect(timeLeft(600, 30 * second).changesIn).toBe(30 * second + 1);
    expect(timeLeft(600, 0).changesIn).toBe(1);
    expect(timeLeft(600, 1).changesIn).toBe(minute);
  });
});
