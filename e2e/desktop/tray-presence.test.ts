/** A desktop that shows no tray icons: what is asked of it, and what a person is told. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { hasSelectionOwner } from '../../main/platform/x11-selection.ts';
import { startDesktop, startPlainDesktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp, until } from '../../testing/program.ts';

let session: DesktopSession;
/** How often a notification has said so. */
const notes = (): number =>
  session.notifications.shown.filter(({ title }) => title === 'This desktop shows no tray icons').length;
beforeAll(async () => {
  session = await startSession();
  await session.tray.leave();
});
afterAll(async () => {
  await session.stop();
  await cleanUp();
});

it('X11 is asked who holds a selection, and says so', async () => {
  const ask = (name: string) => hasSelectionOwner(() => name, session.env);
  // A server of tests begins anew when its last client goes: this one stays.
  await session.clipboard.write('a text');
  expect(await ask('CLIPBOARD')).toBe(true);
  expect(await ask('PRIMARY')).toBe(false);
  expect(await ask('_NET_SYSTEM_TRAY_S0')).toBe(false);
  const elsewhere = { ...session.env, DISPLAY: 'another-machine:0' };
  expect(await hasSelectionOwner(() => 'CLIPBOARD', elsewhere)).toBeNull();
});

it('an X11 server that wants a cookie is given the one of its display', async () => {
  const cookie = Buffer.alloc(16, 7);
  const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
  const entry = (display: string, data: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from([1, 0]),
      ...['host', display, 'MIT-MAGIC-COOKIE-1'].map((text) => field(Buffer.from(text))),
      field(data),
    ]);
  const file = path.join(session.folder, 'authority');
  // The server takes every entry of its own file, whatever its display.
  writeFileSync(file, entry('0', cookie));
  const args = ['-screen', '0', '64x64x24', '-nolisten', 'tcp', '-auth', file, '-displayfd', '3'];
  const server = spawn('Xvfb', args, { env: session.env, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  try {
    let number = '';
    server.stdio[3]?.on('data', (chunk: Buffer) => (number += chunk.toString()));
    await until('a display', () => number.includes('\n'));
    const display = number.trim();
    writeFileSync(file, Buffer.concat([entry('4711', Buffer.alloc(16)), entry(display, cookie)]));
    const ask = (authority: string) =>
      hasSelectionOwner(() => 'CLIPBOARD', { DISPLAY: `:${display}.0`, XAUTHORITY: authority });
    expect(await ask(file)).toBe(false);
    // Not there, so no cookie.
    expect(await ask(`${file}-not-there`)).toBeNull();
  } finally {
    server.kill();
  }
});

it('the window says that no icon is shown, until it was read', async () => {
  const desktop = await startDesktop(session);
  await desktop.ready();
  const window = await desktop.window(/^keyfob-app:/);
  const banner = window.getByText('This desktop shows no tray icons.');
  await banner.waitFor({ timeout: 20_000 });
  await desktop.pageshot(window, 'no-tray');
  expect(session.notifications.shown.map(({ title }) => title)).toEqual([]);
  await window.getByRole('button', { name: 'OK' }).first().click();
  await banner.waitFor({ state: 'detached' });
  expect(await desktop.close()).toBe(0);
});

it.each(['refusing', 'without host'] as const)(
  'the window says so where the tray is one %s, and no more once it takes the icon',
  async (as) => {
    await session.tray.comeBack(as);
    const desktop = await startDesktop(session);
    await desktop.ready();
    const window = await desktop.window(/^keyfob-app:/);
    const banner = window.getByText('This desktop shows no tray icons.');
    await banner.waitFor({ timeout: 20_000 });
    if (as === 'refusing') {
      await session.tray.leave();
      await session.tray.comeBack('host');
      await banner.waitFor({ state: 'detached', timeout: 90_000 });
      await session.tray.find(/^Quit$/);
    }
    expect(await desktop.close()).toBe(0);
    await session.tray.leave();
  },
  120_000,
);

it('a panel that comes after Keyfob gets the icon', async () => {
  const desktop = startPlainDesktop(session, { args: ['--json', '--hidden', '--port', '0'] });
  await desktop.ready();
  await session.tray.comeBack('host');
  const before = session.tray.registrations();
  await until('the icon', () => session.tray.registrations() > before, 30_000);
  await session.tray.find(/^Quit$/);
  await desktop.close();
  await session.tray.leave();
});

it('started hidden, a notification says so, and the window opens where nobody shows one', async () => {
  const windows = () => session.screen.windowsLike('Keyfob');
  const args = ['--json', '--hidden', '--port', '0'];
  const before = notes();
  const first = startPlainDesktop(session, { args });
  await first.ready();
  await until('the notification', () => notes() > before, 30_000);
  expect(windows()).toEqual([]);
  await first.close();

  await session.notifications.leave();
  const second = startPlainDesktop(session, { args });
  await second.ready();
  await until('the window', () => windows().length > 0, 30_000);
  await second.close();
});
