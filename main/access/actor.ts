// Who asks, and what it may: an argument of everything that somebody can ask of Keyfob. Pure.
import type { Listener } from '../api/audit.ts';
import type { Approve } from '../api/clients.ts';
import { KeyfobError } from '../api/errors.ts';

/** The name of the owner, and of callers on the owner's own sockets without a key. */
export const LOCAL = 'local';

export interface Actor {
  /** The person whose Keyfob this is, or a program with a key of its own. */
  readonly kind: 'owner' | 'client';
  readonly name: string;
  readonly via: Listener;
  /** Names of the accounts it may use; null: all, later ones too. */
  readonly accounts: readonly string[] | null;
  /** Scopes that it may get tokens of; null: any. */
  readonly scopes: readonly string[] | null;
  readonly approve: Approve;
}

/** The person themselves; `approve` is their own rule for callers without a key. */
export function ownerVia(via: Listener, approve: Approve = 'always'): Actor {
  return { kind: 'owner', name: LOCAL, via, accounts: null, scopes: null, approve };
}

/** Throws `not_permitted` unless the actor may use the account; says the same whether there is one or not. */
export function permitAccount(actor: Actor, account: string): void {
  if (mayUse(actor, account)) return;
  throw new KeyfobError(
    'client_may_not_use',
    { client: actor.name },
    { action: { type: 'make_client', params: {} } },
  );
}

/** Whether the actor may use the account. */
export function mayUse({ accounts }: Actor, account: string): boolean {
  return accounts === null || accounts.includes(account);
}

/**
 * Throws `not_permitted` unless every word of a scope is one that the actor may get. A token whose scope is
 * not known is none for an actor with limits.
 */
export function permitScope({ name, scopes }: Actor, scope: string | null): void {
  if (scopes === null) return;
  const wanted = scope?.split(' ').filter((one) => one !== '') ?? [];
  if (wanted.length > 0 && wanted.every((one) => scopes.includes(one))) return;
  throw new KeyfobError(
    'client_may_not_scope',
    { client: name, scopes: scopes.join(' ') },
    { field: 'scope' },
  );
}
