import { request } from 'node:http';
import { chromium } from '@playwright/test';
import type { Browser } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { accountView, fakeKeyfob } from '../../testing/fake-keyfob.ts';
import type { FakeKeyfob } from '../../testing/fake-keyfob.ts';
import { openConsole } from './console.ts';
import type { Console } from './console.ts';
import { readyLine } from '../host/ready.ts';

async function open(keyfob: FakeKeyfob = fakeKeyfob()): Promise<Console & AsyncDisposable> {
  const opened = await openConsole({
    keyfob,
    port: 0,
    version: '9.9.9',
    commands: ['keyfob <one>', 'two', 'three'],
  });
  if ('problem' in opened) throw new Error(opened.problem);
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}

async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<{ status: number; text: string; policy: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const policy = String(answer.headers['content-security-policy'] ?? '');
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, policy }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const secretOf = (link: string): string => JSON.stringify({ secret: link.split('#s=')[1] });

describe('the console', () => {
  it('gives a session for a secret once, and data for a session alone', async () => {
    await using console = await open(fakeKeyfob(accountView('hq')));
    const session = `${console.url}session`;
    const accounts = `${console.url}accounts?after=-1`;
    expect((await ask(accounts)).status).toBe(401);
    expect((await ask(accounts, { 'X-Keyfob-Session': 'x' })).status).toBe(401);
    expect((await ask(session, {}, 'POST', '{"secret":"x"}')).status).toBe(401);
    expect((await ask(session, {}, 'POST', 'x'.repeat(5_000))).status).toBe(401);
    const secret = secretOf(console.link());
    const given = await ask(session, {}, 'POST', secret);
    expect(given.status).toBe(200);
    expect((await ask(session, {}, 'POST', secret)).status).toBe(401);
    const key = (JSON.parse(given.text) as { session: string }).session;
    const told = await ask(accounts, { 'X-Keyfob-Session': key });
    expect(JSON.parse(told.text)).toMatchObject({ locked: false, accounts: [{ name: 'hq', state: 'live' }] });
    expect(told.text).not.toContain('token-of');
  });

  it('refuses other hosts and other origins', async () => {
    await using console = await open();
    const { port } = new URL(console.url);
    for (const host of [`localhost:${port}`, '127.0.0.1', `127.0.0.1:${port}.`, `evil.invalid:${port}`])
      expect((await ask(console.url, { Host: host })).status).toBe(421);
    const secret = secretOf(console.link());
    for (const origin of ['null', 'http://evil.invalid', `http://localhost:${port}`])
      expect((await ask(`${console.url}session`, { Origin: origin }, 'POST', secret)).status).toBe(403);
    for (const site of ['cross-site', 'same-site', 'none'])
      expect((await ask(`${console.url}session`, { 'Sec-Fetch-Site': site }, 'POST', secret)).status).toBe(
        403,
      );
    const framed = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'iframe' };
    expect((await ask(console.url, framed)).status).toBe(403);
    const page = await ask(console.url);
    expect(page.status).toBe(200);
    expect(page.policy).toMatch(/^default-src 'none'; style-src 'nonce-.+frame-ancestors 'none'$/);
    expect(page.policy).not.toContain('unsafe');
  });

  it('says in a sentence that its port is taken', async () => {
    await using console = await open();
    const port = Number(new URL(console.url).port);
    const again = await openConsole({ keyfob: fakeKeyfob(), port, version: '1', commands: [] });
    expect(again).toEqual({ problem: expect.stringContaining(`Port ${port} is taken`) });
  });
});

it('the ready line is one line of JSON', () => {
  const facts = { pid: 7, socket: '/s', endpoint: null, console: 'http://127.0.0.1:1/#s=x' };
  expect(readyLine(facts)).toBe(
    '{"ready":true,"pid":7,"socket":"/s","endpoint":null,"console":"http://127.0.0.1:1/#s=x"}',
  );
});

describe('in a real browser', { timeout: 30_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  }, 30_000);
  afterAll(() => browser.close());

  it('shows accounts, follows changes, survives a reload, and is not open by a link twice', async () => {
    const keyfob = fakeKeyfob();
    await using console = await open(keyfob);
    const context = await browser.newContext();
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    const link = console.link();
    await page.goto(link);
    await page.getByText('No accounts yet').waitFor();
    expect(await page.locator('#empty code').allTextContents()).toEqual(['keyfob <one>', 'two', 'three']);
    expect(page.url()).toBe(console.url);
    const soon = Math.floor(Date.now() / 1000) + 3_700;
    keyfob.put(accountView('hq<b>', { selected: true, expires_at: soon, notice: 'All is <i>well</i>.' }));
    keyfob.emit({ type: 'account.added', account: 'hq<b>' });
    await page.getByText('Signed in', { exact: true }).waitFor();
    expect(await page.locator('#accounts h2').textContent()).toBe('hq<b> selected');
    expect(await page.locator('dd').nth(1).textContent()).toMatch(/^1 h [01] min$/);
    expect(await page.locator('.notice').textContent()).toBe('All is <i>well</i>.');
    await page.reload();
    await page.getByText('Signed in', { exact: true }).waitFor();
    expect(problems).toEqual([]);
    const other = await (await browser.newContext()).newPage();
    await other.goto(link);
    await other.getByText('not open for you any more').waitFor();
    await console.close();
    await page.getByText('Keyfob does not answer').waitFor();
    await context.close();
  });
});
