// What a home of the window can do beyond the core: given by the desktop or the agent, and said to the window,
// which hides what is not there.
import { KeyfobError } from '../api/errors.ts';
import { webAddress } from '../oauth/url.ts';
import type { CopyTarget } from './copying.ts';
import type { Preferences } from '../api/preferences.ts';
import type { PanelAction } from '../api/window.ts';

/** An account of the practice vendor, ready to be added. */
export interface PracticeAccount {
  readonly provider: string;
  readonly grant: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What the practice vendor says of an account of its own: an address to try, and who can sign in. */
export interface PracticeHelp {
  readonly try: string;
  readonly person: { readonly username: string; readonly password: string };
}

export interface Abilities {
  /** The system's clipboard; null: the window copies by itself. */
  readonly clipboard: CopyTarget | null;
  /** Starts Keyfob at login, or no more. Throws a KeyfobError when the system does not let it. */
  readonly open_at_login: null | ((open: boolean) => void | Promise<void>);
  /** Takes new shortcuts before they are kept. Throws a KeyfobError when one is taken by another program. */
  readonly shortcuts:
    null | ((wanted: Pick<Preferences, 'shortcut_copy' | 'shortcut_panel'>) => void | Promise<void>);
  /** The quick panel: `offer` finds a shortcut for it that is free. */
  readonly panel: null | { act(action: PanelAction): void; offer(): Promise<string | null> };
  readonly updates: boolean;
  /** The sign-in window: `forget` ends the vendor's session of an account in it. */
  readonly sign_in_window: null | { forget(account: string): void | Promise<void> };
  /** Opens an address (https) in the system's browser. */
  openExternal(url: string): void | Promise<void>;
  /** Whether there is a network, as far as is known. */
  online(): boolean;
  /** Whether the desktop shows no tray icons, as far as is known. */
  trayMissing(): boolean;
  /** An account of the practice vendor, which is started when it does not run. */
  practice(): Promise<PracticeAccount>;
  /** What helps with an account that is one of the practice vendor's by all its settings; null: it is none. */
  practiceHelp(account: Omit<PracticeAccount, 'secrets'>): Promise<PracticeHelp | null>;
}

/** The address of a page that may be opened in the browser. Throws `bad_request` for what is no page of the web. */
export function webPage(address: string): string {
  const url = webAddress(address);
  if (url !== null) return url;
  throw new KeyfobError('not_a_web_page', {});
}
