/** The quick panel as a person uses it: by a global shortcut, above another program, which has the focus again then. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { AccountAnswer } from '../../main/api/accounts.ts';
import { bridgeName } from '../../preload/contract.ts';
import { startDesktop } from '../../testing/desktop/desktop.ts';
import type { Desktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp, fieldsOf, linesOf, startPractice, until } from '../../testing/program.ts';

/** A window of another program, with a field that has the focus. */
const otherProgram = `
import sys
from Xlib import X, display
d = display.Display()
w = d.screen().root.create_window(40, 40, 500, 300, 0, X.CopyFromParent, event_mask=X.KeyPressMask)
w.set_wm_name('another program')
w.map()
d.flush()
while True:
    d.next_event()
    print('key', flush=True)
`;
const passphrase = 'correct horse battery staple';

let session: DesktopSession;
let desktop: Desktop;
let page: Page;
let other: ChildProcess;
let otherWindow: string;
let home: string;

beforeAll(async () => {
  const [started, practice] = await Promise.all([startSession(), startPractice()]);
  session = started;
  home = path.join(session.folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  // The name that the shortcut had when it opened the window's switcher.
  writeFileSync(path.join(home, 'preferences.json'), JSON.stringify({ shortcut_switch: 'Control+Alt+K' }));
  const file = path.join(session.folder, 'passphrase');
  writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
  const args = ['--json', '--hidden', '--port', '0', '--vault', 'file', '--passphrase-file', file];
  desktop = await startDesktop(session, { home, args });
  await desktop.ready();
  for (const [name, like] of [
    ['hq', 'practice-eptura'],
    ['berlin', 'practice-organization'],
    ['rooms', 'practice-officernd'],
  ] as const) {
    const account = practice.account(like);
    await done(['add', name, ...fieldsOf(account)], linesOf(account));
    await done(['login', name]);
  }
  const out = practice.account('practice-json');
  await done(['add', 'visitors', ...fieldsOf(out)], linesOf(out));
  await done(['use', 'berlin']);
  await done(['use', 'hq']);
  page = await desktop.window(/panel\.html$/);
  page.setDefaultTimeout(10_000);
  other = spawn('/usr/bin/python3', ['-c', otherProgram], {
    env: session.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  otherWindow = await session.screen.window('another program');
});
beforeEach(() => {
  xdotool('windowactivate', '--sync', otherWindow);
});
afterAll(async () => {
  other.kill();
  await desktop.kill();
  await session.stop();
  await cleanUp();
});

async function done(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await desktop.keyfob(args, input);
  expect(code, `keyfob ${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

function xdotool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('xdotool', args, { env: session.env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`xdotool ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
const key = (...names: string[]): string => xdotool('key', '--clearmodifiers', '--delay', '30', ...names);
/** The title of the window that has the focus; none while the focus goes from one to another. */
const active = (): string =>
  spawnSync('xdotool', ['getactivewindow', 'getwindowname'], {
    env: session.env,
    encoding: 'utf8',
  }).stdout.trim();
const selected = async (): Promise<string | undefined> =>
  (JSON.parse(await done(['accounts', '--json'])) as AccountAnswer[]).find((one) => one.selected)?.name;
const chosen = (): Promise<string | undefined> =>
  page.$eval('[role=option][aria-selected=true] b', (one) => one.textContent).catch(() => undefined);

async function open(): Promise<void> {
  await gone();
  key('ctrl+alt+k');
  await until('the panel, with the focus', () => active() === 'Keyfob: quick panel');
}
const gone = (): Promise<unknown> => until('the focus where it was', () => active() === 'another program');

describe('the quick panel', () => {
  it('begins on the account that is not the default, also under a pointer that rests: the shortcut and Enter change between two', async () => {
    // On the last account's row.
    xdotool('mousemove', '640', '360');
    for (const [from, to] of [
      ['hq', 'berlin'],
      ['berlin', 'hq'],
    ]) {
      expect(await selected()).toBe(from);
      await open();
      await until('the last used account', async () => (await chosen()) === to);
      key('Return');
      await gone();
      await until(`${to} as the default`, async () => (await selected()) === to);
      await until('the note', () =>
        session.notifications.shown.some(({ title }) => title === `Scripts now get ${to}`),
      );
    }
  });

  it('finds by typing, copies by Shift and Enter, and has forgotten what was typed', async () => {
    await open();
    xdotool('type', '--delay', '30', 'room');
    await until('rooms alone', async () => (await chosen()) === 'rooms');
    key('shift+Return');
    await gone();
    const token = (await done(['token', 'rooms'])).trim();
    await until('the token in the clipboard', async () => (await session.clipboard.read()) === token);
    expect(await selected()).toBe('hq');
    expect(await page.content()).not.toContain(token);
    expect(await page.inputValue('input')).toBe('');
  });

  it('goes without a change at Escape, at the shortcut again, and when another window is chosen', async () => {
    for (const leave of [
      () => key('Escape'),
      () => key('ctrl+alt+k'),
      () => xdotool('windowactivate', otherWindow),
    ]) {
      await open();
      leave();
      await gone();
      await until('no panel', () => session.screen.windowsLike('Keyfob: quick panel').length === 0);
    }
    expect(await selected()).toBe('hq');
  });

  it('is opened by the command too', async () => {
    await done(['panel']);
    await until('the panel', () => active() === 'Keyfob: quick panel');
    key('Escape');
    await gone();
  });

  it('may make its own calls and no other', async () => {
    const call = (name: string, request: object): Promise<unknown> =>
      page.evaluate(`globalThis[${JSON.stringify(bridgeName)}].call('${name}', ${JSON.stringify(request)})`);
    for (const name of ['account.reveal', 'account.copy', 'transfer.export', 'preferences.change'])
      expect(await call(name, { name: 'hq' })).toMatchObject({
        ok: false,
        problem: { reason: 'window_only' },
      });
    expect(await call('overview', {})).toMatchObject({ ok: true });
  });

  it('offers to add an account where none matches', async () => {
    await open();
    xdotool('type', '--delay', '30', 'zurich');
    await page.waitForSelector('b:has-text("No account matches “zurich”")');
    key('Return');
    const window = await desktop.window(/^keyfob-app:\/\/window\/$/);
    await window.waitForSelector('h1:has-text("Add")');
    await window.close();
    xdotool('windowactivate', '--sync', otherWindow);
  });

  it('asks for the passphrase when Keyfob is locked, and shows the accounts then', async () => {
    await done(['lock']);
    await open();
    await page.waitForSelector('input[type=password]:focus');
    xdotool('type', '--delay', '20', passphrase);
    key('Return');
    await page.waitForSelector('[role=option] b:has-text("hq")');
    key('Escape');
    await gone();
  });
});
