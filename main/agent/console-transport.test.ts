// The window's HTTP transport in a real browser, against the real console.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasChromium } from '../../testing/system.ts';
import type { News, Reply } from '../api/window.ts';
import { openConsole } from './console.ts';
import type { Console, ConsoleOptions } from './console.ts';

const files = mkdtempSync(path.join(os.tmpdir(), 'keyfob-transport-'));
let browser: Browser;

/** A page that only has the transport, as the window uses it. */
const script = `
import { chooseTransport } from './transport.ts';
const transport = chooseTransport();
window.heard = [];
window.leave = transport.listen((news) => window.heard.push(news));
window.ask = (name, request) => transport.call(name, request).catch((error) => String(error));
`;

beforeAll(async () => {
  mkdirSync(path.join(files, 'assets'));
  writeFileSync(
    path.join(files, 'index.html'),
    '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./assets/app-AbCd_12x.js"></script>',
  );
  await build({
    stdin: { contents: script, resolveDir: path.join(import.meta.dirname, '../../renderer'), loader: 'ts' },
    bundle: true,
    format: 'esm',
    outfile: path.join(files, 'assets', 'app-AbCd_12x.js'),
  });
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 30_000);
afterAll(async () => {
  await browser.close();
  rmSync(files, { recursive: true });
});

interface Desk extends AsyncDisposable {
  readonly console: Console;
  readonly asked: unknown[][];
  tell(news: News): void;
}

async function open(port = 0, more: Partial<ConsoleOptions> = {}): Promise<Desk> {
  const asked: unknown[][] = [];
  const hearing = new Set<(news: News) => void>();
  const opened = await openConsole({
    files,
    port,
    ...more,
    calls: {
      async call(name, request): Promise<Reply> {
        asked.push([name, request]);
        return { ok: true, value: null };
      },
      listen(hear) {
        hearing.add(hear);
        return () => hearing.delete(hear);
      },
    },
  });
  if ('problem' in opened) throw new Error(opened.problem.reason);
  return {
    console: opened,
    asked,
    tell(news) {
      for (const hear of hearing) hear(news);
    },
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

const ask = (page: Page, name: string): Promise<unknown> =>
  page.evaluate(`window.ask(${JSON.stringify(name)}, { name: 'hq' })`);
const heard = (page: Page): Promise<unknown> => page.evaluate('window.heard');

describe.runIf(hasChromium)('the transport over HTTP', { timeout: 30_000 }, () => {
  it('takes the secret off the address, keeps its session over a reload, and carries calls and news', async () => {
    await using desk = await open();
    const page = await (await browser.newContext()).newPage();
    await page.goto(desk.console.link().url);
    expect(await ask(page, 'account.use')).toEqual({ ok: true, value: null });
    expect(desk.asked).toEqual([['account.use', { name: 'hq' }]]);
    expect(page.url()).toBe(desk.console.url);
    desk.tell({ type: 'account_removed', name: 'ü' });
    desk.tell({ type: 'overview' });
    await expect
      .poll(() => heard(page))
      .toEqual([{ type: 'account_removed', name: 'ü' }, { type: 'overview' }]);
    await page.reload();
    expect(await ask(page, 'account.use')).toEqual({ ok: true, value: null });
    await page.context().close();
  });

  it('has no session without a link, and takes a fresh link in the same tab', async () => {
    await using desk = await open();
    const page = await (await browser.newContext()).newPage();
    const link = desk.console.link().url;
    const used = await (await browser.newContext()).newPage();
    await used.goto(link);
    expect(await ask(used, 'overview')).toMatchObject({ ok: true });
    await page.goto(link);
    await expect.poll(() => heard(page)).toEqual([{ type: 'connection', state: 'ended' }]);
    expect(await ask(page, 'overview')).toContain('Error');
    await page.goto(desk.console.link().url);
    await expect.poll(async () => ask(page, 'overview').catch(() => null)).toMatchObject({ ok: true });
    expect(page.url()).toBe(desk.console.url);
    await page.context().close();
    await used.context().close();
  });

  it('asks for six digits where it cannot be told who opens it, then goes on as ever', async () => {
    const output: string[] = [];
    const more: Partial<ConsoleOptions> = {
      peerUser: async () => 'unknown',
      tell: (sentence) => void output.push(sentence),
    };
    await using desk = await open(0, more);
    const page = await (await browser.newContext()).newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    const { url, confirmation_code: digits } = desk.console.link();
    await page.goto(url);
    await page.getByRole('heading', { name: 'Enter the six digits' }).waitFor();
    expect(page.url()).toBe(`${desk.console.url}confirm`);
    expect(output).toEqual([expect.stringContaining(digits ?? 'none')]);
    await page.getByLabel('Six digits').fill('12345');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').getByText('4 tries are left').waitFor();
    await page.getByLabel('Six digits').fill(digits ?? '');
    await page.keyboard.press('Enter');
    await page.waitForURL(desk.console.url);
    expect(await ask(page, 'account.use')).toEqual({ ok: true, value: null });
    await page.reload();
    expect(await ask(page, 'account.use')).toEqual({ ok: true, value: null });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('says what to do after five wrong digits', async () => {
    await using desk = await open(0, { peerUser: async () => 'unknown', tell: () => undefined });
    const page = await (await browser.newContext()).newPage();
    await page.goto(desk.console.link().url);
    for (const told of ['4 tries', '3 tries', '2 tries', 'One try', 'keyfob console']) {
      await page.getByLabel('Six digits').fill('none');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText(told).waitFor();
    }
    await page.getByLabel('Six digits').waitFor({ state: 'hidden' });
    await page.context().close();
  });

  it('asks for the six digits in the language of the settings', async () => {
    const more: Partial<ConsoleOptions> = { peerUser: async () => 'unknown', tell: () => undefined };
    await using desk = await open(0, { ...more, language: () => 'de' });
    const page = await (await browser.newContext()).newPage();
    await page.goto(desk.console.link().url);
    await page.getByRole('heading', { name: 'Geben Sie die sechs Ziffern ein' }).waitFor();
    await page.getByLabel('Sechs Ziffern').fill('none');
    await page.getByRole('button', { name: 'Weiter' }).click();
    await page.getByRole('alert').getByText('4 Versuche bleiben').waitFor();
    await page.context().close();
  });

  it('tells once that the host is gone, and that a new one does not know it', async () => {
    const desk = await open();
    const { port } = new URL(desk.console.url);
    const page = await (await browser.newContext()).newPage();
    await page.goto(desk.console.link().url);
    await ask(page, 'overview');
    // As a kill: nothing is said.
    await page.context().setOffline(true);
    await expect.poll(async () => JSON.stringify(await ask(page, 'overview'))).toContain('Error');
    await page.context().setOffline(false);
    await desk.console.close();
    await expect
      .poll(() => heard(page), { timeout: 10_000 })
      .toContainEqual({ type: 'connection', state: 'ended' });
    await using again = await open(Number(port));
    await ask(page, 'overview');
    expect(again.asked).toEqual([]);
    await page.context().close();
  });
});
