import { describe, expect, it } from 'vitest';
import type { Session } from './record.ts';
import { renewIn } from './schedule.ts';
import type { Renewal } from './schedule.ts';

const session: Session = {
  access_token: 'a',
  refresh_token: null,
  token_type: 'bearer',
  scope: null,
  obtained_at: 0,
  lifetime: 3600_000,
  bound: { redirect_uri: null, scope: null },
};
const atEnd: Renewal = { when: 'at_end', jitter: 0, unchanged: false, sinceTry: Infinity };
const at = (wall: number): { wall: number; steady: number } => ({ wall, steady: wall });

describe('a token that is renewed at its end', () => {
  it('is due a second after it, and stays due', () => {
    expect(renewIn(session, atEnd, at(3599_000), 0)).toBe(2000);
    expect(renewIn(session, atEnd, at(3600_500), 0)).toBe(500);
    expect(renewIn(session, atEnd, at(3601_000), 0)).toBe(0);
    expect(renewIn(session, atEnd, at(9999_000), 0)).toBe(0);
  });

  it('makes no loop at a vendor that repeats a token which has ended', () => {
    const repeated = { ...atEnd, unchanged: true };
    expect(renewIn(session, { ...repeated, sinceTry: 0 }, at(3700_000), 0)).toBe(10_000);
    expect(renewIn(session, { ...repeated, sinceTry: 10_000 }, at(3710_000), 0)).toBe(0);
    expect(renewIn({ ...session, lifetime: 0 }, repeated, at(0), 0)).toBeNull();
  });
});
