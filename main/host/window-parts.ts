// What the window's calls are made of.
import type { z } from 'zod';
import type { Answer, CallName, News, Request } from '../../preload/contract.ts';
import type { KeyfobWithSettings } from '../core/create.ts';
import type { Clock } from '../core/ports.ts';
import type { Audit, Endpoint, HostStatus } from '../endpoint/index.ts';
import type { Abilities } from './abilities.ts';
import type { History } from './history.ts';
import type { PreferencesKeeper } from './preferences.ts';
import type { MoveVault } from './vault-move.ts';

/** What a host has that the window may reach. */
export interface HostParts {
  readonly keyfob: KeyfobWithSettings;
  readonly endpoint: Pick<Endpoint, 'approvals' | 'clients'>;
  readonly audit: Audit;
  readonly preferences: PreferencesKeeper;
  readonly history: Pick<History, 'timeline'>;
  readonly clock: Clock;
  readonly version: string;
  status(): HostStatus;
  readonly moveVault: MoveVault;
  /** The licences of what Keyfob is made of. Throws `unexpected` when they were not built. */
  licences(): Promise<string>;
}

export interface WindowParts extends HostParts {
  readonly abilities: Abilities;
  /** Tells every window. */
  tell(news: News): void;
}

/** How one call is judged and answered. */
export interface CallRule<Name extends CallName> {
  readonly request: z.ZodType<Request<Name>>;
  run(request: Request<Name>): Answer<Name> | Promise<Answer<Name>>;
}

export type CallTable<Names extends CallName = CallName> = { readonly [Name in Names]: CallRule<Name> };
