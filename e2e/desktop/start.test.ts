/** The desktop application starts, and a desktop sees it: the tray, its window, its end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDesktop, startPlainDesktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp } from '../../testing/program.ts';

let session: DesktopSession;
beforeAll(async () => {
  session = await startSession();
});
afterAll(async () => {
  await session.stop();
  await cleanUp();
});

describe('the desktop', () => {
  it('prints the ready line, answers the command line with the keychain open, and ends when told', async () => {
    const desktop = startPlainDesktop(session, { args: ['--json', '--hidden', '--port', '0'] });
    const ready = await desktop.ready();
    expect(ready.pid).toBe(desktop.pid);
    expect(ready).not.toHaveProperty('console');
    const status = await desktop.keyfob(['status']);
    expect(status.stdout).toMatch(/desktop, process \d+[\s\S]*keychain, open/);
    expect(await desktop.close()).toBe(0);
  });

  it('shows an icon with a menu and a window', async () => {
    const desktop = await startDesktop(session);
    console.log(`The desktop runs in ${desktop.runtime}.`);
    await desktop.ready();
    const labels = (await session.tray.entries()).map(({ label }) => label);
    expect(labels[0]).toMatch(/^Copy/);
    expect(labels.at(-1)).toBe('Quit');
    const window = await desktop.window(/^keyfob-app:/);
    await desktop.pageshot(window, 'start-window');
    await desktop.screenshot('start-screen');
    await session.tray.click(/^Quit$/);
    expect(await new Promise((resolve) => desktop.process.once('exit', resolve))).toBe(0);
  });
});
