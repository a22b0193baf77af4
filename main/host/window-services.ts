// What the window's calls are made of.
import type { Answer, CallName, News, Judged } from '../api/window.ts';
import type { HostStatus } from '../api/status.ts';
import type { KeyfobWithSettings } from '../accounts/create.ts';
import type { Clock } from '../oauth/ports.ts';
import type { Access, RequestContext } from '../access/index.ts';
import type { Abilities } from './abilities.ts';
import type { History } from './history.ts';
import type { PreferencesKeeper } from './preferences.ts';
import type { MoveVault } from './vault-move.ts';

/** What a host has that the window may reach. */
export interface HostServices {
  readonly keyfob: KeyfobWithSettings;
  readonly access: Access;
  readonly preferences: PreferencesKeeper;
  readonly history: Pick<History, 'timeline'>;
  readonly clock: Clock;
  readonly version: string;
  status(): HostStatus;
  readonly moveVault: MoveVault;
  /** The licences of what Keyfob is made of. Throws `unexpected` when they were not built. */
  licences(): Promise<string>;
}

export interface WindowServices extends HostServices {
  readonly abilities: Abilities;
  /** Tells every window. */
  tell(news: News): void;
}

/** What answers each call, once its schema has let the request through. */
export type CallTable<Names extends CallName = CallName> = {
  readonly [Name in Names]: (
    request: Judged<Name>,
    context: RequestContext,
  ) => Answer<Name> | Promise<Answer<Name>>;
};
