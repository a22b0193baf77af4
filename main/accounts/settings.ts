// What Keyfob keeps that is not secret: what is selected, clients, and a copy of the accounts' settings, which
// count as the vault has them (record.ts).
//
// Invariants: no secret, token or code ever stands here (a client's key only as a hash); every change is
// written whole; a reader who meets a newer `version` refuses rather than lose what it does not know.
import { accountLabels, noLabels } from '../api/account-labels.ts';
import { approve, clientRecord } from '../api/clients.ts';
import { namePattern } from '../api/common.ts';
import { hook } from '../api/hooks.ts';
import { message } from '../api/message.ts';
import { tokenFile } from '../api/token-files.ts';
import { z } from 'zod';
import { KeyfobError } from '../api/errors.ts';
import { parseJsonSource } from '../oauth/json-source.ts';

const accountName = z.string().regex(namePattern);

export const accountSettings = z.object({
  provider: z.string(),
  grant: z.string(),
  fields: z.record(z.string(), z.string()),
});
/** What a person set for an account, its secrets left out. */
export type AccountSettings = z.infer<typeof accountSettings>;

const accountCopy = accountSettings.extend({
  /** Of the settings as Keyfob wrote them here (copies.ts); where it does not fit, somebody else did. */
  digest: z.string().optional(),
});
/** An account as config.json has it. */
export type AccountCopy = z.infer<typeof accountCopy>;

const { shape: label } = accountLabels;
/** What of it does not hold, a vendor's words or a hand's, is left out: no home is closed for it. */
const annotation = z.object({
  labels: z
    .object({
      display_name: label.display_name.catch(noLabels.display_name),
      environment: label.environment.catch(noLabels.environment),
      color: label.color.catch(noLabels.color),
      letters: label.letters.catch(noLabels.letters),
      pinned: label.pinned.catch(noLabels.pinned),
      ask_before_copy: label.ask_before_copy.catch(noLabels.ask_before_copy),
    })
    .optional()
    .catch(undefined),
  /** Unix seconds. */
  last_used_at: z.int().optional().catch(undefined),
  last_error: z.object({ message, at: z.int() }).optional().catch(undefined),
  /** Who its vendor said it is. */
  person: z.string().optional().catch(undefined),
});
/** What is remembered of an account beside what the vault keeps (annotations.ts). */
export type Annotation = Readonly<z.infer<typeof annotation>>;

const settings = z.object({
  version: z.literal(1),
  accounts: z.record(accountName, accountCopy).default({}),
  annotations: z.record(z.string(), annotation.catch({})).default({}).catch({}),
  /** Accounts that are being removed: one that is not in the vault any more is gone. */
  removing: z.array(accountName).default([]),
  selected: accountName.nullable().default(null),
  selected_by_provider: z.record(z.string(), accountName).default({}),
  clients: z.array(clientRecord).default([]),
  /** Commands that run on an event. */
  hooks: z.array(hook).default([]),
  /** Files that hold a token. */
  token_files: z.array(tokenFile).default([]),
  /** The kind of vault that the accounts' secrets are in. */
  vault: z.enum(['keychain', 'file']).nullable().default(null),
  /** A kind of vault that still holds copies of what is in `vault`: a move between the two was cut short. */
  vault_to_empty: z.enum(['keychain', 'file']).nullable().default(null),
  /** The approval rule of the client `local`. */
  local_approve: approve.default('always'),
});
export type Settings = z.infer<typeof settings>;

/**
 * Reads what a store gave; nothing, or an empty object, is a home that has no settings yet. `source`: the text that
 * it was read from. Throws `bad_request`, naming the line, for settings that are not ours or of a newer Keyfob:
 * nothing is overwritten.
 */
export function readSettings(stored: unknown, source: string | null = null): Settings {
  const isNew =
    stored === undefined ||
    (typeof stored === 'object' && stored !== null && Object.keys(stored).length === 0);
  const read = settings.safeParse(isNew ? { version: 1 } : stored);
  if (read.success) {
    return read.data;
  }
  const path = (read.error.issues[0]?.path ?? []).map(String);
  const line = lineOf(source, path);
  if (path.length === 0) throw new KeyfobError('settings_unusable', {});
  if (line === null) throw new KeyfobError('settings_unusable_at', { path: path.join('.') });
  throw new KeyfobError('settings_unusable_line', { path: path.join('.'), line });
}

/** The line, from 1, at which a member stands in a JSON text, or its nearest ancestor; null without a text. */
export function lineOf(source: string | null, path: readonly string[]): number | null {
  const parsed = source === null ? null : parseJsonSource(source);
  return parsed?.ok === true ? parsed.positionOf(path).line : null;
}

/** Whether two settings mean the same; an empty text is none. */
export function sameSettings(a: AccountSettings, b: AccountSettings): boolean {
  return canonical(a) === canonical(b);
}

/** The settings of an account as one text, whatever their order. */
export function canonical({ provider, grant, fields }: AccountSettings): string {
  const given = Object.entries(fields).filter(([, value]) => value !== '');
  return JSON.stringify([provider, grant, given.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
