// `keyfob token`: asks the host for a token and prints it in the format a script wants.
//
// Invariant: this file loads nothing but the endpoint's client, for scripts call it often. What it does not
// understand at once it leaves to the whole command line (program.ts), which owns the help and the errors.
import { shellQuoted } from '../platform/shell-quoting.ts';
import { parseArgs } from 'node:util';
import type { TokenAnswer } from '../api/accounts.ts';
import type { Client } from '../endpoint/client.ts';
import { checkName } from './fields.ts';
import { commandError } from './fail.ts';
import { jsonText } from './text.ts';

export const TOKEN_FORMATS = ['token', 'json', 'header', 'curl', 'env'] as const;
export type TokenFormat = (typeof TOKEN_FORMATS)[number];

export interface TokenOptions {
  readonly account?: string | undefined;
  readonly provider?: string | undefined;
  /** Seconds. */
  readonly minValid?: number | undefined;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  readonly format: TokenFormat;
}

/**
 * Reads the arguments behind `token` when they are plain and right; null for anything else (a mistake, a
 * request for help), which the whole command line then answers.
 */
export function parseTokenQuickly(args: readonly string[]): TokenOptions | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        provider: { type: 'string' },
        'min-valid': { type: 'string' },
        scope: { type: 'string' },
        audience: { type: 'string' },
        format: { type: 'string' },
      },
    });
    const format = TOKEN_FORMATS.find((known) => known === (values.format ?? 'token'));
    const minValid = values['min-valid'];
    if (format === undefined || positionals.length > 1) return null;
    if (minValid !== undefined && !/^\d{1,9}$/.test(minValid)) return null;
    return {
      account: positionals[0],
      provider: values.provider,
      minValid: minValid === undefined ? undefined : Number(minValid),
      scope: values.scope,
      audience: values.audience,
      format,
    };
  } catch {
    return null;
  }
}

/** Prints a token. Throws what the host says, and `bad_request` for a format that cannot carry this token. */
export async function runToken(client: Client, options: TokenOptions): Promise<void> {
  if (options.account !== undefined) checkName(options.account);
  const answer = await client.token(options);
  process.stdout.write(formatToken(answer, options.format));
}

/** A token's text in a format. */
export function formatToken(answer: TokenAnswer, format: TokenFormat): string {
  switch (format) {
    case 'token':
      return `${answer.access_token}\n`;
    case 'json':
      return jsonText(answer);
    case 'header':
      return headerLines(answer);
    case 'curl':
      return curlConfig(answer);
    case 'env':
      return `export ACCESS_TOKEN=${shellQuoted(answer.access_token)}\n`;
  }
}

function headerLines(answer: TokenAnswer): string {
  const headers = Object.entries(answer.headers);
  if (headers.length === 0) {
    throw commandError(
      'bad_request',
      "This account's API takes the token in the query, not in a header.",
      'Use `--format curl` with `curl -K -`, or `--format json` and its `query`.',
    );
  }
  return headers.map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}\n`).join('');
}

/** A configuration for `curl -K -`: `header` for headers; `url-query` (curl 7.87 or later) for the query. */
function curlConfig(answer: TokenAnswer): string {
  const headers = Object.entries(answer.headers).map(
    ([name, value]) => `header = ${curlQuoted(`${name}: ${value}`)}\n`,
  );
  const query = Object.entries(answer.query).map(
    ([name, value]) => `url-query = ${curlQuoted(`${name}=${value}`)}\n`,
  );
  return [...headers, ...query].join('');
}

function curlQuoted(text: string): string {
  return `"${oneLine(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function oneLine(text: string): string {
  if (!/[\r\n\0]/.test(text)) return text;
  throw commandError(
    'unexpected',
    'The token holds a line end, which no header can carry.',
    'Use `--format json`.',
  );
}
