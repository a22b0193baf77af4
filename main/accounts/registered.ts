// The client of an account: its own, or the one that the vendor registered for it and its record holds. Pure.
import type { ClientContext } from '../oauth/client-context.ts';
import type { AccountRecord } from './record.ts';

/** The client as an account's fields make it, with the one that the vendor registered where they name none. */
export function withRegistered(context: ClientContext, record: AccountRecord | null): ClientContext {
  const { profile, values, secrets } = context;
  if (profile.registration === undefined || (values['client_id'] ?? '') !== '') return context;
  const client = record?.client;
  if (client === undefined) return { ...context, registered: null };
  const { client_id, client_secret: secret } = client;
  return {
    ...context,
    registered: client,
    values: { ...values, client_id },
    secrets: secret === undefined ? secrets : { ...secrets, client_secret: secret },
  };
}
