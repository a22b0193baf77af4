// How an account's text is laid out in keychain entries: whole in one where it fits, else a head and chunks.
//
// Invariants: whatever stands in an entry is ASCII without NUL, so that it takes as many bytes in UTF-8 as
// characters, twice as many in UTF-16, and nothing on the way can alter it (lone surrogates, NUL and the
// empty text included). Each entry is counted at two bytes a character, so that it fits into a store that
// counts in either. A chunk's name bears its generation: chunks of two generations never mix. The head says the
// version, how many chunks there are and the SHA-256 of all of them together.
import { z } from 'zod';
import { KeyfobError } from '../api/errors.ts';
import { checkId } from './in-process.ts';
import type { Version } from './port.ts';
import { sha256Hex } from '../platform/digest.ts';

/** What the entry under an account's own name says; `version` is 1 where an older Keyfob wrote it. */
export type Head = { readonly version: Version } & (
  | { readonly kind: 'whole'; readonly text: string }
  | {
      readonly kind: 'chunked';
      readonly generation: string;
      readonly chunks: number;
      /** Null where an older Keyfob wrote it. */
      readonly sha256: string | null;
    }
);

/** An account's entries: the head's text and the chunks, in order. */
export interface Layout {
  readonly head: string;
  readonly chunks: readonly string[];
}

// CRED_MAX_CREDENTIAL_BLOB_SIZE, 5 * 512 bytes (wincred.h). The other keychains have no limit near it.
const windowsLimit = 2560;

/** The most bytes an entry may have on a platform. */
export function entryLimit(platform: NodeJS.Platform): number {
  return platform === 'win32' ? windowsLimit : Number.POSITIVE_INFINITY;
}

/** Lays a text out for a store that takes `limitBytes` an entry (at least 384). */
export function layOut(text: string, version: Version, generation: string, limitBytes: number): Layout {
  const characters = Math.floor(limitBytes / 2);
  const quoted = asciiJson(text);
  const whole = `{"keyfob":2,"version":${String(version)},"text":${quoted}}`;
  if (whole.length <= characters) return { head: whole, chunks: [] };
  const chunks: string[] = [];
  for (let at = 0; at < quoted.length; at += characters) chunks.push(quoted.slice(at, at + characters));
  const sha256 = digestOf(quoted);
  return { head: JSON.stringify({ keyfob: 2, version, generation, chunks: chunks.length, sha256 }), chunks };
}

const generation = z.string().regex(/^[0-9a-f]+$/);
const count = z.int().min(1).max(10_000);
const headForms = z.union([
  z
    .strictObject({ keyfob: z.literal(2), version: z.int().positive(), text: z.string() })
    .transform(({ version, text }): Head => ({ kind: 'whole', version, text })),
  z
    .strictObject({
      keyfob: z.literal(2),
      version: z.int().positive(),
      generation,
      chunks: count,
      sha256: z.string(),
    })
    .transform(({ keyfob: _format, ...head }): Head => ({ kind: 'chunked', ...head })),
  z
    .strictObject({ keyfob: z.literal(1), text: z.string() })
    .transform(({ text }): Head => ({ kind: 'whole', version: 1, text })),
  z
    .strictObject({ keyfob: z.literal(1), generation, chunks: count })
    .transform(({ keyfob: _format, ...head }): Head => ({
      kind: 'chunked',
      version: 1,
      sha256: null,
      ...head,
    })),
]);

/** Reads a head. Throws `vault_unavailable` when it is not one of ours. */
export function readHead(account: string, entry: string): Head {
  const head = headForms.safeParse(parsed(entry));
  if (!head.success) throw damaged(account);
  return head.data;
}

/** Puts chunks together again. Throws `vault_unavailable` when one is missing or altered. */
export function joinChunks(
  account: string,
  chunks: readonly (string | null)[],
  sha256: string | null,
): string {
  const quoted = chunks.join('');
  const whole = !chunks.includes(null) && (sha256 === null || sha256 === digestOf(quoted));
  const text = whole ? parsed(quoted) : null;
  if (typeof text !== 'string') throw damaged(account);
  return text;
}

function digestOf(text: string): string {
  return sha256Hex(text);
}

/** The entry's account for a name; the mark `#` is kept for entries of Keyfob's own. */
export function accountOf(name: string): string {
  checkId(name);
  return encodeURIComponent(name);
}

/** The name behind an entry's account, or null when the entry is a chunk, a probe or not ours. */
export function nameOf(account: string): string | null {
  if (account.includes('#')) return null;
  try {
    return decodeURIComponent(account);
  } catch {
    return null;
  }
}

/** The account of a chunk. */
export function chunkAccount(account: string, generation: string, index: number): string {
  return `${account}#${generation}.${index}`;
}

/** Splits a chunk's account, or null when it is none. */
export function chunkOf(account: string): { account: string; generation: string } | null {
  const match = /^([^#]+)#([0-9a-f]+)\.[0-9]+$/.exec(account);
  return match?.[1] === undefined || match[2] === undefined
    ? null
    : { account: match[1], generation: match[2] };
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(account: string): KeyfobError {
  return new KeyfobError('keychain_entry_damaged', { account: nameOf(account) ?? account });
}
