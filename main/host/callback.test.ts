import { freePort } from '../../testing/program.ts';
import { problem } from '../../testing/short-message.ts';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect, createServer as createNetServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { chromium } from '@playwright/test';
import type { Browser } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KeyfobError } from '../api/errors.ts';
import { describeProblem, windowTexts } from '../messages/index.ts';
import { hasChromium } from '../../testing/system.ts';

import type { SignInFlow, Verdict } from '../accounts/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { message } from '../api/problems/index.ts';
import { createCallbackSignIn } from './callback.ts';
import type { CallbackSignIn } from './callback.ts';
import { answerNames } from '../oauth/dialect/redirect.ts';
import { carriesAnswer, listenAddressOf } from './redirect-uri.ts';

interface Begun {
  readonly signIn: CallbackSignIn;
  readonly flow: SignInFlow;
  readonly answers: RedirectAnswer[];
  /** Judges what comes; all is taken unless changed. */
  judge: (answer: RedirectAnswer) => Verdict;
}

const opened: CallbackSignIn[] = [];
afterEach(async () => {
  for (const signIn of opened.splice(0)) await signIn.close();
});

async function begin(redirectUri: string | null, options: { paste?: boolean; with?: CallbackSignIn } = {}) {
  const signIn = options.with ?? createCallbackSignIn();
  opened.push(signIn);
  const begun: Begun = { signIn, flow: NONE, answers: [], judge: () => ({ taken: true }) };
  const flow = await signIn.begin(
    {
      id: 'a b;c',
      account: 'hq',
      providerName: 'Example',
      redirectUri,
      paste: options.paste ?? false,
      browser: false,
      stateless: false,
      answerNames: answerNames(),
    },
    (answer) => {
      begun.answers.push(answer);
      return begun.judge(answer);
    },
    () => undefined,
  );
  return Object.assign(begun, { flow });
}
// Stands for the flow for the moment until there is one.
const NONE: SignInFlow = { redirectUri: '', show: async () => ({ url: null }), end: async () => undefined };

interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks as a program, with any header. */
async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function cookieOf(flow: SignInFlow): Promise<string> {
  const { url } = await flow.show('http://vendor.invalid/authorize?x=1');
  const start = await ask(url ?? '');
  expect([start.status, start.headers.location]).toEqual([302, 'http://vendor.invalid/authorize?x=1']);
  const [cookie = ''] = start.headers['set-cookie'] ?? [];
  expect(cookie).toMatch(/^kf_flow_[0-9a-f]{16}=[A-Za-z0-9_-]{43}; Path=\/callback; HttpOnly; SameSite=Lax/);
  expect(start.headers['referrer-policy']).toBe('no-referrer');
  return cookie.split(';')[0] ?? '';
}

describe('redirect URIs of a sign-in in the browser', () => {
  it.each([
    ['http://127.0.0.1:8080/callback', '127.0.0.1', 8080, '/callback'],
    ['http://LOCALHOST:80/a/b', 'localhost', 80, '/a/b'],
    ['http://[::1]:4000', '::1', 4000, '/'],
    ['http://127.0.0.1:1/cb?x=y', '127.0.0.1', 1, '/cb'],
  ])('%s can be listened on', (uri, host, port, path) => {
    expect(listenAddressOf(uri, 'hq')).toMatchObject({ host, port, path });
  });

  it.each([
    'http://localhost:0/',
    'http://localhost:65536/',
    'https://localhost:8080/',
    'https://example.invalid/cb',
    'http://example.invalid:8080/cb',
    'http://localhost.example.invalid:80/',
    'http://127.0.0.1:80@example.invalid/',
    'com.example.app:/cb',
    'http://localhost:8080/#x',
  ])('%s cannot, and says to paste', async (uri) => {
    await expect(begin(uri)).rejects.toMatchObject({
      code: 'bad_request',
      problem: { action: { type: 'sign_in_by_paste' } },
    });
  });

  it('are left alone when the person pastes', async () => {
    const { flow } = await begin('https://example.invalid/cb', { paste: true });
    expect(flow.redirectUri).toBe('https://example.invalid/cb');
    expect(await flow.show('https://vendor.invalid/a')).toEqual({ url: 'https://vendor.invalid/a' });
    await flow.end({ account: 'hq', problem: null });
  });

  it('are the own ones when none is registered', async () => {
    const { flow } = await begin(null);
    expect(flow.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  });

  it('whose port is in use are refused by name of the port', async () => {
    const port = await freePort();
    const first = await begin(`http://127.0.0.1:${port}/`);
    await expect(begin(`http://localhost:${port}/`)).rejects.toMatchObject({
      problem: { reason: 'redirect_port_in_use', params: { port } },
    });
    // The end of one flow does not keep the next from the same port.
    await ask(`http://127.0.0.1:${port}/?code=1`);
    await first.flow.end({ account: 'hq', problem: null });
    await begin(`http://127.0.0.1:${port}/`, { with: first.signIn });
  });

  it('carry an answer only in parameters of these names', () => {
    for (const raw of ['code=1', 'x=1&error=access_denied', 'access_token='])
      expect(carriesAnswer(raw, answerNames())).toBe(true);
    for (const raw of ['', 'xcode=1', 'code', 'a=code=1', 'state=1'])
      expect(carriesAnswer(raw, answerNames())).toBe(false);
  });
});

describe('the callback', () => {
  it('takes an answer once, raw, bound by the cookie, and clears the address', async () => {
    const { flow, answers } = await begin(null);
    const cookie = await cookieOf(flow);
    const raw = 'code=a%2Fb+c%zz&state=s';
    const first = await ask(`${flow.redirectUri}?${raw}`, { Cookie: `other=1; ${cookie}` });
    expect(first.status).toBe(303);
    expect(first.headers.location).toMatch(/^\/keyfob\/done\/[A-Za-z0-9_-]{43}$/);
    expect(answers).toEqual([{ query: raw, fragment: '', body: null, boundBy: 'cookie' }]);
    const again = await ask(`${flow.redirectUri}?${raw}`, { Cookie: cookie });
    expect([again.status, again.text]).toEqual([410, expect.stringContaining('already been answered')]);
    const page = await ask(flow.redirectUri);
    expect(page.status).toBe(410);
    expect(answers).toHaveLength(1);
    // The waiting page is told, then the listener closes.
    const done = new URL(first.headers.location ?? '', flow.redirectUri).href;
    expect((await ask(done)).text).toContain('Almost done');
    const waiting = ask(`${done}/outcome`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await flow.end({ account: 'hq', problem: null });
    expect(JSON.parse((await waiting).text)).toMatchObject({
      tone: 'good',
      text: expect.stringContaining('hq'),
    });
    await expect.poll(() => ask(flow.redirectUri).catch(() => 'closed')).toBe('closed');
  });

  it('goes on waiting after an answer that was not taken', async () => {
    const begun = await begin(null);
    begun.judge = ({ query }) =>
      query.includes('state=right')
        ? { taken: true }
        : { taken: false, reason: message('cannot_be_used', { detail: '<another>' }) };
    const wrong = await ask(`${begun.flow.redirectUri}?code=1&state=wrong`);
    expect([wrong.status, wrong.headers.location]).toEqual([400, undefined]);
    expect(wrong.text).toContain('The vendor’s answer cannot be used: &#60;another&#62;.');
    expect((await ask(`${begun.flow.redirectUri}?code=1&state=right`)).status).toBe(303);
    expect(begun.answers.map(({ boundBy }) => boundBy)).toEqual(['nothing', 'nothing']);
  });

  it('tells the page of an answer that ends the flow at once', async () => {
    const begun = await begin(null);
    begun.judge = () => {
      void begun.flow.end({
        account: 'hq',
        problem: problem('vendor_refused', 'Example refused: access_denied.').problem,
      });
      return { taken: true };
    };
    const denied = await ask(`${begun.flow.redirectUri}?error=access_denied&state=s`);
    expect(denied.status).toBe(303);
    const done = await ask(new URL(denied.headers.location ?? '', begun.flow.redirectUri).href);
    expect(done.text).toContain('Example refused: access_denied.');
  });

  it('is bound by nothing with a cookie of another value', async () => {
    const { flow, answers } = await begin(null);
    const [name] = (await cookieOf(flow)).split('=');
    await ask(`${flow.redirectUri}?error=access_denied`, { Cookie: `${name}=${'x'.repeat(43)}` });
    expect(answers[0]?.boundBy).toBe('nothing');
  });

  it('takes nothing by HEAD, prefetch, frames, other hosts and other paths', async () => {
    const { flow, answers } = await begin(null);
    const port = new URL(flow.redirectUri).port;
    const url = `${flow.redirectUri}?code=1`;
    expect((await ask(url, {}, 'HEAD')).status).toBe(405);
    expect((await ask(url, { 'Sec-Purpose': 'prefetch;prerender' })).status).toBe(503);
    expect((await ask(url, { Purpose: 'prefetch' })).status).toBe(503);
    expect((await ask(url, { 'Sec-Fetch-Dest': 'iframe' })).status).toBe(403);
    expect((await ask(url, { 'Sec-Fetch-Dest': 'image' })).status).toBe(403);
    for (const host of [`localhost:${port}`, '127.0.0.1', `127.0.0.1:${port}.`, 'evil.invalid'])
      expect((await ask(url, { Host: host })).status).toBe(421);
    expect((await ask(`http://127.0.0.1:${port}/callback/?code=1`)).status).toBe(404);
    expect((await ask(`http://127.0.0.1:${port}/Callback?code=1`)).status).toBe(404);
    expect((await ask(`http://127.0.0.1:${port}/keyfob/start/x?code=1`)).status).toBe(404);
    expect((await ask(url, {}, 'OPTIONS')).status).toBe(405);
    expect(answers).toEqual([]);
    expect((await ask(url)).status).toBe(303);
  });

  it('takes a handed-over fragment from its own page alone', async () => {
    const { flow, answers } = await begin(null);
    const cookie = await cookieOf(flow);
    const { origin } = new URL(flow.redirectUri);
    const post = async (headers: Record<string, string>): Promise<Told> =>
      ask(flow.redirectUri, { 'Content-Type': 'text/plain', ...headers }, 'POST', 'access_token=a%2Bb+c');
    expect((await post({})).status).toBe(415);
    expect((await post({ 'X-Keyfob-Handover': '1' })).status).toBe(403);
    expect((await post({ 'X-Keyfob-Handover': '1', Origin: 'http://evil.invalid' })).status).toBe(403);
    expect((await post({ 'X-Keyfob-Handover': '1', Origin: 'null' })).status).toBe(403);
    expect(answers).toEqual([]);
    const taken = await post({ 'X-Keyfob-Handover': '1', Origin: origin, Cookie: cookie });
    expect(JSON.parse(taken.text)).toEqual({ next: expect.stringMatching(/^\/keyfob\/done\//) });
    expect(answers).toEqual([{ query: '', fragment: 'access_token=a%2Bb+c', body: null, boundBy: 'cookie' }]);
    expect((await post({ 'X-Keyfob-Handover': '1', Origin: origin, Cookie: cookie })).status).toBe(410);
  });

  it('listens on both addresses of localhost', async () => {
    const port = await freePort();
    const { flow } = await begin(`http://localhost:${port}/cb`);
    const { url } = await flow.show('http://vendor.invalid/');
    expect(url).toMatch(`http://localhost:${port}/keyfob/start/`);
    const reach = async (address: string): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(port, address, () => {
          socket.destroy();
          resolve(true);
        });
        socket.on('error', () => resolve(false));
      });
    expect(await reach('127.0.0.1')).toBe(true);
    const six = createNetServer();
    const hasSix = await new Promise<boolean>((resolve) => {
      six.once('error', () => resolve(false));
      six.listen(0, '::1', () => resolve(true));
    });
    six.close();
    expect(await reach('::1')).toBe(hasSix);
  });

  it('asks for the vendor’s address when its start page is opened, and once more where that failed', async () => {
    const begun = await begin(null);
    const addresses = [new KeyfobError('hangs', {}), `http://vendor.invalid/2`];
    const urlNow = async () => {
      const next = addresses.shift();
      if (typeof next !== 'string') throw next ?? new Error('asked once too often');
      return next;
    };
    const { url } = await begun.flow.show('http://vendor.invalid/1', urlNow);
    expect(addresses).toHaveLength(2);
    const refused = await ask(url ?? '');
    expect([refused.status, refused.text]).toEqual([502, expect.stringContaining('cannot be opened now')]);
    expect(refused.text).toContain(
      describeProblem(windowTexts.en, new KeyfobError('hangs', {}).problem).detail,
    );
    const cookie = [refused.headers['set-cookie'] ?? []]
      .flat()
      .map((one) => one.split(';')[0])
      .join('; ');
    const again = await ask(url ?? '', { cookie });
    expect([again.status, again.headers.location]).toEqual([302, 'http://vendor.invalid/2']);
  });

  it('survives a body without end and a broken request', async () => {
    const { flow } = await begin(null);
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await ask(flow.redirectUri, form, 'POST', 'x'.repeat(100_000))).status).toBe(413);
    const socket = connect(Number(new URL(flow.redirectUri).port), '127.0.0.1', () =>
      socket.end('\0\x01nonsense'),
    );
    await new Promise((resolve) =>
      socket
        .once('close', resolve)
        .on('error', () => undefined)
        .resume(),
    );
    expect((await ask(flow.redirectUri)).status).toBe(200);
  });
});

describe.runIf(hasChromium)('the callback in a real browser', { timeout: 30_000 }, () => {
  let browser: Browser;
  let vendor: Server;
  let vendorUrl: string;
  let vendorPage = '';
  const vendorSaw: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    vendor = createServer((incoming, outgoing) => {
      vendorSaw.push(`${incoming.url ?? ''} ${incoming.headers.referer ?? ''}`);
      outgoing.setHeader('Content-Type', 'text/html');
      outgoing.end(vendorPage);
    });
    await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
    // Another site than 127.0.0.1, where the callback listens.
    vendorUrl = `http://localhost:${(vendor.address() as AddressInfo).port}/authorize`;
  }, 30_000);
  afterAll(async () => {
    await browser.close();
    vendor.closeAllConnections();
    await new Promise((resolve) => vendor.close(resolve));
  });

  it('takes a fragment that the vendor sets by script, and leaves none in address or history', async () => {
    const { flow, answers } = await begin(null);
    vendorPage = `<script>location.replace(${JSON.stringify(`${flow.redirectUri}#access_token=a%2Fb+c&x=1`)})</script>`;
    const page = await browser.newPage();
    const requests: string[] = [];
    page.on('request', (asked) => requests.push(asked.url()));
    const { url } = await flow.show(vendorUrl);
    await page.goto(url ?? '');
    await page.getByText('Almost done').waitFor();
    expect(answers).toEqual([
      { query: '', fragment: 'access_token=a%2Fb+c&x=1', body: null, boundBy: 'cookie' },
    ]);
    expect(page.url()).toContain('/keyfob/done/');
    await flow.end({ account: 'hq', problem: null });
    await page.getByText('You are signed in').waitFor();
    expect(await page.textContent('#text')).toBe('Signed in to hq. You can close this tab.');
    await page.goBack().catch(() => null);
    expect(page.url()).not.toContain('access_token');
    expect(vendorSaw.join('\n')).not.toContain('keyfob/start');
    await page.close();
  });

  it('says why a fragment is not taken, and takes the next', async () => {
    const begun = await begin(null);
    begun.judge = ({ fragment }) =>
      fragment.includes('state=right')
        ? { taken: true }
        : { taken: false, reason: message('redirect_of_another_sign_in', {}) };
    const page = await browser.newPage();
    await page.goto(`${begun.flow.redirectUri}#code=1&state=wrong`);
    await page
      .getByText(
        'This answer belongs to another sign-in and is not accepted. Keyfob is still waiting for the right one.',
      )
      .waitFor();
    expect(page.url()).toBe(begun.flow.redirectUri);
    await page.goto(`${begun.flow.redirectUri}#code=1&state=right`);
    await page.getByText('Almost done').waitFor();
    expect(begun.answers.map(({ boundBy }) => boundBy)).toEqual(['nothing', 'nothing']);
    await begun.flow.end({
      account: 'hq',
      problem: problem('vendor_refused', 'The vendor refused the code.').problem,
    });
    await page.getByText('The sign-in failed').waitFor();
    await page.close();
  });

  it('takes a form that another site posts, bound by nothing', async () => {
    const { flow, answers } = await begin(null);
    vendorPage = `<form method="post" action="${flow.redirectUri}"><input name="code" value="a/b c+d"></form><script>document.forms[0].submit()</script>`;
    const page = await browser.newPage();
    const { url } = await flow.show(vendorUrl);
    await page.goto(url ?? '');
    await page.getByText('Almost done').waitFor();
    expect(answers).toEqual([{ query: '', fragment: '', body: 'code=a%2Fb+c%2Bd', boundBy: 'nothing' }]);
    await page.close();
  });

  it('takes a query bound by the cookie; a page of another site cannot hand over, nor frame it', async () => {
    const begun = await begin(null);
    const { flow, answers } = begun;
    vendorPage = `<iframe src="${flow.redirectUri}?code=framed"></iframe><script>
      fetch(${JSON.stringify(flow.redirectUri)}, { method: 'POST', headers: { 'X-Keyfob-Handover': '1' }, body: 'code=x' })
        .catch(() => fetch(${JSON.stringify(flow.redirectUri)}, { method: 'POST', mode: 'no-cors',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'code=sneaked' }))
        .then(() => document.title = 'tried', () => document.title = 'tried')</script>`;
    const page = await browser.newPage();
    const { url } = await flow.show(vendorUrl);
    await page.goto(url ?? '');
    await page.waitForFunction(() => document.title === 'tried');
    expect(answers).toEqual([]);
    vendorPage = `<script>location.href = ${JSON.stringify(`${flow.redirectUri}?code=q`)}</script>`;
    await page.goto(url ?? '');
    await page.getByText('Almost done').waitFor();
    expect(answers).toEqual([{ query: 'code=q', fragment: '', body: null, boundBy: 'cookie' }]);
    await page.close();
  });
});
