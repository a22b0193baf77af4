// What the vault keeps for one account, under one version: its settings, the secrets that were entered for them,
// where those may go, and how it stands with the vendor. This is what counts; config.json has a copy of the settings.
//
// Invariants: this is the only shape in which tokens are stored, and a token is only in the states that have one;
// settings and secrets never part, so that no secret meets an address that it was not entered for; a session carries
// what it was signed in with (`bound`), since vendors want the same again at every refresh, whatever the settings say.
import { z } from 'zod';
import { registeredClient } from '../oauth/registered-client.ts';
import { session, type Session } from '../oauth/token.ts';
import { KeyfobError } from '../api/errors.ts';
import { accountSettings, type AccountSettings } from './settings.ts';

const refusal = z.object({
  error: z.string(),
  error_description: z.string().optional(),
  /** Unix ms. */
  at: z.number(),
});
/** The vendor's last word, or our own where it gave none. */
export type Refusal = z.infer<typeof refusal>;

const origins = z.object({
  /** Origins (scheme, host, port) that the secrets were entered for; see origins.ts. */
  known: z.array(z.string()),
  /** The issuer that they were entered for; null: every address is written out. */
  issuer: z.string().nullable(),
  /** What the issuer's metadata named when it was first read is among the known ones. */
  discovered: z.boolean(),
  /** Kept values of the vendor's whose first hosts are among the known ones, by name; left out: none yet. */
  kept: z.array(z.string()).optional(),
});
/** Where an account's secrets and tokens may go. */
export type Origins = z.infer<typeof origins>;

const signedIn = {
  /** Null: a token is to be asked for, which needs no person. */
  session: session.nullable(),
  /** The stored password was sent by itself and turned away since the last sign-in: never again (lockouts). */
  password_tried: z.boolean(),
  /** Unix ms at which it was sent by itself and nobody knows whether it counts as turned away; left out: never. */
  password_tries: z.array(z.number()).optional(),
};
const state = z.discriminatedUnion('status', [
  z.object({ status: z.literal('signed_out') }),
  /** Also when the token has ended and waits to be renewed. */
  z.object({ status: z.literal('signed_in'), ...signedIn }),
  /** The token in hand is served until it ends. */
  z.object({ status: z.literal('sign_in_needed'), ...signedIn, cause: refusal }),
]);
/** How an account stands with its vendor. */
export type SignInState = z.infer<typeof state>;

const secrets = z.record(z.string(), z.string());
const record = z.object({
  version: z.literal(2),
  settings: accountSettings,
  secrets,
  origins,
  /** The client that the vendor registered for an account that names none. */
  client: registeredClient.optional(),
  /** Grows with each sign-in, sign-out, and change that ends tokens: what belongs to an older one changes nothing. */
  epoch: z.int(),
  state,
});
export type AccountRecord = Readonly<z.infer<typeof record>>;

/** As it was kept while settings were in config.json alone. */
const record1 = z.object({
  version: z.literal(1),
  secrets,
  /** Left out by a Keyfob that did not remember them yet. */
  origins: origins.optional(),
  session: session.nullable(),
  standing: z.enum(['signed_out', 'signed_in', 'sign_in_needed']),
  refusal: refusal.nullable(),
  password_tried: z.boolean(),
});
export type Record1 = z.infer<typeof record1>;

const stored = z.discriminatedUnion('version', [record, record1]);

/** A record of an account that was just added, or that its vault does not hold. */
export function newRecord(
  settings: AccountSettings,
  given: Readonly<Record<string, string>>,
  entered: Origins,
): AccountRecord {
  return {
    version: 2,
    settings,
    secrets: { ...given },
    origins: entered,
    epoch: 1,
    state: { status: 'signed_out' },
  };
}

/** Reads a vault's text. Throws `vault_unavailable` when it is not one of ours. */
export function readRecord(name: string, text: string): AccountRecord | Record1 {
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    // The cause is left out on purpose: it could quote the text.
    const action = { type: 'remove_account', params: { account: name } } as const;
    throw new KeyfobError('record_damaged', { account: name }, { action });
  }
}

/** Takes a record of the first format over. `settings`: those of config.json. `present`: the origins of its addresses. */
export function carryOver(old: Record1, settings: AccountSettings, present: Origins): AccountRecord {
  return {
    ...newRecord(settings, old.secrets, old.origins ?? present),
    state: carriedState(old),
  };
}

function carriedState({
  standing: status,
  session: held,
  password_tried,
  refusal: cause,
}: Record1): SignInState {
  switch (status) {
    case 'signed_out':
      return { status };
    case 'signed_in':
      return { status, session: held, password_tried };
    case 'sign_in_needed':
      return { status, session: held, password_tried, cause: cause ?? { error: 'token_ended', at: 0 } };
  }
}

/** The token in hand, or null. */
export function sessionOf({ state: now }: AccountRecord): Session | null {
  return now.status === 'signed_out' ? null : now.session;
}
