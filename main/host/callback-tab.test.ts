// Vendors that echo no state: what a stranger's page in the same browser can do at the redirect URI, and what the
// tab of the sign-in can. In a real browser, since storage, cookies and navigations are its own.
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from '@playwright/test';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium } from '../../testing/system.ts';

import { answerNames } from '../oauth/dialect/redirect.ts';
import { judgeRedirect, type RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { createCallbackSignIn } from './callback.ts';

describe.runIf(hasChromium)('at a redirect URI whose vendor echoes no state', () => {
  let browser: Browser;
  let site: Server;
  /** The vendor's page and the stranger's, each on an origin of its own. */
  let vendor = '';
  let stranger = '';
  let page = '';
  let context: BrowserContext;
  const signIn = createCallbackSignIn({ peerUser: async () => 'own', tell: () => undefined });
  let answers: RedirectAnswer[] = [];
  let taken: RedirectAnswer[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    site = createServer((_incoming, outgoing) => {
      outgoing.setHeader('Content-Type', 'text/html').end(page);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const { port } = site.address() as AddressInfo;
    vendor = `http://localhost:${String(port)}/authorize`;
    stranger = `http://127.0.0.1:${String(port)}/evil`;
  }, 30_000);
  afterAll(async () => {
    await browser.close();
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
  });
  beforeEach(async () => {
    answers = [];
    taken = [];
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    await signIn.close();
  });

  /** A flow that judges as a sign-in of such a vendor does. */
  async function begin(carries: 'code' | 'access_token' = 'code') {
    const flow = await signIn.begin(
      {
        id: 'f',
        account: 'hq',
        providerName: 'Vendor',
        redirectUri: null,
        paste: false,
        browser: false,
        stateless: true,
        answerNames: answerNames(),
      },
      (answer) => {
        answers.push(answer);
        const judged = judgeRedirect(answer, { state: 's', stateless: true, carries, issuer: null });
        if (judged.taken) taken.push(answer);
        return judged;
      },
      () => undefined,
    );
    const { url, confirmationCode } = await flow.show(vendor);
    return { uri: flow.redirectUri, start: url ?? '', digits: confirmationCode ?? '' };
  }

  /** The person's tab: from the start page to the vendor, without a click. */
  async function signInTab(start: string): Promise<Page> {
    page = '<title>vendor</title>';
    const tab = await context.newPage();
    await tab.goto(start);
    await tab.waitForURL(vendor);
    return tab;
  }

  const leadTo = (address: string): string => `<script>location.href = ${JSON.stringify(address)}</script>`;

  describe('the tab of the sign-in', { timeout: 30_000 }, () => {
    it.each([
      ['query', '?code=mine&appCode=7', 'code'],
      ['fragment', '#access_token=a%2Fb+c', 'access_token'],
    ] as const)('hands its answer over without a click, in the %s', async (piece, answer, carries) => {
      const { uri, start } = await begin(carries);
      const tab = await signInTab(start);
      page = leadTo(uri + answer);
      await tab.reload().catch(() => null);
      await tab.getByText('Almost done').waitFor();
      expect(taken).toEqual([
        { query: '', fragment: '', body: null, [piece]: answer.slice(1), boundBy: 'tab' },
      ]);
      expect(tab.url()).toContain('/keyfob/done/');
      await tab.goBack().catch(() => null);
      expect(tab.url()).not.toContain(answer.slice(1));
    });

    it('ends the sign-in by an error', async () => {
      const { uri, start } = await begin();
      const tab = await signInTab(start);
      page = leadTo(`${uri}?error=access_denied`);
      await tab.reload().catch(() => null);
      await tab.getByText('Almost done').waitFor();
      expect(taken).toMatchObject([{ query: 'error=access_denied', boundBy: 'tab' }]);
    });
  });

  describe('a stranger’s page in another tab', { timeout: 30_000 }, () => {
    const attacks: readonly (readonly [string, (uri: string) => string])[] = [
      ['a code in the query', (uri) => leadTo(`${uri}?code=evil`)],
      ['a code in the fragment', (uri) => leadTo(`${uri}#code=evil`)],
      ['an error', (uri) => leadTo(`${uri}?error=access_denied`)],
      ['a window that it opens', (uri) => `<script>open(${JSON.stringify(`${uri}?code=evil`)})</script>`],
      ['a frame', (uri) => `<iframe src="${uri}?code=evil"></iframe>`],
      [
        'a form that it posts',
        (uri) =>
          `<form method="post" action="${uri}"><input name="code" value="evil"></form><script>document.forms[0].submit()</script>`,
      ],
      [
        'a request of its own',
        (uri) =>
          `<script>fetch(${JSON.stringify(`${uri}?code=evil`)}, { method: 'POST', credentials: 'include', headers: { 'X-Keyfob-Handover': '1', 'X-Keyfob-Tab': 'x' } })</script>`,
      ],
    ];

    it.each(attacks)('neither completes nor ends the sign-in by %s', async (_what, attack) => {
      const { uri, start } = await begin();
      const tab = await signInTab(start);
      page = attack(uri);
      const evil = await context.newPage();
      await evil.goto(stranger).catch(() => null);
      await evil.waitForTimeout(700);
      expect(taken).toEqual([]);
      // The person's own answer still completes it.
      page = leadTo(`${uri}?code=mine`);
      await tab.reload().catch(() => null);
      await tab.getByText('Almost done').waitFor();
      expect(taken).toMatchObject([{ query: 'code=mine', boundBy: 'tab' }]);
    });
  });

  describe('a browser that lost the tab’s storage', { timeout: 30_000 }, () => {
    it('completes by the six digits, and by no others', async () => {
      const { uri, start, digits } = await begin();
      await signInTab(start);
      const other = await context.newPage();
      await other.goto(`${uri}?code=mine`);
      await other.getByLabel('Six digits').fill(digits === '000000' ? '000001' : '000000');
      await other.getByRole('button', { name: 'Continue' }).click();
      await other.getByText('Wrong digits').waitFor();
      expect([answers, other.url().includes('mine')]).toEqual([[], false]);
      await other.getByLabel('Six digits').fill(digits);
      await other.getByRole('button', { name: 'Continue' }).click();
      await other.getByText('Almost done').waitFor();
      expect(taken).toMatchObject([{ query: 'code=mine', boundBy: 'digits' }]);
    });
  });

  describe('a program with a guessed secret', () => {
    it('is asked for the digits, and takes nothing', async () => {
      const { uri } = await begin();
      const headers = {
        Origin: new URL(uri).origin,
        'Content-Type': 'text/plain',
        'X-Keyfob-Handover': '1',
        'X-Keyfob-Tab': 'x'.repeat(43),
      };
      const body = await new Promise<string>((resolve, reject) => {
        const asked = request(`${uri}?code=evil`, { method: 'POST', headers }, (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
          answer.on('end', () => resolve(`${String(answer.statusCode)} ${text}`));
        });
        asked.on('error', reject).end();
      });
      expect(body).toMatch(/^200 \{"next":"\/keyfob\/confirm\/[\w-]{43}"\}$/);
      expect(answers).toEqual([]);
    });
  });
});
