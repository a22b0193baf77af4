// Files that a stranger hands over as profiles: what checking them costs, whatever is in them.
import { describe, expect, it } from 'vitest';
import { parseJson } from '../api/json.ts';
import { checkProfile, longestProfile } from './profile-check.ts';
import { smallProfile } from '../../testing/small-profile.ts';

const none = async (): Promise<unknown> => null;
const field = { label: 'x' };
const names = (count: number, value: unknown): Record<string, unknown> =>
  Object.fromEntries([...Array(count).keys()].map((n) => [`f${n}`, value]));
const filled = (of: (count: number) => unknown): string => {
  let text = '';
  for (let count = 16; ; count *= 2) {
    const next = JSON.stringify(of(count)).replaceAll(',', ',\n');
    if (next.length > longestProfile) return text;
    text = next;
  }
};

describe('checking a profile of a stranger blocked Keyfob for seconds', () => {
  it.each([
    ['unknown names', (n: number) => names(n, 1)],
    ['faulty fields', (n: number) => ({ ...smallProfile, fields: names(n, { label: 3, secret: 'x' }) })],
    [
      'grants that name fields it has not',
      (n: number) => ({
        ...smallProfile,
        fields: names(n, field),
        grants: {
          client_credentials: { required: Object.keys(names(n, 1)).map((one) => `x${one}`), renewal: [] },
        },
      }),
    ],
    [
      'templates that name fields it has not',
      (n: number) => ({
        ...smallProfile,
        fields: names(n, field),
        grants: { client_credentials: { required: [], renewal: [] } },
        token: { url: 'https://acme.example/token', headers: names(n, '{nowhere}') },
      }),
    ],
    [
      'choices without a case',
      (n: number) => ({ ...smallProfile, client_auth: { by_field: 'x', cases: names(n, 'x') } }),
    ],
    ['earlier names', (n: number) => ({ ...smallProfile, token: { legs: names(n, { place: 1 }) } })],
    ['braces', (n: number) => ({ ...smallProfile, issuer: '{'.repeat(n) })],
    ['empty objects', (n: number) => [...Array(n).keys()].map(() => ({}))],
    ['line ends', (n: number) => '\n'.repeat(n)],
  ])('by many of a kind: %s', async (_what, of) => {
    const text = filled(of);
    const began = process.cpuUsage();
    const check = await checkProfile(text, none);
    const { user, system } = process.cpuUsage(began);
    // Ms of work: for each of some thousand faults once, it was seconds.
    expect((user + system) / 1000).toBeLessThan(1_500);
    expect(check.ok ? [] : check.problems.length).toBeLessThanOrEqual(100);
    expect(check.ok).toBe(false);
  });

  it('one longer than 64 KiB is not looked into', async () => {
    const check = await checkProfile(`{"id":"${'x'.repeat(longestProfile)}"}`, none);
    expect(check).toMatchObject({
      ok: false,
      problems: [{ line: 1, problem: { reason: 'profile_too_long' } }],
    });
  });
});

describe('JSON of 150,000 levels', () => {
  const deep = (open: string, close: string): string => `${open.repeat(150_000)}1${close.repeat(150_000)}`;
  it.each([deep('[', ']'), deep('{"a":', '}'), `{"a":${deep('[', ']')}}`, `["\\"[", ${deep('[', ']')}]`])(
    'is no JSON that anybody reads, and a fault at a place of a profile',
    async (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
      expect((await checkProfile(text.slice(0, longestProfile), none)).ok).toBe(false);
    },
  );

  it('is told apart from brackets in texts, and `__proto__` is refused wherever it stands', () => {
    const text = JSON.stringify({ a: '['.repeat(200), b: `"\\{${'{'.repeat(200)}` });
    expect(parseJson(text)).toEqual(JSON.parse(text));
    expect(() => parseJson('{"a":[{"__proto__":1}]}')).toThrow(SyntaxError);
  });
});
