// `keyfob token`: its arguments when they are plain, and a token's text in each format. Pure.
//
// Invariant: this file loads nothing but what makes texts fit to be printed, for the short way (quick.ts) is made of it.
import type { TokenRequest } from '../accounts/views.ts';
import type { TokenAnswer } from '../api/accounts.ts';
import { shownJson } from '../api/shown-text.ts';
import { parsePlainly } from './plain-arguments.ts';
import { powershellQuoted, shellQuoted } from '../platform/shell-quoting.ts';

export const TOKEN_FORMATS = ['token', 'json', 'strings', 'header', 'curl', 'env', 'powershell'] as const;
export type TokenFormat = (typeof TOKEN_FORMATS)[number];

/** What `keyfob token` calls itself in the audit and in questions (bin/keyfob too). */
export const TOKEN_COMMAND = 'keyfob token';

export interface TokenOptions extends TokenRequest {
  readonly format: TokenFormat;
}

/** Reads the arguments behind `token` when they are plain and right; null for anything else. */
export function parseTokenQuickly(args: readonly string[]): TokenOptions | null {
  const plain = parsePlainly(args, [
    'provider',
    'min-valid',
    'scope',
    'audience',
    'method',
    'url',
    'nonce',
    'format',
  ]);
  if (plain === null || plain.operands.length > 1) return null;
  // Of an option that stands there twice the last counts.
  const option = (name: string): string | undefined => plain.options.get(name)?.at(-1);
  const format = TOKEN_FORMATS.find((known) => known === (option('format') ?? 'token'));
  const minValid = option('min-valid');
  if (format === undefined) return null;
  if (minValid !== undefined && !/^\d{1,9}$/.test(minValid)) return null;
  return {
    account: plain.operands[0],
    provider: option('provider'),
    minValid: minValid === undefined ? undefined : Number(minValid),
    scope: option('scope'),
    audience: option('audience'),
    method: option('method'),
    url: option('url'),
    nonce: option('nonce'),
    format,
  };
}

/** Why a token cannot stand in a format: it belongs into the query; it holds a line end; it takes a proof (RFC 9449). */
export type Unfit = 'in_query' | 'line_end' | 'proof';

/** A token's text in a format, or why there is none. */
export function tokenText(answer: TokenAnswer, format: TokenFormat): { text: string } | { unfit: Unfit } {
  switch (format) {
    case 'token':
      return { text: `${answer.id_token ?? answer.access_token}\n` };
    case 'json':
      return { text: `${shownJson(answer)}\n` };
    case 'strings':
      return { text: `${shownJson(stringsOf(answer))}\n` };
    case 'env':
      return { text: `export ACCESS_TOKEN=${shellQuoted(answer.access_token)}\n` };
    case 'powershell':
      return { text: `$env:ACCESS_TOKEN = ${powershellQuoted(answer.access_token)}\n` };
    case 'header': {
      if (lacksProof(answer)) return { unfit: 'proof' };
      const headers = Object.entries(answer.headers);
      return headers.length === 0
        ? { unfit: 'in_query' }
        : lines(headers, (name, value) => `${name}: ${value}`);
    }
    case 'curl':
      if (lacksProof(answer)) return { unfit: 'proof' };
      return lines(
        curlOptions(answer),
        (option, value) => `${option} = "${value.replaceAll(/[\\"]/g, '\\$&')}"`,
      );
  }
}

/** What an answer says in itself, as texts alone: what is unknown, and what is no single value, is left out. */
function stringsOf(answer: TokenAnswer): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, `${value}`]] : [],
    ),
  );
}

/** Whether the request that the token is for was not named, though each takes a proof of its own (RFC 9449). */
function lacksProof({ token_type: type, headers }: TokenAnswer): boolean {
  return type === 'DPoP' && !Object.hasOwn(headers, 'DPoP');
}

/** What a configuration for `curl -K -` holds: headers, and the query (`url-query`, curl 7.87 or later). */
function curlOptions({ headers, query }: TokenAnswer): [string, string][] {
  return [
    ...Object.entries(headers).map(([name, value]): [string, string] => ['header', `${name}: ${value}`]),
    ...Object.entries(query).map(([name, value]): [string, string] => ['url-query', `${name}=${value}`]),
  ];
}

function lines(
  entries: readonly [string, string][],
  write: (name: string, value: string) => string,
): { text: string } | { unfit: Unfit } {
  if (entries.some((entry) => entry.some((text) => /[\r\n\0]/.test(text)))) return { unfit: 'line_end' };
  return { text: entries.map(([name, value]) => `${write(name, value)}\n`).join('') };
}
