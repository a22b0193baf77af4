// Who may use a sign-in's addresses: not another user of the machine, and only with six digits whoever cannot
// be told. The system's own answer is tested with the adapter and, as another user, in e2e/other-user.spec.ts.
import { problem } from '../../testing/short-message.ts';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { chromium } from '@playwright/test';
import type { Browser } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasChromium } from '../../testing/system.ts';

import { looksUpPeers, type PeerUser } from '../platform/peer-user.ts';
import type { SignInFlow } from '../accounts/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { createCallbackSignIn } from './callback.ts';
import { answerNames } from '../oauth/dialect/redirect.ts';
import type { CallbackSignIn } from './callback.ts';

const VENDOR = 'http://vendor.invalid/authorize?a=1&b="2"';

interface Begun {
  readonly flow: SignInFlow;
  readonly start: string;
  readonly digits: string;
  readonly answers: RedirectAnswer[];
  readonly output: string[];
  readonly givenUp: string[];
  /** Who asks from now on. */
  user: PeerUser;
}

const opened: CallbackSignIn[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const signIn of opened.splice(0)) await signIn.close();
});

async function begin(user: PeerUser, vendor = VENDOR): Promise<Begun> {
  const heard = { answers: [] as RedirectAnswer[], output: [] as string[], givenUp: [] as string[], user };
  const signIn = createCallbackSignIn({
    peerUser: async () => begun.user,
    tell: (sentence) => void heard.output.push(sentence),
  });
  opened.push(signIn);
  const flow = await signIn.begin(
    {
      id: 'x',
      account: 'hq',
      providerName: 'Example',
      redirectUri: null,
      paste: false,
      browser: false,
      stateless: false,
      answerNames: answerNames(),
    },
    (answer) => {
      heard.answers.push(answer);
      return { taken: true };
    },
    (reason) => {
      heard.givenUp.push(reason);
      void flow.end({ account: 'hq', problem: problem('vendor_refused', reason).problem });
    },
  );
  const { url, confirmationCode } = await flow.show(vendor);
  const begun: Begun = Object.assign(heard, { flow, start: url ?? '', digits: confirmationCode ?? '' });
  return begun;
}

interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function ask(url: string, headers: Record<string, string> = {}, body?: string): Promise<Told> {
  return new Promise((resolve, reject) => {
    const form = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
    const asked = request(
      url,
      { method: body === undefined ? 'GET' : 'POST', headers: { ...form, ...headers }, agent: false },
      (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const wrongFor = ({ digits }: Begun): string => String((Number(digits) + 1) % 1_000_000).padStart(6, '0');
const there = (base: string, { headers }: Told): string => new URL(headers.location ?? '', base).href;
const cookieOf = ({ headers }: Told): string => headers['set-cookie']?.[0]?.split(';')[0] ?? '';

describe('another user of the machine', () => {
  it('is refused at start page and callback, and uses neither up', async () => {
    const begun = await begin('other');
    for (let time = 0; time < 6; time++) {
      const refused = await ask(begun.start);
      expect([refused.status, refused.headers.location, refused.headers['set-cookie']]).toEqual([
        403,
        undefined,
        undefined,
      ]);
      expect(refused.text).toContain('another user of this machine');
    }
    const callback = `${begun.flow.redirectUri}?code=his&state=s`;
    expect((await ask(callback)).status).toBe(403);
    expect((await ask(begun.flow.redirectUri, {}, 'code=his')).status).toBe(403);
    expect(begun.answers).toEqual([]);
    begun.user = 'own';
    const start = await ask(begun.start);
    expect([start.status, start.headers.location]).toEqual([302, VENDOR]);
    expect((await ask(callback, { Cookie: cookieOf(start) })).status).toBe(303);
    expect(begun.answers).toHaveLength(1);
    expect(begun.output).toEqual([]);
  });

  it('is refused with the cookie too, and cannot guess digits away', async () => {
    const begun = await begin('unknown');
    const page = there(begun.start, await ask(begun.start));
    begun.user = 'other';
    for (let time = 0; time < 6; time++)
      expect((await ask(page, {}, `digits=${wrongFor(begun)}`)).status).toBe(403);
    begun.user = 'own';
    const start = await ask(begun.start);
    begun.user = 'other';
    const callback = `${begun.flow.redirectUri}?code=his`;
    expect((await ask(callback, { Cookie: cookieOf(start) })).status).toBe(403);
    expect([begun.answers, begun.givenUp]).toEqual([[], []]);
  });
});

describe('a start page', () => {
  it('opens once, and again for the browser that it opened', async () => {
    const begun = await begin('own');
    const first = await ask(begun.start);
    expect(first.status).toBe(302);
    expect(first.headers['set-cookie']?.map((one) => /Path=([^;]+)/.exec(one)?.[1])).toEqual([
      '/callback',
      new URL(begun.start).pathname,
    ]);
    const second = await ask(begun.start);
    expect([second.status, second.headers.location]).toEqual([410, undefined]);
    expect(second.text).toContain('has expired');
    expect((await ask(begun.start, { Cookie: cookieOf(first) })).status).toBe(302);
  });

  it('is not used up by a prefetch', async () => {
    const begun = await begin('own');
    expect((await ask(begun.start, { 'Sec-Purpose': 'prefetch;prerender' })).status).toBe(503);
    expect((await ask(begun.start)).status).toBe(302);
  });

  it('opens nothing after ten minutes, save for the browser that it opened', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const [late, begun] = [await begin('own'), await begin('own')];
    const first = await ask(begun.start);
    vi.setSystemTime(Date.now() + 10 * 60_000 + 1);
    expect((await ask(late.start)).status).toBe(410);
    expect((await ask(begun.start, { Cookie: cookieOf(first) })).status).toBe(302);
  });
});

describe.runIf(looksUpPeers)('a user of the machine who cannot be told', () => {
  it('opens the start page with the digits, which were said once and stand on no page', async () => {
    const begun = await begin('unknown');
    const page = there(begun.start, await ask(begun.start));
    await ask(begun.start);
    expect(begun.output).toEqual([expect.stringContaining(begun.digits)]);
    const asked = await ask(page);
    expect(asked.status).toBe(200);
    expect(asked.text).not.toContain(begun.digits);
    expect(asked.headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'nonce-[^']+'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    const wrong = await ask(page, {}, `digits=${wrongFor(begun)}`);
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([403, undefined]);
    expect(wrong.text).toContain('4 tries are left');
    expect((await ask(page, {}, 'digits='.padEnd(5_000, '1'))).status).toBe(413);
    expect((await ask(page, { 'Content-Type': 'text/plain' }, 'digits=1')).status).toBe(415);
    const right = await ask(page, {}, `digits=${begun.digits.slice(0, 3)}+${begun.digits.slice(3)}`);
    expect(right.status).toBe(200);
    expect(right.text).toContain('url=http://vendor.invalid/authorize?a=1&#38;b=&#34;2&#34;"');
    expect((await ask(page, {}, `digits=${begun.digits}`)).status).toBe(404);
    // The cookie lets the answer of this browser in.
    const callback = `${begun.flow.redirectUri}?code=mine&state=s`;
    expect((await ask(callback, { Cookie: cookieOf(right) })).status).toBe(303);
    expect(begun.answers).toMatchObject([{ query: 'code=mine&state=s', boundBy: 'cookie' }]);
  });

  it('ends the sign-in with the fifth wrong digits, the right ones after them included', async () => {
    const begun = await begin('unknown');
    const pages = [there(begun.start, await ask(begun.start)), there(begun.start, await ask(begun.start))];
    const tries: number[] = [];
    for (let time = 0; time < 5; time++)
      tries.push((await ask(pages[time % 2] ?? '', {}, `digits=${wrongFor(begun)}`)).status);
    expect(tries).toEqual([403, 403, 403, 403, 410]);
    await expect.poll(() => begun.givenUp).toEqual(['wrong_digits']);
    await expect(ask(pages[0] ?? '', {}, `digits=${begun.digits}`)).rejects.toThrow();
  });

  it('has an answer taken without the cookie only after the digits, whatever way it came', async () => {
    for (const piece of ['query', 'body', 'fragment'] as const) {
      const begun = await begin('unknown');
      const { redirectUri } = begun.flow;
      const raw = 'code=c%2Fd&state=s';
      const handover = { 'X-Keyfob-Handover': '1', Origin: new URL(redirectUri).origin };
      const answer =
        piece === 'query'
          ? await ask(`${redirectUri}?${raw}`)
          : await ask(redirectUri, piece === 'fragment' ? handover : {}, raw);
      const page =
        piece === 'fragment'
          ? new URL((JSON.parse(answer.text) as { next: string }).next, redirectUri).href
          : there(redirectUri, answer);
      expect([piece, begun.answers, page.includes('code=')]).toEqual([piece, [], false]);
      const right = await ask(page, {}, `digits=${begun.digits}`);
      expect([piece, right.status, right.headers.location]).toEqual([
        piece,
        303,
        expect.stringMatching(/^\/keyfob\/done\//),
      ]);
      expect(begun.answers).toMatchObject([{ [piece]: raw, boundBy: 'nothing' }]);
    }
  });

  it('does not open what somebody else has opened meanwhile', async () => {
    const begun = await begin('unknown');
    const page = there(begun.start, await ask(begun.start));
    begun.user = 'own';
    expect((await ask(begun.start)).status).toBe(302);
    begun.user = 'unknown';
    const late = await ask(page, {}, `digits=${begun.digits}`);
    expect([late.status, late.headers['set-cookie']]).toEqual([410, undefined]);
  });
});

describe.runIf(hasChromium && looksUpPeers)('the six digits in a real browser', { timeout: 30_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  }, 30_000);
  afterAll(() => browser.close());

  it('the digits lead on to the vendor, and its answer is that of this browser', async () => {
    const begun = await begin('unknown', 'https://vendor.invalid/authorize?x=1');
    const page = await (await browser.newContext()).newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => {
      if (/Content Security|Refused/.test(message.text())) problems.push(message.text());
    });
    await page.route('https://vendor.invalid/**', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<a href="${begun.flow.redirectUri}?code=q">allow</a>`,
      }),
    );
    await page.goto(begun.start);
    await page.getByLabel('Six digits').fill(wrongFor(begun));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').getByText('4 tries are left').waitFor();
    await page.getByLabel('Six digits').fill(begun.digits);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'allow' }).click();
    await page.getByText('Almost done').waitFor();
    expect(begun.answers).toMatchObject([{ query: 'code=q', boundBy: 'cookie' }]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('another user sees why, and no form', async () => {
    const begun = await begin('other');
    const page = await (await browser.newContext()).newPage();
    await page.goto(begun.start);
    await page.getByRole('heading', { name: 'for another user of this machine' }).waitFor();
    expect(await page.locator('form').count()).toBe(0);
    await page.context().close();
  });
});
