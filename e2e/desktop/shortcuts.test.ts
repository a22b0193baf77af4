/** The global shortcut that copies, pressed on the keyboard of the display. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startStocked } from '../../testing/desktop/accounts.ts';
import type { StockedDesktop } from '../../testing/desktop/accounts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp, startPractice, until } from '../../testing/program.ts';

let session: DesktopSession;
let desktop: StockedDesktop;
beforeAll(async () => {
  session = await startSession();
  desktop = await startStocked(session, {
    practice: await startPractice(),
    accounts: { hq: 'practice-organization' },
    preferences: { shortcut_copy: 'Control+Alt+K' },
  });
});
afterAll(async () => {
  await desktop.kill();
  await session.stop();
  await cleanUp();
});

/** Presses keys (by their X11 names) together, by XTEST. */
function press(...keys: string[]): void {
  const script = `
import sys
from Xlib import X, XK, display
from Xlib.ext import xtest
d = display.Display()
codes = [d.keysym_to_keycode(XK.string_to_keysym(name)) for name in sys.argv[1:]]
for code in codes: xtest.fake_input(d, X.KeyPress, code)
for code in reversed(codes): xtest.fake_input(d, X.KeyRelease, code)
d.sync()
`;
  const options = { env: session.env, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('/usr/bin/python3', ['-c', script, ...keys], options);
  if (status !== 0) throw new Error(`The keys could not be pressed: ${stderr}`);
}

describe('a global shortcut', () => {
  it("copies the selected account's token", async () => {
    expect((await session.clipboard.read()) ?? '').toBe('');
    press('Control_L', 'Alt_L', 'k');
    const token = await desktop.token('hq');
    await until('the token in the clipboard', async () => (await session.clipboard.read()) === token);
  });
});
