// Clients that vendors register by themselves (RFC 7591): an account that names no client ID gets one of its own at its
// first sign-in, kept in the vault with it, and another one when it is gone.
//
// Invariants: a client is in the vault before a person, or a request, is sent to the vendor with it; one that comes late,
// or of another vendor, never replaces a newer one.
import { KeyfobError } from '../api/errors.ts';
import type { ClientContext } from '../oauth/client-context.ts';
import type { Exchange } from '../oauth/exchange.ts';
import type { Clock } from '../oauth/ports.ts';
import { willDo } from '../oauth/registration.ts';
import type { Account } from './account.ts';
import { isClientGone, signInError } from './refusal.ts';
import { clientIs, clientIsGone } from './transitions.ts';
import type { Outcome } from '../oauth/outcome.ts';

export interface RegistrationPorts {
  readonly exchange: Exchange;
  readonly clock: Clock;
}

/**
 * The client to sign in with, registered where there is none that will do. `redirectUri`: null where its grant needs
 * none. Throws what the vendor refuses, and `bad_request` where it registers none.
 */
export async function clientToSignIn(
  account: Account,
  { exchange, clock }: RegistrationPorts,
  redirectUri: string | null,
): Promise<ClientContext> {
  const { epoch } = account;
  const context = account.clientContext();
  const { registered } = context;
  if (registered === undefined || willDo(registered, redirectUri, clock.unixMs())) return context;
  const outcome = await exchange.register(context, account.settings.grant, redirectUri);
  if (outcome.kind !== 'granted') throw signInError(account.name, account.profile, outcome);
  if (!(await account.changeClient(clientIs(outcome.value, registered, epoch)))) {
    throw new KeyfobError('changed_while_signing_in', { account: account.name });
  }
  return account.clientContext();
}

/** Asks with the client to sign in with, and once more with another one where the vendor does not know it any more. */
export async function askAsClient<T>(
  account: Account,
  ports: RegistrationPorts,
  ask: (context: ClientContext) => Promise<Outcome<T>>,
): Promise<{ readonly context: ClientContext; readonly outcome: Outcome<T> }> {
  const once = async () => {
    const context = await clientToSignIn(account, ports, null);
    return { context, outcome: await ask(context) };
  };
  const first = await once();
  return (await forgetGone(account, first.context, first.outcome)) ? once() : first;
}

/** Forgets a registered client that the vendor does not know any more; whether it did. */
export async function forgetGone(
  account: Account,
  { registered }: ClientContext,
  outcome: Outcome<unknown>,
): Promise<boolean> {
  if (registered == null || outcome.kind === 'granted' || !isClientGone(outcome)) return false;
  await account.changeClient(clientIsGone(registered));
  return true;
}
