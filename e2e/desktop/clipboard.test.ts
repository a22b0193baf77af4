/** What was copied leaves the clipboard, as other programs on X11 see it. */
import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { startStocked } from '../../testing/desktop/accounts.ts';
import type { StockedDesktop } from '../../testing/desktop/accounts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp, sleep, startPractice, until } from '../../testing/program.ts';
import type { Practice } from '../../testing/program.ts';

let session: DesktopSession;
let practice: Practice;
let desktop: StockedDesktop | null = null;
beforeAll(async () => {
  [session, practice] = await Promise.all([startSession(), startPractice()]);
});
afterEach(async () => {
  await desktop?.kill();
  desktop = null;
});
afterAll(async () => {
  await session.stop();
  await cleanUp();
});

async function copied(
  seconds: number,
  more: { lock_with_screen?: boolean } = {},
): Promise<{ desktop: StockedDesktop; token: string }> {
  desktop = await startStocked(session, {
    practice,
    accounts: { hq: 'practice-organization' },
    preferences: { clipboard_seconds: seconds, ...more },
  });
  await session.tray.click(/^Copy token of hq · \d+ min/);
  const token = await desktop.token('hq');
  await until('the token in the clipboard', async () => (await session.clipboard.read()) === token);
  return { desktop, token };
}
const empty = async (): Promise<boolean> => ((await session.clipboard.read()) ?? '') === '';

/** Switches X11's screen saver, as lockers do. */
function screenSaver(mode: 'ScreenSaverActive' | 'ScreenSaverReset'): void {
  const script = `from Xlib import X, display; d = display.Display(); d.force_screen_saver(X.${mode}); d.sync()`;
  const { status, stderr } = spawnSync('/usr/bin/python3', ['-c', script], {
    env: session.env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The screen saver could not be switched: ${stderr}`);
}

describe('a copied token', () => {
  it('is gone after its time, and not before', async () => {
    const { token } = await copied(5);
    await sleep(2_500);
    expect(await session.clipboard.read()).toBe(token);
    await until('an empty clipboard', empty, 6_000);
  });

  it('gives way to what another program copied, which stays', async () => {
    const { desktop: running } = await copied(5);
    await session.clipboard.write('of somebody else');
    await sleep(6_000);
    expect(await session.clipboard.read()).toBe('of somebody else');
    await running.close();
    expect(await session.clipboard.read()).toBe('of somebody else');
  });

  it('is gone when Keyfob quits, though a clipboard manager keeps what others leave', async () => {
    const manager = await session.clipboard.startManager();
    try {
      const { desktop: running, token } = await copied(60);
      expect(await running.close()).toBe(0);
      await sleep(500);
      expect(await session.clipboard.read()).not.toBe(token);
    } finally {
      manager.stop();
    }
  });

  it('is gone when Keyfob is locked', async () => {
    const { desktop: running } = await copied(60);
    await running.done(['lock']);
    await until('an empty clipboard', empty);
  });

  it('of `keyfob token --copy` is printed nowhere, and gone after its time too', async () => {
    desktop = await startStocked(session, {
      practice,
      accounts: { hq: 'practice-organization' },
      preferences: { clipboard_seconds: 5 },
    });
    const token = await desktop.token('hq');
    const told = 'Copied the token of hq. Clipboard clears in 5 s.\n';
    expect(await desktop.keyfob(['token', '--copy'])).toMatchObject({ code: 0, stdout: told, stderr: '' });
    expect(await session.clipboard.read()).toBe(token);
    expect(await desktop.done(['token', 'hq', '--copy', '--format', 'header'])).toBe(told);
    expect(await session.clipboard.read()).toBe(`Authorization: Bearer ${token}`);
    await until('an empty clipboard', empty, 7_000);
  });

  it('is gone when the screen saver covers the screen, and Keyfob is locked where that is wanted', async () => {
    const { desktop: running } = await copied(60, { lock_with_screen: true });
    screenSaver('ScreenSaverActive');
    try {
      await until('an empty clipboard', empty);
      await session.tray.find(/^Copy token of hq · locked$/);
      expect((await running.account('hq')).state).toBe('locked');
    } finally {
      screenSaver('ScreenSaverReset');
    }
  });
});
