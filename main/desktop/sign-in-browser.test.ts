import { afterEach, expect, it } from 'vitest';
import type { SignInRequest, Verdict } from '../accounts/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { createCallbackSignIn } from '../host/callback.ts';
import { message } from '../api/problems/index.ts';
import { answerNames } from '../oauth/dialect/redirect.ts';
import { looksUpPeers } from '../platform/peer-user.ts';
import { createBrowserSignIn } from './sign-in-browser.ts';

const listener = createCallbackSignIn();
afterEach(() => listener.close());

function kit(hasBrowser = true) {
  const opened: string[] = [];
  const answers: RedirectAnswer[] = [];
  const signIn = createBrowserSignIn({
    browser: listener,
    openExternal: async (address) => {
      if (!hasBrowser) throw new Error('there is no browser');
      opened.push(address);
    },
  });
  const begin = (redirectUri: string | null, verdict: Verdict = { taken: true }, id = 'f1') => {
    const request: SignInRequest = {
      id,
      account: 'hq',
      providerName: 'Example',
      redirectUri,
      paste: false,
      browser: true,
      stateless: false,
      answerNames: answerNames(),
    };
    return signIn.begin(
      request,
      (answer) => {
        answers.push(answer);
        return verdict;
      },
      () => undefined,
    );
  };
  return { signIn, begin, opened, answers };
}

const vendor = 'https://vendor.example/authorize?state=s';

it('a sign-in in the system’s browser opens the page of the listener where the redirect URI is a loopback one or none', async () => {
  const { begin, opened } = kit();
  const flow = await begin(null);
  expect(flow.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  expect(await flow.show(vendor)).toEqual({
    url: null,
    confirmationCode: looksUpPeers ? expect.stringMatching(/^\d{6}$/) : null,
  });
  const answer = await fetch(opened[0] ?? '', { redirect: 'manual' });
  expect(answer.headers.get('location')).toBe(vendor);
  await flow.end({ account: 'hq', problem: null });
});

it('a sign-in in the system’s browser gives the address to the person where no browser can be opened', async () => {
  const { begin } = kit(false);
  const flow = await begin('keyfob://callback');
  expect(await flow.show(vendor)).toEqual({ url: vendor });
});

it('a sign-in in the system’s browser takes an address of the own scheme while a flow waits for it, bound by nothing', async () => {
  const { signIn, begin, opened, answers } = kit();
  const flow = await begin('keyfob://callback');
  await flow.show(vendor);
  expect(opened).toEqual([vendor]);
  for (const other of [
    'keyfob://callback2?code=1',
    'keyfob://x/callback?code=1',
    'keyfob:callback?code=1',
    'no',
  ])
    expect(signIn.takeAddress(other)).toBe(false);
  expect(answers).toEqual([]);
  expect(signIn.takeAddress('keyfob://callback?code=1&state=s')).toBe(true);
  expect(answers).toEqual([{ query: 'code=1&state=s', fragment: '', body: null, boundBy: 'nothing' }]);
  await flow.end({ account: 'hq', problem: null });
  expect(signIn.takeAddress('keyfob://callback?code=1&state=s')).toBe(false);
});

it('a sign-in in the system’s browser gives an address to the flow that takes it, of several with one redirect URI', async () => {
  const { signIn, begin, answers } = kit();
  await begin(
    'keyfob://callback',
    { taken: false, reason: message('redirect_of_another_sign_in', {}) },
    'f1',
  );
  await begin('keyfob://callback', { taken: true }, 'f2');
  expect(signIn.takeAddress('keyfob://callback?code=1')).toBe(true);
  expect(answers).toHaveLength(2);
});

it('a sign-in in the system’s browser listens at a free port for a redirect URI that was registered without one', async () => {
  const begun = await kit().begin('http://127.0.0.1/callback');
  expect(begun.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  await begun.end({ account: 'hq', problem: null });
});

it.each(['https://app.example.com/cb', 'com.example.app:/cb'])(
  'a sign-in in the system’s browser refuses %s, which no browser can hand over here, and says to paste',
  async (redirectUri) => {
    await expect(kit().begin(redirectUri)).rejects.toMatchObject({
      code: 'bad_request',
      problem: { action: { type: 'sign_in_by_paste', params: { account: 'hq' } } },
    });
  },
);
