// What the vault keeps for one account: its secrets, its session, and how it stands with the vendor.
//
// Invariants: this is the only shape in which tokens are stored; a session carries what it was signed in
// with (`bound`), since vendors want the same again at every refresh, whatever the settings say later.
import { z } from 'zod';
import { session } from '../oauth/token.ts';
import { KeyfobError } from '../api/errors.ts';

const refusal = z.object({
  error: z.string(),
  error_description: z.string().optional(),
  /** Unix ms. */
  at: z.number(),
});
export type Refusal = z.infer<typeof refusal>;

const origins = z.object({
  /** Origins (scheme, host, port) that the secrets were entered for; see origins.ts. */
  known: z.array(z.string()),
  /** The issuer that they were entered for; null: every address is written out. */
  issuer: z.string().nullable(),
  /** What the issuer's metadata named when it was first read is among the known ones. */
  discovered: z.boolean(),
});
/** Where an account's secrets and tokens may go. */
export type Origins = z.infer<typeof origins>;

const record = z.object({
  version: z.literal(1),
  secrets: z.record(z.string(), z.string()),
  /** Left out by a Keyfob that did not remember them yet. */
  origins: origins.optional(),
  session: session.nullable(),
  /** `signed_in` even when the token has ended and waits to be renewed. */
  standing: z.enum(['signed_out', 'signed_in', 'sign_in_needed']),
  /** The vendor's last word, when a sign-in is needed for it. */
  refusal: refusal.nullable(),
  /** The stored password was sent once by itself since the last sign-in: never again (lockouts). */
  password_tried: z.boolean(),
});
export type AccountRecord = z.infer<typeof record> & { origins: Origins };

/** A record of an account that was just added. */
export function newRecord(secrets: Readonly<Record<string, string>>, entered: Origins): AccountRecord {
  return {
    version: 1,
    secrets: { ...secrets },
    origins: entered,
    session: null,
    standing: 'signed_out',
    refusal: null,
    password_tried: false,
  };
}

/**
 * Reads a vault's text. `present`: the origins that a record from before is taken to have been entered for;
 * `carried` then. Throws `vault_unavailable` when it is not one of ours.
 */
export function readRecord(
  name: string,
  text: string,
  present: Origins,
): { readonly record: AccountRecord; readonly carried: boolean } {
  try {
    const read = record.parse(JSON.parse(text));
    return { record: { ...read, origins: read.origins ?? present }, carried: read.origins === undefined };
  } catch {
    // The cause is left out on purpose: it could quote the text.
    throw new KeyfobError('vault_unavailable', `The vault’s entry for ${name} is damaged.`, {
      hint: `Remove the account and add it again: keyfob remove ${name}.`,
    });
  }
}
