// What the agent's console can do: it is a page in the browser, so the browser copies and opens windows.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import open from 'open';
import { KeyfobError } from '../api/errors.ts';
import { webPage } from '../host/abilities.ts';
import type { Abilities } from '../host/abilities.ts';
import { createPractice } from '../host/practice.ts';

/** The abilities of the console; `onClose` puts down what they start. */
export function agentAbilities(onClose: (step: () => unknown) => void): Abilities {
  return {
    clipboard: null,
    open_at_login: null,
    shortcuts: null,
    panel: null,
    updates: false,
    sign_in_window: null,
    openExternal,
    online: hasNetwork,
    trayMissing: () => false,
    ...createPractice(() => import('../sandbox/index.ts'), onClose),
  };
}

/** Opens a page in the browser. Throws `bad_request` for what is no page of the web, and without a display. */
async function openExternal(address: string): Promise<void> {
  const url = webPage(address);
  const given = ['DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER', 'WSL_DISTRO_NAME'];
  const shows = ['win32', 'darwin'].includes(process.platform) || given.some((name) => process.env[name]);
  if (!shows) {
    throw new KeyfobError('no_browser', { url });
  }
  const child = await open(url);
  child.on('error', () => undefined);
}

/** Whether the machine has an address that others could reach. */
function hasNetwork(): boolean {
  return Object.values(os.networkInterfaces()).some((addresses) =>
    addresses?.some(({ internal }) => !internal),
  );
}

/** Where the built window is: beside the running bundle (`dist/main`, or a chunk of it), or in a checkout's `dist`. */
export function windowFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const candidates = ['../renderer', '../../renderer', '../../dist/renderer'].map((one) =>
    path.join(here, one),
  );
  // The source of the window has a page too, but no browser can show it.
  const built = candidates.filter((one) => path.basename(path.dirname(one)) === 'dist');
  return (
    built.find((one) => existsSync(path.join(one, 'index.html'))) ?? path.join(here, '../../dist/renderer')
  );
}
