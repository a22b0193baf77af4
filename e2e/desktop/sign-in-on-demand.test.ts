/**
 * Sign-ins that programs need, on the real desktop: one window for all who ask, a notification that says who, none again
 * after the person closed it, and a setting that turns it off. The sockets for containers and for oidc-agent's programs.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { AuditLine } from '../../main/api/audit.ts';
import { bridgeName } from '../../preload/contract.ts';
import { startDesktop, startPlainDesktop } from '../../testing/desktop/desktop.ts';
import type { Desktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import type { Shown } from '../../testing/desktop/system.ts';
import { cleanUp, fieldsOf, linesOf, startPractice, until } from '../../testing/program.ts';
import type { Practice, Result, Running } from '../../testing/program.ts';

let session: DesktopSession;
let practice: Practice;
let desktop: Desktop;
let guests: string;
beforeAll(async () => {
  [session, practice] = await Promise.all([startSession(), startPractice()]);
  const folder = path.join(session.folder, 'handed-on');
  mkdirSync(folder, { mode: 0o700 });
  guests = path.join(folder, 'guests.sock');
  desktop = await startDesktop(session, {
    args: [
      '--json',
      '--hidden',
      '--port',
      '0',
      '--vault',
      'memory',
      '--oidc-agent',
      '--guest-socket',
      guests,
    ],
  });
  console.log(`The sign-ins on demand run in ${desktop.runtime}.`);
  await desktop.ready();
  const account = practice.account('practice-eptura-page');
  const added = await desktop.keyfob(['add', 'hq', ...fieldsOf(account)], linesOf(account));
  expect(added.code, added.stderr).toBe(0);
});
afterAll(async () => {
  await desktop.close();
  await session.stop();
  await cleanUp();
});

const git = (host = 'git.example'): Running =>
  desktop.startKeyfob(['git-credential', 'hq', 'get', '--host', host], `protocol=https\nhost=${host}\n\n`);
const docker = (): Running =>
  desktop.startKeyfob(['docker-credential', 'hq', 'get', '--host', 'r.example'], 'https://r.example/v1/');

/** Titles of the windows of sign-ins. */
const titles = async (): Promise<string[]> =>
  (
    await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((one) => one.getTitle()),
    )
  ).filter((title) => title.includes('Sign in to'));
const told = (): Shown[] =>
  session.notifications.shown.filter((one) => / needs a sign-in to hq$/.test(one.title));
const vendorPage = async (): Promise<Page> => {
  const page = await desktop.window(new RegExp(`^${practice.description.url}/`));
  await page.waitForSelector('input[name=username]');
  return page;
};
const fillIn = async (page: Page): Promise<void> => {
  await page.fill('input[name=username]', practice.description.person.username);
  await page.fill('input[name=password]', practice.description.person.password);
  await page.click('button:has-text("Sign in")');
};
/** How many have asked for the sign-in of the account. */
const askedToSignIn = async (): Promise<number> => {
  const { stdout } = await desktop.keyfob(['audit', '--json', '--account', 'hq', '--limit', '100']);
  const lines = JSON.parse(stdout) as AuditLine[];
  return lines.filter(({ route }) => route === 'POST /v1/accounts/{name}/login').length;
};
const logOut = async (): Promise<Result> => desktop.keyfob(['logout', 'hq']);

describe('a sign-in that programs need', () => {
  it('is one for ten callers, and the person is told who asks', async () => {
    const callers = Array.from({ length: 10 }, () => git());
    const page = await vendorPage();
    await until('all ten to have asked', async () => (await askedToSignIn()) === 10);
    expect(await titles()).toHaveLength(1);
    const [note] = await until('the notification', () => (told().length > 0 ? told() : null));
    expect(note?.title).toBe('git git.example needs a sign-in to hq');
    expect(note?.body).toContain('or close it: it does not reopen automatically');
    await desktop.screenshot('sign-in-on-demand');
    await fillIn(page);
    const ends = await Promise.all(callers.map(({ ended }) => ended));
    const token = (await desktop.keyfob(['token', 'hq'])).stdout.trim();
    for (const { code, stdout, stderr } of ends) {
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(`password=${token}\n`);
    }
    expect(ends.filter(({ stderr }) => stderr.includes('Waiting for the sign-in to'))).toHaveLength(9);
    await expect.poll(titles).toEqual([]);
    expect(told()).toHaveLength(1);
  });

  it('opens none by itself once the person has closed it, until they act', async () => {
    await logOut();
    const [first, second] = [git(), docker()];
    const page = await vendorPage();
    await until('both to have asked', async () => (await askedToSignIn()) === 12);
    await page.close();
    expect((await first.ended).code).toBe(4);
    expect((await first.ended).stdout).toBe('quit=1\n');
    expect((await second.ended).code).toBe(4);
    const before = told().length;
    for (const caller of [git(), docker(), git('other.example')]) {
      const { code, stderr } = await caller.ended;
      expect(code).toBe(4);
      expect(stderr).toContain('was cancelled or failed');
      expect(await titles()).toEqual([]);
    }
    expect(told()).toHaveLength(before);

    const acting = desktop.startKeyfob(['login', 'hq']);
    await fillIn(await vendorPage());
    expect((await acting.ended).code).toBe(0);
    expect((await git().ended).code).toBe(0);
    await logOut();
    const again = git();
    await fillIn(await vendorPage());
    expect((await again.ended).code).toBe(0);
  });

  it('is begun by no program where the settings say so', async () => {
    await logOut();
    startPlainDesktop(session, { home: desktop.home, args: [] });
    const window = await desktop.window(/^keyfob-app:/);
    await window.waitForSelector('.welcome, .frame');
    const bridge = `globalThis[${JSON.stringify(bridgeName)}]`;
    await window.evaluate(`${bridge}.call('preferences.change', { sign_in_on_demand: false })`);
    const before = told().length;
    const { code, stderr } = await git().ended;
    expect([code, stderr]).toEqual([4, expect.stringContaining('do not let programs start one')]);
    expect(await titles()).toEqual([]);
    expect(told()).toHaveLength(before);
  });
});

describe('the desktop’s further sockets', () => {
  it('are the one for guests, which wants a key, and the one for oidc-agent’s programs', async () => {
    const ready = (await desktop.ready()) as unknown as Record<string, string>;
    expect(ready).toMatchObject({
      guest_socket: guests,
      oidc_sock: expect.stringMatching(/oidc-agent\.sock$/),
    });
    for (const socket of [guests, ready['oidc_sock'] ?? '']) {
      expect(existsSync(socket)).toBe(true);
      expect(statSync(socket).mode & 0o777).toBe(0o600);
    }
  });
});
