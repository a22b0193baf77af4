// When a token is renewed: properties over lives, clocks and failures.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session } from '../oauth/token.ts';
import {
  backoff,
  endOf,
  remaining,
  renewIn,
  warnBefore,
  wishedValidity,
  type Now,
  type RenewalRules,
} from './schedule.ts';

const start = Date.UTC(2026, 0, 1);
const minute = 60_000;

function token(lifetime: number | null): Session {
  return {
    access_token: 'a',
    token_type: 'bearer',
    obtained_at: start,
    lifetime,
    refresh_token: 'r',
    scope: null,
    bound: { redirect_uri: null, scope: null },
  };
}
const ahead: RenewalRules = { when: 'ahead', jitter: 0, unchanged: false, sinceTry: Infinity };
const atEnd: RenewalRules = { ...ahead, when: 'on_expiry' };
/** Both clocks `ms` after the token was asked for. */
const after = (ms: number): Now => ({ wall: start + ms, steady: ms, boot: null });

const life = fc.integer({ min: 1, max: 400 * 24 * 60 * minute });
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const renewal = fc.record<RenewalRules>({
  when: fc.constantFrom('ahead', 'on_expiry'),
  jitter,
  unchanged: fc.boolean(),
  sinceTry: fc.constant(Infinity),
});

describe('renewIn', () => {
  it.each([
    ['sooner, as the person wants', 60 * minute, 20 * minute, 40 * minute],
    ['no later than usual', 60 * minute, minute, 54 * minute],
    ['beyond the usual ceiling', 24 * 60 * minute, 60 * minute, 23 * 60 * minute],
    ['never before half of the life', 10 * minute, 60 * minute, 5 * minute],
  ])('%s', (_name, lifetime, leastLead, due) => {
    expect(renewIn(token(lifetime), { ...ahead, leastLead }, after(0), 0)).toBe(due);
    const atTheEnd = renewIn(token(lifetime), { ...atEnd, leastLead }, after(0), 0);
    expect(atTheEnd).toBe(renewIn(token(lifetime), atEnd, after(0), 0));
  });

  it.each([
    ['an hour: a tenth ahead', 60 * minute, 54 * minute],
    ['ten minutes: a minute ahead', 10 * minute, 9 * minute],
    ['five minutes: still a minute', 5 * minute, 4 * minute],
    ['a minute: half of it', minute, minute / 2],
    ['a day: ten minutes are enough', 24 * 60 * minute, 24 * 60 * minute - 10 * minute],
    ['a day: ten minutes are enough', 24 * 60 * minute, 24 * 60 * minute - 10 * minute],
  ])('%s', (_name, lifetime, due) => {
    expect(renewIn(token(lifetime), ahead, after(0), 0)).toBe(due);
    expect(renewIn(token(lifetime), ahead, after(due), 0)).toBe(0);
    expect(renewIn(token(lifetime), atEnd, after(0), 0)).toBe(lifetime + 1000);
  });

  it('is never before half of the life, never negative, and after the end where nothing is new before', () => {
    fc.assert(
      fc.property(life, renewal, (lifetime, rules) => {
        const due = renewIn(token(lifetime), rules, after(0), 0);
        expect(due).not.toBeNull();
        expect(due).toBeGreaterThanOrEqual(lifetime / 2);
        if (rules.when === 'on_expiry' || rules.unchanged) {
          expect(due).toBeGreaterThan(lifetime);
        } else if (lifetime >= 2000) {
          expect(due).toBeLessThan(lifetime);
        }
      }),
    );
    fc.assert(
      fc.property(life, renewal, fc.nat(), (lifetime, rules, ms) => {
        expect(renewIn(token(lifetime), rules, after(ms), 0)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('jitter makes it earlier by a quarter of the lead at most, and later by as much where half of the life allows no earlier', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2000, max: 1e10 }), jitter, (lifetime, drawn) => {
        const plainly = renewIn(token(lifetime), ahead, after(0), 0) ?? 0;
        const jittered = renewIn(token(lifetime), { ...ahead, jitter: drawn }, after(0), 0) ?? 0;
        const lead = lifetime - plainly;
        expect(Math.abs(jittered - plainly)).toBeLessThanOrEqual(lead / 4 + 1e-6);
        if (lead * 1.25 <= lifetime / 2) expect(jittered).toBeLessThanOrEqual(plainly);
      }),
    );
  });

  it('spreads tokens of two minutes and less that were asked for together, each with more left than a caller wishes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2000, max: 2 * minute }), (lifetime) => {
        const due = [0, 0.25, 0.5, 0.75, 0.999].map(
          (drawn) => renewIn(token(lifetime), { ...ahead, jitter: drawn }, after(0), 0) ?? 0,
        );
        expect(Math.max(...due) - Math.min(...due)).toBeGreaterThan(lifetime * 0.12);
        expect(lifetime - Math.max(...due)).toBeGreaterThan(wishedValidity(token(lifetime)));
      }),
    );
  });

  it('is no later for the jitter than the person wants it', () => {
    const shown = (leastLead: number): number =>
      renewIn(token(minute), { ...ahead, leastLead, jitter: 0.999 }, after(0), 0) ?? 0;
    expect(shown(0)).toBeGreaterThan(37_000);
    expect(shown(28_000)).toBe(32_000);
    expect(shown(10 * minute)).toBe(30_000);
  });

  it('makes no loop of a token that lives no time, nor of one that never ends', () => {
    fc.assert(
      fc.property(renewal, fc.nat(), (rules, ms) => {
        expect(renewIn(token(0), rules, after(ms), 0)).toBeNull();
        expect(renewIn(token(null), rules, after(ms), 0)).toBeNull();
      }),
    );
  });

  it('waits at least a second more for a token of less than two', () => {
    expect(renewIn(token(1), ahead, after(0), 0)).toBe(1001);
    expect(renewIn(token(1999), ahead, after(1999), 0)).toBe(1000);
  });

  it('is due at once after a sleep that only the wall clock counted', () => {
    expect(renewIn(token(60 * minute), ahead, { ...after(0), wall: start + 59 * minute }, 0)).toBe(0);
  });
});

describe('remaining', () => {
  const times = fc.integer({ min: -1e12, max: 1e12 });

  it('is between nothing and the whole life, whatever the clocks show', () => {
    fc.assert(
      fc.property(life, times, fc.nat(), fc.boolean(), (lifetime, jump, steady, restarted) => {
        const left =
          remaining(token(lifetime), { ...after(steady), wall: start + jump }, restarted ? null : 0) ?? -1;
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left).toBeLessThanOrEqual(lifetime);
      }),
    );
  });

  it('a wall clock that jumps back never extends a life', () => {
    fc.assert(
      fc.property(life, fc.nat(), fc.nat(), (lifetime, ms, back) => {
        const before = remaining(token(lifetime), after(ms), 0) ?? -1;
        const jumped = remaining(token(lifetime), { ...after(ms), wall: start + ms - back }, 0) ?? Infinity;
        expect(jumped).toBeLessThanOrEqual(before);
      }),
    );
  });

  it('a wall clock that jumps ahead ends a token early rather than late', () => {
    expect(remaining(token(minute), { ...after(0), wall: start + 2 * minute }, 0)).toBe(0);
  });

  it('is not known when the vendor did not say', () => {
    expect(remaining(token(null), after(minute), 0)).toBeNull();
    expect(endOf(token(null), after(0), 0)).toBeNull();
    expect(endOf(token(minute), after(0), 0)).toBe(start + minute);
  });
});

describe('what people and callers are told', () => {
  it('warns ten minutes ahead, or a fifth of the life', () => {
    expect(warnBefore(token(60 * minute))).toBe(10 * minute);
    expect(warnBefore(token(10 * minute))).toBe(2 * minute);
    expect(warnBefore(token(null))).toBe(0);
  });

  it('wishes for 60 s, or a tenth of the life', () => {
    expect(wishedValidity(token(60 * minute))).toBe(minute);
    expect(wishedValidity(token(minute))).toBe(6000);
    expect(wishedValidity(token(0))).toBe(0);
    expect(wishedValidity(token(null))).toBe(minute);
  });
});

describe('backoff', () => {
  it('grows while it can, and is bounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), jitter, jitter, (failures, one, other) => {
        expect(backoff(failures + 1, one, null)).toBeGreaterThan(backoff(failures, other, null));
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), jitter, (failures, random) => {
        const wait = backoff(failures, random, null);
        expect(wait).toBeGreaterThanOrEqual(800);
        expect(wait).toBeLessThanOrEqual(6 * minute);
      }),
    );
  });

  it('is never shorter than the vendor asked, and no more than a second beyond it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), jitter, fc.nat(60 * minute), (failures, random, asked) => {
        const wait = backoff(failures, random, asked);
        expect(wait).toBeGreaterThanOrEqual(asked);
        expect(wait).toBeLessThanOrEqual(Math.max(backoff(failures, random, null), asked + 1000));
      }),
    );
  });

  it('is an hour at most, whatever the vendor asked and however often it failed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), jitter, fc.nat(), (failures, random, asked) => {
        expect(backoff(failures, random, asked, 60 * minute)).toBeLessThanOrEqual(60 * minute);
      }),
    );
    expect(backoff(40, 1, null, 60 * minute)).toBeCloseTo(60 * minute);
  });
});

describe('a token that is renewed at its end', () => {
  const session = token(60 * minute);

  it('is due a second after it, and stays due', () => {
    expect(renewIn(session, atEnd, after(60 * minute - 1000), 0)).toBe(2000);
    expect(renewIn(session, atEnd, after(60 * minute + 500), 0)).toBe(500);
    expect(renewIn(session, atEnd, after(60 * minute + 1000), 0)).toBe(0);
    expect(renewIn(session, atEnd, after(99 * minute), 0)).toBe(0);
  });

  it('makes no loop at a vendor that repeats a token which has ended', () => {
    const repeated = { ...atEnd, unchanged: true };
    expect(renewIn(session, { ...repeated, sinceTry: 0 }, after(70 * minute), 0)).toBe(10_000);
    expect(renewIn(session, { ...repeated, sinceTry: 10_000 }, after(70 * minute), 0)).toBe(0);
  });
});
