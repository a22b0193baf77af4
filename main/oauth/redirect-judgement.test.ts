// Which redirects a sign-in takes for its own answer.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RedirectAnswer } from './redirect-judgement.ts';
import { judgeRedirect } from './redirect-judgement.ts';

type Expected = Parameters<typeof judgeRedirect>[1];
type BoundBy = RedirectAnswer['boundBy'];
const everyBond: readonly BoundBy[] = ['window', 'tab', 'digits', 'paste', 'cookie', 'nothing'];

const code: Expected = { state: 's1', stateless: false, carries: 'code', issuer: null };
const token: Expected = { ...code, carries: 'access_token' };
const noEcho: Expected = { ...code, stateless: true };
const issued: Expected = { ...code, issuer: 'https://id.example.com' };

function judge(query: string, expected: Expected, boundBy: BoundBy = 'window'): unknown {
  const judged = judgeRedirect({ query, fragment: '', body: null, boundBy }, expected);
  return judged.taken || judged.reason.reason;
}

const named: Expected = { ...code, names: { code: 'spapi_code', state: 'customField' } };

const another = 'redirect_of_another_sign_in';
const stateless = 'redirect_without_state';
const unbound = 'redirect_from_elsewhere';

describe('judgeRedirect', () => {
  it.each<[string, Expected, unknown]>([
    ['code=a&state=s1', code, true],
    ['code=a&state=s2', code, another],
    ['code=a&state=', code, another],
    ['code=a&state=S1', code, another],
    ['code=a&state=s1&state=s1', code, 'redirect_repeats'],
    ['code=a&code=b&state=s1', code, 'redirect_repeats'],
    ['state=s1', code, 'redirect_without_answer'],
    ['', code, 'redirect_without_answer'],
    ['code=&state=s1', code, 'redirect_without_code'],
    ['access_token=t&state=s1', code, 'redirect_without_code'],
    ['code=a&state=s1', token, 'redirect_without_token'],
    ['access_token=t&state=s1', token, true],
    ['access_token=t', token, stateless],
    ['error=access_denied&state=s1', code, true],
    ['error=access_denied&state=s2', code, another],
    ['error=access_denied&state=s1', token, true],
    ['error=&state=s1', code, 'redirect_without_code'],
    ['error=&code=a&state=s1', code, true],
    ['code=a&state=s2', noEcho, another],
    ['code=a&state=s1', noEcho, true],
    ['code=a&state=s1&iss=https%3A%2F%2Fid.example.com', issued, true],
    ['code=a&state=s1&iss=https%3A%2F%2Fid.example.com%2F', issued, 'redirect_of_another_issuer'],
    ['error=x&state=s1&iss=https%3A%2F%2Fevil.example', issued, 'redirect_of_another_issuer'],
    ['code=a&state=s1', issued, true],
    ['code=a&state=s1&iss=x', code, true],
    ['spapi_code=a&customField=s1', named, true],
    ['spapi_code=a&customField=s2', named, another],
    ['spapi_code=a&state=s1&customField=s2', named, another],
    ['spapi_code=a', named, stateless],
    ['code=a&customField=s1', named, true],
    ['spapi_code=a&spapi_code=b&customField=s1', named, 'redirect_repeats'],
    ['error=access_denied&customField=s1', named, true],
  ])('judges "%s"', (query, expected, result) => {
    expect(judge(query, expected)).toBe(result);
  });

  it.each(everyBond)('takes a right state, bound by %s', (boundBy) => {
    expect(judge('code=a&state=s1', code, boundBy)).toBe(true);
    expect(judge('code=a&state=s2', noEcho, boundBy)).toBe(another);
  });

  it.each(everyBond)('without a state, bound by %s', (boundBy) => {
    expect(judge('code=a', code, boundBy)).toBe(stateless);
    expect(judge('code=a&appCode=7', noEcho, boundBy)).toBe(
      boundBy === 'nothing' || boundBy === 'cookie' ? unbound : true,
    );
    expect(judge('error=access_denied', code, boundBy)).toBe('redirect_error_unproven');
    expect(judge('error=access_denied', noEcho, boundBy)).toBe(judge('code=a&appCode=7', noEcho, boundBy));
  });

  it('tells the words of an error without its state as unproven, cut short and plain', () => {
    const query = `error=access_denied&error_description=${encodeURIComponent(`no\u202E${'x'.repeat(600)}`)}`;
    const judged = judgeRedirect({ query, fragment: '', body: null, boundBy: 'nothing' }, code);
    expect(judged).toEqual({
      taken: false,
      reason: {
        reason: 'redirect_error_unproven',
        params: { error: `access_denied: no ${'x'.repeat(497)}…` },
      },
    });
  });

  it('takes nothing without the state, whatever else stands there', () => {
    const piece = fc.tuple(
      fc.constantFrom('code', 'iss', 'access_token', 'x', 'State', 'state'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom(...everyBond), (pairs, boundBy) => {
        const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
        fc.pre(!pairs.some(([name, value]) => name === 'state' && value === code.state));
        expect(judge(query, code, boundBy)).not.toBe(true);
      }),
    );
  });
});
