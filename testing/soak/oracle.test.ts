// The oracle itself: what it holds against Keyfob, and what it counts apart.
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../main/api/problem.ts';
import type { Exchange } from '../fault-proxy/index.ts';
import type { RefreshNote } from '../loopback-vendor.ts';
import { Oracle } from './oracle.ts';
import { plannedFaults } from './plan.ts';

const begun = Date.now() - 60_000;
const granted: RefreshNote = { client: 'a', token: 'R1', at: begun, outcome: 'granted', gave: ['A2', 'R2'] };
const again: RefreshNote = { client: 'a', token: 'R1', at: begun + 10_000, outcome: 'reused', gave: [] };

function exchange(change: Partial<Exchange> = {}): Exchange {
  return {
    at: new Date(begun).toISOString(),
    number: 1,
    method: 'POST',
    path: '/token',
    rule: null,
    upstream: 200,
    answered: 'as is',
    status: 200,
    ms: 100,
    request: 'grant_type=refresh_token&refresh_token=R1',
    answer: '{"access_token":"A2","refresh_token":"R2"}',
    ...change,
  };
}

/** What the oracle says of a second use, after the first had been answered so. */
function judge(first: Exchange | null, prepare: (oracle: Oracle) => void = () => undefined): string {
  const oracle = new Oracle();
  oracle.refreshed(granted);
  if (first !== null) oracle.exchanged(first);
  prepare(oracle);
  oracle.refreshed(again);
  return [...oracle.violations.keys(), ...oracle.apart.keys()].join('; ');
}
const killed = (after: number) => (oracle: Oracle) =>
  void oracle.down.push({ from: begun + after, to: begun + after + 500 });
const violation = 'a refresh token was used twice';

describe('a refresh token that comes again', () => {
  it('was held against Keyfob where it was killed with the request on its way to a busy vendor', () => {
    expect(judge(exchange(), killed(-100))).toBe('killed before the answer was kept');
    expect(judge(exchange(), killed(-10_000))).toBe(violation);
  });

  it('is held against Keyfob where the first answer came through', () => {
    expect(judge(exchange())).toBe(violation);
    expect(judge(exchange({ rule: '13 s late' }))).toBe(violation);
    expect(judge(exchange({ rule: 'without access_token', answered: 'changed' }))).toBe(violation);
  });

  it('is held against it where the first exchange was given up, or is under way', () => {
    expect(judge(exchange({ answered: 'gone' }))).toBe(violation);
    expect(judge(null)).toBe(violation);
  });

  it('is not where the answer was lost on the way', () => {
    expect(judge(exchange({ rule: 'answer lost', answered: 'cut' }))).toBe('a fault: answer lost');
    expect(
      judge(
        exchange({ answered: 'gone' }),
        (oracle) => void oracle.away.push({ from: begun, to: begun + 50 }),
      ),
    ).toBe('the network went away');
  });

  it('is not where the process was killed before it had the answer, or right after', () => {
    expect(judge(null, killed(50))).toBe('killed before the answer came');
    expect(judge(exchange({ answered: 'gone' }), killed(50))).toBe('killed before the answer came');
    expect(judge(exchange(), killed(1000))).toBe('killed before the answer was kept');
  });

  it('is where the kill came long after, or something of the answer had been served', () => {
    expect(judge(exchange(), killed(5000))).toBe(violation);
    const served = (oracle: Oracle): void => {
      killed(1000)(oracle);
      oracle.handedOut('a', 'A2', 20_000, 0, Date.now());
    };
    expect(judge(exchange(), served)).toBe(violation);
  });
});

describe('an answer to a caller', () => {
  const output = (act: (oracle: Oracle) => void): string[] => {
    const oracle = new Oracle();
    act(oracle);
    return [...oracle.violations.keys(), ...oracle.apart.keys()];
  };
  const now = Date.now();
  const failure = (code: Problem['code']): Problem => ({ code, reason: 'inside', params: {} });

  it('is a token that lives as long as was asked for', () => {
    expect(output((oracle) => oracle.handedOut('a', 'A', 9000, 10, now))).toEqual([]);
    expect(output((oracle) => oracle.handedOut('a', 'A', 5000, 10, now))).toEqual([
      'a token lived shorter than min_valid',
    ]);
    expect(output((oracle) => oracle.handedOut('a', 'A', -100, 0, now))).toEqual([]);
    expect(output((oracle) => oracle.handedOut('a', 'A', -5000, 0, now))).toEqual([
      'a dead token was handed out',
    ]);
  });

  it('comes within 30 s, but across a sleep', () => {
    const slow = (oracle: Oracle): void =>
      oracle.failed('a', failure('vendor_unreachable'), now - 40_000, true);
    expect(output(slow)).toEqual(['a caller waited longer than 30 s']);
    const asleep = (oracle: Oracle): void => {
      oracle.asleep.push({ from: now - 35_000, to: now - 5_000 });
      slow(oracle);
    };
    expect(output(asleep)).toEqual([]);
  });

  it('asks for a sign-in only where the grant is dead, and is of a lock only while there is one', () => {
    expect(output((oracle) => oracle.failed('a', failure('sign_in_needed'), now, false))).toEqual([]);
    expect(output((oracle) => oracle.failed('a', failure('sign_in_needed'), now, true))).toHaveLength(1);
    expect(output((oracle) => oracle.failed('a', failure('vault_locked'), now, true))).toHaveLength(1);
    expect(output((oracle) => oracle.failed('a', failure('unexpected'), now, true))).toEqual([
      'a caller heard unexpected',
    ]);
  });
});

it('every fault of the plan has a name of its own', () => {
  const names = plannedFaults.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
