// What the desktop can do for its window beyond the core.
import { shell } from 'electron';
import { webPage } from '../host/abilities.ts';
import type { Abilities } from '../host/abilities.ts';
import { createPractice } from '../host/practice.ts';
import type { WindowSignIn } from './sign-in-window.ts';
import type { System } from './system.ts';
import type { TrayPresence } from './tray-presence.ts';

export interface DesktopAbilitiesOptions {
  readonly system: System;
  readonly signIn: Pick<WindowSignIn, 'forget'>;
  readonly updates: boolean;
  readonly presence: Pick<TrayPresence, 'missing'>;
  /** Is given how to end what an ability started. */
  onClose(step: () => unknown): void;
}

/** The abilities of the desktop's window. */
export function desktopAbilities(options: DesktopAbilitiesOptions): Abilities {
  const { system, signIn, updates, presence, onClose } = options;
  const { clipboard, autostart } = system;
  return {
    clipboard,
    open_at_login: autostart.possible ? (open) => autostart.set(open) : null,
    shortcuts({ shortcut_copy: copy, shortcut_panel: panel }) {
      const [problem] = system.takeShortcuts({ copy, panel });
      if (problem !== undefined) throw problem;
    },
    panel: { act: (action) => void system.actInPanel(action), offer: system.offerShortcut },
    updates,
    sign_in_window: { forget: (account) => signIn.forget(account) },
    openExternal: openInBrowser,
    online: system.online,
    trayMissing: () => presence.missing(),
    ...createPractice(() => import('../sandbox/index.ts'), onClose),
  };
}

/** Opens a page in the system's browser. Throws `bad_request` for what is no page of the web. */
export async function openInBrowser(address: string): Promise<void> {
  await shell.openExternal(webPage(address));
}
