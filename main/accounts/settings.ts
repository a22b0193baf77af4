// What Keyfob keeps that is not secret: accounts and their settings, what is selected, clients.
//
// Invariants: no secret, token or code ever stands here (a client's key only as a hash); every change is
// written whole; a reader who meets a newer `version` refuses rather than lose what it does not know.
import { approve, clientRecord } from '../api/clients.ts';
import { namePattern } from '../api/common.ts';
import { z } from 'zod';
import { KeyfobError } from '../api/errors.ts';

const accountName = z.string().regex(namePattern);

const accountSettings = z.object({
  provider: z.string(),
  grant: z.string(),
  fields: z.record(z.string(), z.string()),
});
export type AccountSettings = z.infer<typeof accountSettings>;

const settings = z.object({
  version: z.literal(1),
  accounts: z.record(accountName, accountSettings).default({}),
  selected: accountName.nullable().default(null),
  selected_by_provider: z.record(z.string(), accountName).default({}),
  clients: z.array(clientRecord).default([]),
  /** The kind of vault that the accounts' secrets are in. */
  vault: z.enum(['keychain', 'file']).nullable().default(null),
  /** A kind of vault that still holds copies of what is in `vault`: a move between the two was cut short. */
  vault_to_empty: z.enum(['keychain', 'file']).nullable().default(null),
  /** The approval rule of the client `local`. */
  local_approve: approve.default('always'),
});
export type Settings = z.infer<typeof settings>;

/**
 * Reads what a store gave; nothing, or an empty object, is a home that has no settings yet. Throws
 * `bad_request` for settings that are not ours or of a newer Keyfob: nothing is overwritten.
 */
export function readSettings(stored: unknown): Settings {
  const isNew =
    stored === undefined ||
    (typeof stored === 'object' && stored !== null && Object.keys(stored).length === 0);
  const read = settings.safeParse(isNew ? { version: 1 } : stored);
  if (read.success) {
    return read.data;
  }
  const where = read.error.issues[0]?.path.join('.') ?? '';
  throw new KeyfobError(
    'bad_request',
    `The settings cannot be used: ${where === '' ? 'they are' : `${where} is`} not as this version writes it.`,
    {
      hint: 'They may come from a newer Keyfob: use that one, or move config.json away to begin anew.',
    },
  );
}
