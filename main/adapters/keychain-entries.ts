// How a text is laid out in keychain entries: whole in one where it fits, else a head and chunks.
//
// Invariants: whatever stands in an entry is ASCII without NUL, so that it takes as many bytes in UTF-8 as
// characters, twice as many in UTF-16, and nothing on the way can alter it (lone surrogates, NUL and the
// empty text included). Each entry is counted at two bytes a character, so that it fits into a store that
// counts in either. A chunk's name bears its generation: chunks of two generations never mix.
import { KeyfobError } from '../core/errors.ts';

/** What the entry under an account's own name says. */
export type Head =
  | { readonly kind: 'whole'; readonly text: string }
  | { readonly kind: 'chunked'; readonly generation: string; readonly chunks: number };

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

/** Lays a text out for a store that takes `limitBytes` an entry (at least 128). */
export function layOut(text: string, generation: string, limitBytes: number): Layout {
  const characters = Math.floor(limitBytes / 2);
  const quoted = asciiJson(text);
  const whole = `{"keyfob":1,"text":${quoted}}`;
  if (whole.length <= characters) return { head: whole, chunks: [] };
  const chunks: string[] = [];
  for (let at = 0; at < quoted.length; at += characters) chunks.push(quoted.slice(at, at + characters));
  return { head: JSON.stringify({ keyfob: 1, generation, chunks: chunks.length }), chunks };
}

/** Reads a head. Throws `vault_unavailable` when it is not one of ours. */
export function readHead(account: string, entry: string): Head {
  const value = parsed(entry);
  if (typeof value === 'object' && value !== null && 'keyfob' in value && value.keyfob === 1) {
    if ('text' in value && typeof value.text === 'string') return { kind: 'whole', text: value.text };
    if (
      'generation' in value &&
      typeof value.generation === 'string' &&
      'chunks' in value &&
      Number.isSafeInteger(value.chunks)
    ) {
      return { kind: 'chunked', generation: value.generation, chunks: Number(value.chunks) };
    }
  }
  throw damaged(account);
}

/** Puts chunks together again. Throws `vault_unavailable` when one is missing or altered. */
export function joinChunks(account: string, chunks: readonly (string | null)[]): string {
  const text = chunks.includes(null) ? null : parsed(chunks.join(''));
  if (typeof text !== 'string') throw damaged(account);
  return text;
}

/** The entry's account for a name; the mark `#` is kept for entries of Keyfob's own. */
export function accountOf(name: string): string {
  if (name === '' || !name.isWellFormed()) {
    throw new KeyfobError('bad_request', 'A name in the vault must be a text of whole characters.');
  }
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
  return new KeyfobError(
    'vault_unavailable',
    `The keychain entry of \`${nameOf(account) ?? account}\` is damaged.`,
    {
      hint: 'Sign in to that account again, or remove it and add it anew.',
    },
  );
}
