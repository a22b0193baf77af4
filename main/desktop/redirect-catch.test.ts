import { describe, expect, it } from 'vitest';
import { answerNames } from '../oauth/dialect/redirect.ts';
import type { Verdict } from '../accounts/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { message } from '../api/problems/index.ts';
import { createRedirectCatch, type RedirectCatch, type SeenRequest } from './redirect-catch.ts';

const uri = 'https://app.example.com/cb';

interface Kit {
  readonly caught: RedirectCatch<string>;
  readonly answers: RedirectAnswer[];
  readonly verdicts: Verdict[];
  /** Where they came from. */
  readonly from: (string | null | undefined)[];
  verdict: Verdict;
}

function kit(redirectUri = uri): Kit {
  const made: Kit = {
    answers: [],
    verdicts: [],
    from: [],
    verdict: { taken: true },
    caught: createRedirectCatch({
      answerNames: answerNames(),
      redirectUri,
      onAnswer: (answer) => {
        made.answers.push(answer);
        return made.verdict;
      },
      onVerdict: (verdict, from) => {
        made.verdicts.push(verdict);
        made.from.push(from);
      },
    }),
  };
  return made;
}

const get = (url: string, resourceType = 'mainFrame'): SeenRequest => ({ url, method: 'GET', resourceType });
const post = (url: string, ...pieces: (string | null)[]): SeenRequest => ({
  url,
  method: 'POST',
  resourceType: 'mainFrame',
  uploadData: pieces.map((piece) => (piece === null ? {} : { bytes: Buffer.from(piece) })),
});
const answerOf = (query: string, fragment = '', body: string | null = null): RedirectAnswer => ({
  query,
  fragment,
  body,
  boundBy: 'window',
});

describe('a request of a sign-in window', () => {
  it.each([
    ['query', get(`${uri}?code=1&state=s`), answerOf('code=1&state=s')],
    ['fragment', get(`${uri}#code=1`), answerOf('', 'code=1')],
    ['form', post(uri, 'code=1&state=a%20b+c'), answerOf('', '', 'code=1&state=a%20b+c')],
    ['form in pieces', post(uri, 'code=1&', 'state=s'), answerOf('', '', 'code=1&state=s')],
    ['address with the default port', get('https://app.example.com:443/cb?error=x'), answerOf('error=x')],
    ['address with capitals in its host', get('https://APP.example.com/cb?code=1'), answerOf('code=1')],
  ])('gives the answer in its %s', (_name, seen, expected) => {
    const { caught, answers } = kit();
    expect(caught.request(seen)).toBe('judged');
    expect(answers).toEqual([expected]);
  });

  it.each([
    'https://app.example.com.evil.test/cb?code=1',
    'https://evil-app.example.com/cb?code=1',
    'https://app.example.com:8443/cb?code=1',
    'http://app.example.com/cb?code=1',
    'https://app.example.com/cb/?code=1',
    'https://app.example.com/cbx?code=1',
    'https://app.example.com/CB?code=1',
    'https://app.example.com/%63b?code=1',
    'https://app.example.com/x/cb?code=1',
    'https://app.example.com@evil.test/cb?code=1',
    'https://app.example.com/cb@evil.test?code=1',
    'https://user@app.example.com/cb?code=1',
    'https://evil.test/?u=https://app.example.com/cb?code=1',
    'https://evil.test/#https://app.example.com/cb?code=1',
  ])('to %s is not taken for the redirect URI', (url) => {
    const { caught, answers } = kit();
    expect(caught.request(get(url))).toBe('passed');
    expect(caught.navigation(url, true, 'w')).toBe('passed');
    expect(caught.inPage(url, true, 'w')).toBe('passed');
    expect(answers).toEqual([]);
  });

  it.each(['subFrame', 'xhr', 'image', 'script', 'ping', 'other'])(
    'of a %s is stopped and ignored',
    (type) => {
      const { caught, answers } = kit();
      expect(caught.request(get(`${uri}?code=1`, type))).toBe('stopped');
      expect(answers).toEqual([]);
      expect(caught.request(get(`${uri}?code=1`))).toBe('judged');
    },
  );

  it.each([
    ['a file', post(uri, 'code=1', null)],
    ['another encoding', post(uri, '--x\r\ncontent-disposition: form-data; name="code"\r\n\r\n1')],
    ['JSON', post(uri, '{"code":"1"}')],
    ['more than is read', post(uri, 'code=1&x=', 'y'.repeat(70_000))],
    ['nothing', post(uri)],
  ])('that posts %s brings no body, and is stopped all the same', (_name, seen) => {
    const { caught, answers } = kit();
    expect(caught.request(seen)).toBe('judged');
    expect(answers).toEqual([answerOf('')]);
  });

  it('is stopped still when the flow has ended, and no longer judged', () => {
    const { caught, answers } = kit();
    caught.close();
    expect(caught.request(get(`${uri}?code=2`))).toBe('stopped');
    expect(caught.navigation(`${uri}?code=3`, true, 'w')).toBe('stopped');
    expect(answers).toEqual([]);
  });
});

it('a catch of redirects goes on after an answer that was refused, and ends with the one that is taken', () => {
  const made = kit();
  made.verdict = { taken: false, reason: message('redirect_without_answer', {}) };
  expect(made.caught.request(get(`${uri}?code=1`))).toBe('judged');
  made.verdict = { taken: true };
  expect(made.caught.request(get(`${uri}?code=2`))).toBe('judged');
  expect(made.caught.request(get(`${uri}?code=3`))).toBe('stopped');
  expect(made.answers.map(({ query }) => query)).toEqual(['code=1', 'code=2']);
  expect(made.verdicts).toEqual([
    { taken: false, reason: message('redirect_without_answer', {}) },
    { taken: true },
  ]);
});

describe('a navigation of a sign-in window', () => {
  it('gives what the address carries, and leaves what is posted to the request', () => {
    const { caught, answers } = kit();
    expect(caught.navigation(uri, true, 'w')).toBe('passed');
    expect(caught.navigation(`${uri}?tenant=1`, true, 'w')).toBe('passed');
    expect(caught.navigation(`${uri}?code=1`, false, 'w')).toBe('passed');
    expect(caught.navigation(`${uri}#access_token=1`, true, 'w')).toBe('judged');
    expect(answers.map(({ fragment }) => fragment)).toEqual(['access_token=1']);
  });

  it.each(['com.example.app:/cb', 'com.example.app://cb', 'keyfob://callback', 'keyfob:/callback'])(
    'to %s is caught, and from a sub-frame stopped and ignored',
    (own) => {
      const { caught, answers } = kit(own);
      expect(caught.navigation(`${own}x?code=1`, true, 'w')).toBe('passed');
      expect(caught.navigation(`${own}?code=1`, false, 'w')).toBe('stopped');
      expect(answers).toEqual([]);
      expect(caught.navigation(`${own}?code=1#a`, true, 'w')).toBe('judged');
      expect(answers).toEqual([answerOf('code=1', 'a')]);
    },
  );

  it('of a scheme of its own that carries nothing is let through once, to what it posts', () => {
    const own = 'com.example.app:/cb';
    const { caught, answers, from } = kit(own);
    const bytes = Buffer.from('code=1&state=s');
    const seen = { url: own, method: 'POST', uploadData: [{ bytes }] };
    expect(caught.owns(own)).toBe(true);
    expect(caught.owns(`${own}x`)).toBe(false);
    caught.posted(seen);
    expect(caught.navigation(own, false, 'w')).toBe('stopped');
    caught.posted(seen);
    expect(answers).toEqual([]);
    expect(caught.navigation(own, true, 'w')).toBe('passed');
    caught.posted({ ...seen, url: `${own}x` });
    caught.posted(seen);
    caught.posted(seen);
    expect(answers).toEqual([answerOf('', '', 'code=1&state=s')]);
    expect(from).toEqual(['w']);
  });

  it('says where a refused answer came from, and does not know it of a request', () => {
    const made = kit();
    made.verdict = { taken: false, reason: message('redirect_without_answer', {}) };
    made.caught.navigation(`${uri}?code=1`, true, 'pop-up');
    made.caught.navigation(`${uri}?code=1`, true, null);
    made.caught.request(get(`${uri}?code=1`));
    expect(made.from).toEqual(['pop-up', null, undefined]);
  });
});

describe('a page that gives itself the redirect URI', () => {
  it('answers by it, where it carries an answer, and in the main frame only', () => {
    const { caught, answers } = kit();
    expect(caught.inPage(`${uri}#section`, true, 'w')).toBe('passed');
    expect(caught.inPage(`${uri}#code=1`, false, 'w')).toBe('passed');
    expect(caught.inPage(`${uri}#code=1`, true, 'w')).toBe('judged');
    expect(answers).toHaveLength(1);
  });

  it('may be loaded where the sign-in begins on it', () => {
    const { caught, answers } = kit();
    caught.startsAt(`${uri}?client_id=c&response_type=code&state=s`);
    expect(caught.request(get(`${uri}?client_id=c&response_type=code&state=s`))).toBe('passed');
    expect(caught.request(post(uri, 'username=a&password=b'))).toBe('passed');
    expect(answers).toEqual([]);
    expect(caught.request(get(`${uri}?code=1`))).toBe('judged');
  });
});
