// Words that the rooms of the endpoint share: doors, callers, approval rules and what the host tells of itself.
import type { Clock } from '../core/ports.ts';
import type { Keyfob } from '../core/keyfob.ts';
import type { Approve } from '../api/clients.ts';
import type { HostStatus, OneTimeAddress } from '../api/status.ts';
import type { Audit } from './audit.ts';
import type { ClientStore } from './clients.ts';

/**
 * Where a request came in: the person's own socket; 127.0.0.1; a socket that is handed on to containers and
 * other machines, where a key is always needed; the socket of oidc-agent's clients.
 */
export type Door = 'socket' | 'tcp' | 'guest' | 'oidc-agent';

/** Whether a caller without a key is the person. */
export function isOwn(door: Door): boolean {
  return door === 'socket' || door === 'oidc-agent';
}

/** Who asks. `local` is the owner of the socket without a key. */
export interface Caller {
  readonly name: string;
  readonly local: boolean;
  /** Names of the accounts it may use, or null: all, later ones too. */
  readonly accounts: readonly string[] | null;
  /** Scope words that it may get tokens of, or null: any. */
  readonly scopes: readonly string[] | null;
  readonly approve: Approve;
}

/** What the endpoint is made of; see `createEndpoint`. */
export interface EndpointOptions {
  readonly keyfob: Keyfob;
  readonly clock: Clock;
  readonly version: string;
  readonly clients: ClientStore;
  readonly audit: Audit;
  status(): HostStatus;
  /** A fresh one-time address of the console, or null when there is none. */
  consoleLink(): OneTimeAddress | null;
  /** The person's own rule for callers on the socket without a key; `always` when left out. */
  localApproval?(): Approve;
}
