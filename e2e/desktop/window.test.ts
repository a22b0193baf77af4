/** The window as a person uses it: first token, keys, settings, approvals, lock, and what a link may open. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { bridgeName } from '../../preload/contract.ts';
import { startDesktop, startPlainDesktop } from '../../testing/desktop/desktop.ts';
import type { Desktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { ask, cleanUp, fieldsOf, linesOf, sleep, startPractice, until } from '../../testing/program.ts';
import type { Practice } from '../../testing/program.ts';

let session: DesktopSession;
let practice: Practice;
let desktop: Desktop;
let page: Page;
let home: string;
const passphrase = 'correct horse battery staple';
let args: string[];

const start = async (): Promise<void> => {
  desktop = await startDesktop(session, { home, args });
  await desktop.ready();
  page = await desktop.window(/^keyfob-app:/);
  page.setDefaultTimeout(10_000);
  await page.waitForSelector('.welcome, .frame');
};
beforeAll(async () => {
  [session, practice] = await Promise.all([startSession(), startPractice()]);
  home = path.join(session.folder, 'home');
  const file = path.join(session.folder, 'passphrase');
  writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
  args = ['--json', '--port', '0', '--vault', 'file', '--passphrase-file', file];
  await start();
  console.log(`The window runs in ${desktop.runtime}.`);
});
afterAll(async () => {
  await desktop.kill();
  await session.stop();
  await cleanUp();
});

async function done(texts: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await desktop.keyfob(texts, input);
  expect(code, `keyfob ${texts.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}
const token = async (name: string): Promise<string> => (await done(['token', name])).trim();
const copied = (text: string): Promise<unknown> =>
  until('the text in the clipboard', async () => (await session.clipboard.read()) === text);
const texts = (selector: string): Promise<string[]> =>
  page.$$eval(selector, (all) => all.map((one) => (one.textContent ?? '').trim()));
const preferences = (): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(home, 'preferences.json'), 'utf8')) as Record<string, unknown>;

/** Everything that the page's script engine holds. */
async function heap(): Promise<string> {
  const devTools = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  devTools.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await devTools.send('HeapProfiler.enable');
  await devTools.send('HeapProfiler.collectGarbage');
  await devTools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await devTools.detach();
  return chunks.join('');
}

/** Keeps pictures of a screen, light and dark. */
async function pictures(name: string): Promise<void> {
  const bridge = `globalThis[${JSON.stringify(bridgeName)}]`;
  for (const theme of ['dark', 'light']) {
    await page.evaluate(`${bridge}.call('preferences.change', { theme: '${theme}' })`);
    await until(`the page in ${theme}`, () => page.$(`html[data-theme=${theme}]`));
    await sleep(150);
    await desktop.pageshot(page, `window-${name}-${theme}`);
  }
}

describe('the menu of the application', () => {
  it('is Keyfob’s, in place of Electron’s, which reloads the page and leads to Electron’s own', async () => {
    const roles = await desktop.app.evaluate(({ Menu }) =>
      Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items.map(({ role }) => role) ?? []),
    );
    expect(roles).toEqual(expect.arrayContaining(['copy', 'paste', 'zoomin']));
    for (const role of ['reload', 'forcereload', 'toggledevtools', 'help']) expect(roles).not.toContain(role);
  });
});

describe('the first start', () => {
  it('leads by clicks from an empty window to a token in the clipboard', async () => {
    await page.waitForSelector('h2:has-text("Get a first token")');
    await pictures('first-start');
    await page.click('button:has-text("practice vendor")');
    const vendor = await desktop.window(/^http:\/\/127\.0\.0\.1:/);
    await vendor.waitForSelector('input[name=username]');
    expect(await page.getAttribute('.steps li.running', 'aria-current')).toBe('step');
    await pictures('sign-in');
    await desktop.screenshot('window-sign-in-screen');
    // The vendor's page has no way to the host.
    expect(await vendor.evaluate(`typeof globalThis[${JSON.stringify(bridgeName)}]`)).toBe('undefined');
    await vendor.fill('input[name=username]', practice.description.person.username);
    await vendor.fill('input[name=password]', practice.description.person.password);
    await vendor.click('button:has-text("Sign in")');
    await page.waitForSelector('h2:has-text("practice is signed in")');
    expect(await page.$$eval('.steps li.done', (all) => all.length)).toBe(4);
    await page.click('button:has-text("Copy token")');
    const text = await token('practice');
    await copied(text);
    expect(await texts('.toast.good')).toEqual([expect.stringContaining('Copied: token of practice')]);
  });

  it('never gives the token to the page', async () => {
    const text = await token('practice');
    expect(await page.content()).not.toContain(text);
    const held = await heap();
    expect(held.includes('Copied: token of practice')).toBe(true);
    expect(held.includes(text)).toBe(false);
    expect(await done(['audit', '--json'])).toMatch(/"via":"window","account":"practice",.*"account\.copy"/);
  });
});

describe('keys', () => {
  it('select, copy and switch without a click', async () => {
    for (const [name, like] of [
      ['hq', 'practice-eptura'],
      ['desks', 'practice-organization'],
    ] as const) {
      const account = practice.account(like);
      await done(['add', name, ...fieldsOf(account)], linesOf(account));
      await done(['login', name]);
    }
    const selected = async (): Promise<unknown> =>
      (JSON.parse(await done(['accounts', '--json'])) as { name: string; selected: boolean }[]).find(
        (one) => one.selected,
      )?.name;
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-row="2"]');
    await page.focus('input[type=search]');
    await page.keyboard.type('desks');
    await until('one row', async () => (await page.$$('[data-row]')).length === 1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until('desks to be selected', async () => (await selected()) === 'desks');
    await page.keyboard.press('Shift+Enter');
    await copied(await token('desks'));

    await page.keyboard.press('Control+k');
    await page.waitForSelector('dialog[open] [role=option]');
    await pictures('switcher');
    await page.keyboard.type('hq');
    await until('one match', async () => (await page.$$('dialog [role=option]')).length === 1);
    await page.keyboard.press('Shift+Enter');
    await copied(await token('hq'));
    await page.keyboard.press('Control+k');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.type('hq');
    await page.keyboard.press('Enter');
    await until('hq to be selected', async () => (await selected()) === 'hq');
    await page.fill('input[type=search]', '');
    await pictures('home-narrow');
  });
});

describe('a program that has to be allowed', () => {
  it('gets its token once the window says yes, and none when it says no', async () => {
    const key = (await done(['client', 'add', 'report', '--accounts', 'hq', '--approve', 'ask'])).trim();
    const { endpoint } = await desktop.ready();
    const wish = () =>
      ask(`${String(endpoint)}/v1/token?account=hq`, { headers: { Authorization: `Bearer ${key}` } });
    const asked = wish();
    await page.waitForSelector('dialog:has-text("Allow report to use hq?")');
    await pictures('approval');
    await page.click('dialog button:has-text("Allow once"):not([aria-disabled="true"])');
    const answer = await asked;
    expect(answer.status).toBe(200);
    expect(answer.json()['access_token']).toBe(await token('hq'));
    await until('the question to go', async () => (await page.$('dialog')) === null);
    const again = wish();
    await page.waitForSelector('dialog');
    await page.click('dialog button:has-text("Deny"):not([aria-disabled="true"])');
    expect((await again).status).toBe(403);
  });
});

describe('settings', () => {
  it('take effect at once: theme, language, clipboard', async () => {
    await page.keyboard.press('Control+,');
    await page.waitForSelector('.segments');
    await pictures('settings');
    const source = (): Promise<string> => desktop.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource);
    await page.click('.segments label:has-text("Dark")');
    await until('the dark theme', async () => (await source()) === 'dark');
    await page.waitForSelector('html[data-theme=dark]');
    await page.fill('input[type=number] >> nth=0', '5');
    await page.keyboard.press('Tab');
    await until('the seconds to be kept', () => preferences()['clipboard_seconds'] === 5);
    await page.click('.segments label:has-text("Deutsch")');
    await page.waitForSelector('html[lang=de] h1:has-text("Einstellungen")');
    expect(preferences()).toMatchObject({ theme: 'dark', language: 'de', clipboard_seconds: 5 });
    await desktop.pageshot(page, 'window-settings-german');
    await page.keyboard.press('Escape');
    await page.click('[data-focus="row hq"]');
    await page.click('button:has-text("Token kopieren")');
    await copied(await token('hq'));
    await until('an empty clipboard', async () => !(await session.clipboard.read()), 8_000);
  });

  it('and the place of the window are there after a restart', async () => {
    await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.setBounds({ x: 120, y: 60, width: 1000, height: 660 }),
    );
    const bounds = () =>
      desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
    await until('its new size', async () => (await bounds())?.width === 1000);
    await sleep(300);
    const before = await bounds();
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await until('the window to be gone', () => desktop.windows().length === 0);
    await desktop.close();
    await start();
    await page.waitForSelector('html[lang=de][data-theme=dark]');
    expect(await bounds()).toEqual(before);
    expect(await desktop.app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark');
    const change = `{ theme: 'light', language: 'en', clipboard_seconds: 30 }`;
    await page.evaluate(`globalThis['${bridgeName}'].call('preferences.change', ${change})`);
    await page.waitForSelector('html[lang=en][data-theme=light]');
  });
});

describe('the wide window', () => {
  it('keeps an account signed in with its vendor, and forgets it again', async () => {
    await page.click('.row-main:has-text("practice")');
    const stay = 'input[role=switch]';
    await page.waitForSelector(stay);
    await pictures('details');
    await desktop.screenshot('window-screen');
    await page.click(stay);
    await until('it to be kept', () => String(preferences()['stay_signed_in']) === 'practice');
    await page.click(stay);
    await until('it to be forgotten', () => String(preferences()['stay_signed_in']) === '');
  });

  it('saves an export where the person says', async () => {
    await page.keyboard.press('Control+,');
    await page.click('button:has-text("Export")');
    await page.click('dialog button:has-text("Save the file")');
    await session.screen.window('^keyfob-export.json$');
    await sleep(500);
    session.screen.key('Return');
    const file = path.join(session.folder, 'keyfob-export.json');
    await until('the file', () => existsSync(file) && readFileSync(file, 'utf8').includes('"hq"'));
    expect(readFileSync(file, 'utf8')).not.toContain(await token('hq'));
  });

  it('draws the other screens', async () => {
    await page.click('button:has-text("Local tools")');
    await page.waitForSelector('h2:has-text("Audit")');
    await pictures('tools');
    await page.click('button:has-text("Add a client")');
    await page.waitForSelector('dialog[open]');
    await pictures('add-client');
    await page.keyboard.press('Escape');
    await page.click('button[aria-label="Add an account"]');
    await page.waitForSelector('[role=option]');
    await pictures('add');
  });

  it('locks, shows nothing, and opens with the passphrase alone', async () => {
    await page.keyboard.press('Control+,');
    await page.click('button:has-text("Lock now")');
    await page.waitForSelector('h1:has-text("Keyfob is locked")');
    await pictures('locked');
    expect(await page.$('[data-row]')).toBeNull();
    await page.fill('input[type=password]', 'wrong');
    await page.click('button:has-text("Unlock")');
    await page.waitForSelector('[role=alert] >> text=/passphrase/i');
    await page.fill('input[type=password]', passphrase);
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-row]');
  });

  it('is opened again from the tray once it was closed', async () => {
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await until('the window to be gone', () => desktop.windows().length === 0);
    await session.tray.click(/^Open Keyfob/);
    page = await desktop.window(/^keyfob-app:/);
    await page.waitForSelector('[data-row]');
  });
});

describe('the page', () => {
  it.each(['https://example.com/', 'file:///etc/passwd', 'data:text/html,x', 'keyfob-app://other/'])(
    'does not go to %s',
    async (address) => {
      await page.evaluate(`void setTimeout(() => (location.href = '${address}'), 0)`);
      await sleep(400);
      expect(page.url()).toMatch(/^keyfob-app:\/\/window\//);
      expect(await page.$('[data-row]')).not.toBeNull();
    },
  );
});

describe('a link', () => {
  it('opens the page of a waiting sign-in in the browser', async () => {
    const programs = path.join(session.folder, 'bin');
    const opened = path.join(session.folder, 'opened');
    mkdirSync(programs);
    writeFileSync(path.join(programs, 'xdg-open'), `#!/bin/sh\necho "$1" >> '${opened}'\n`);
    chmodSync(path.join(programs, 'xdg-open'), 0o755);
    const vendor = http.createServer((request, answer) => {
      answer.setHeader('Content-Type', 'application/json');
      if (request.url === '/token') answer.writeHead(400).end('{"error":"authorization_pending"}');
      else {
        const verification_uri = 'https://vendor.example/device';
        answer.end(
          JSON.stringify({ device_code: 'd', user_code: 'ABCD-EFGH', verification_uri, expires_in: 300 }),
        );
      }
    });
    await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
    const { port } = vendor.address() as AddressInfo; // listens on TCP
    const env = { PATH: `${programs}:${process.env['PATH'] ?? ''}` };
    const plain = startPlainDesktop(session, { args: ['--json', '--port', '0', '--vault', 'memory'], env });
    const { endpoint } = await plain.ready();
    expect(endpoint).not.toBeNull();
    const fields = ['token_url', 'device_url'].flatMap((name) => [
      '--set',
      `${name}=http://127.0.0.1:${port}/${name.replace('_url', '')}`,
    ]);
    const add = ['add', 'tv', '--provider', 'oauth2', '--grant', 'device_code', ...fields];
    const added = await plain.keyfob([...add, '--set', 'client_id=c', '--set', 'client_auth=none']);
    expect(added.code, added.stderr).toBe(0);
    // The window shows the code, and its link has the focus.
    await session.tray.click(/^Sign in to tv…$/);
    await session.screen.window('Sign in: tv');
    await sleep(700);
    await plain.screenshot('window-device-code');
    session.screen.key('Return');
    await until('the page in the browser', () => existsSync(opened));
    expect(readFileSync(opened, 'utf8')).toBe('https://vendor.example/device\n');
    await plain.kill();
    vendor.closeAllConnections();
    vendor.close();
  });
});
