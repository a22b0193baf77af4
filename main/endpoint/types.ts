// Words that the rooms of the endpoint share: doors, callers, approval rules and what the host tells of itself.
import type { Clock, VaultKind } from '../core/ports.ts';
import type { Keyfob } from '../core/keyfob.ts';
import type { KeyfobEvent } from '../core/views.ts';
import type { Audit, AuditLine } from './audit.ts';
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

/** Whether a person is asked before a client gets what it asked for. */
export type Approve = 'always' | 'session' | 'ask';

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

/** What a host tells of itself in `GET /v1/status`. */
export interface HostStatus {
  readonly host: 'desktop' | 'agent';
  readonly pid: number;
  readonly home: string | null;
  readonly socket: string;
  /** `http://127.0.0.1:PORT`, or null when there is no TCP listener. */
  readonly endpoint: string | null;
  readonly console: string | null;
  readonly vault: { readonly kind: VaultKind; readonly locked: boolean; readonly why: string | null };
  /** Sentences that a person should read: a port that was taken, a vault that keeps nothing. */
  readonly notices: readonly string[];
}

/** What waits for a person's yes or no has these. */
interface QuestionFacts {
  readonly id: string;
  readonly client: string;
  /** `python3 (pid 123)`, several after one another; null when it is not known. */
  readonly asked_by: string | null;
  /** Unix seconds. */
  readonly asked_at: number;
  /** Unix seconds; unanswered by then it counts as refused. */
  readonly expires_at: number;
}

/** A request of a client that waits for a person's yes or no. */
export interface RequestView extends QuestionFacts {
  readonly kind: 'request';
  readonly account: string;
  readonly approve: 'session' | 'ask';
}

/** A program that wants a key. */
export interface PairingView extends QuestionFacts {
  readonly kind: 'pairing';
  /** Null: all accounts, later ones too. */
  readonly accounts: readonly string[] | null;
  /** Six digits that the program shows too. */
  readonly code: string;
}

export type ApprovalView = RequestView | PairingView;

export type ApprovalEvent =
  | ({ readonly type: 'approval.waiting' } & ApprovalView)
  | {
      readonly type: 'approval.answered';
      readonly id: string;
      readonly kind: ApprovalView['kind'];
      readonly client: string;
      /** Null for a pairing. */
      readonly account: string | null;
      readonly answer: 'yes' | 'no' | 'timeout';
    };

/** All that `GET /v1/events` may carry. */
export type EndpointEvent = KeyfobEvent | ApprovalEvent | ({ readonly type: 'audit' } & AuditLine);

/** An address that opens something once, for minutes. */
export interface OneTimeAddress {
  readonly url: string;
  /** Six digits that it asks for where it cannot tell who opens it, for the person alone; null where it never does. */
  readonly confirmation_code: string | null;
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
