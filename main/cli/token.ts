// `keyfob token`: asks the host for a token and prints it in the format a script wants, or has the desktop copy it.
import type { TokenAnswer } from '../api/accounts.ts';
import type { CopyForm } from '../api/window.ts';
import type { TokenRequest } from '../accounts/views.ts';
import type { Client } from '../endpoint/client.ts';
import { readJwt } from '../oauth/jwt.ts';
import { shownJson } from '../api/shown-text.ts';
import { checkName } from './fields.ts';
import { commandError, usage } from './fail.ts';
import { clean } from './text.ts';
import { TOKEN_COMMAND, tokenText, type TokenFormat, type TokenOptions } from './token-format.ts';

type WriteToken = (answer: TokenAnswer, format: TokenFormat) => string | Promise<string>;

/** Gets a token for a command that says its name. */
export type GetToken = (request: TokenRequest & { readonly application: string }) => Promise<TokenAnswer>;

/** Prints a token that `get` gives, as `write` makes it. Throws what the host says, and `bad_request` for a format that cannot carry this token. */
export async function runToken(
  client: Client,
  options: TokenOptions,
  how: { readonly get?: GetToken; readonly write?: WriteToken } = {},
): Promise<void> {
  if (options.account !== undefined) checkName(options.account);
  const { idToken, format } = options;
  if (idToken !== undefined && format !== 'token' && format !== 'json') {
    throw usage(
      `An ID token cannot be printed as ${format}.`,
      'Use `--format token`, `json` or `netrc` with --id-token.',
    );
  }
  const { get = client.token, write = formatToken } = how;
  process.stdout.write(await write(await get({ ...options, application: TOKEN_COMMAND }), format));
}

/** The claims of a token that anybody may read, as JSON. Throws `bad_request` for another. */
export function claimsText({ access_token: token, id_token: idToken }: TokenAnswer): string {
  const read = readJwt(idToken ?? token);
  if (read === null) {
    throw commandError(
      'bad_request',
      'This token is not a JWT: only its vendor can read it.',
      'An OpenID Connect account may have an ID token with claims: `--id-token --decode`.',
    );
  }
  return `${shownJson(read.payload)}\n`;
}

const copyForms: Partial<Record<TokenFormat | 'netrc', CopyForm>> = {
  token: 'token',
  header: 'header',
  curl: 'curl',
  env: 'environment',
};

/** Has the desktop copy a token, and says so. Throws what the host says, and `bad_request` for another format. */
export async function runCopy(
  client: Client,
  options: Omit<TokenOptions, 'format'> & { readonly format: TokenFormat | 'netrc' },
): Promise<void> {
  const { account, format, minValid: min_valid, forceNew: force_new, idToken, ...wanted } = options;
  if (idToken !== undefined) throw usage('An ID token cannot be copied.', 'Omit --copy to print it.');
  if (account !== undefined) checkName(account);
  const as = copyForms[format];
  if (as === undefined) {
    throw commandError(
      'bad_request',
      `A token cannot be copied as ${format}.`,
      `Formats that work with --copy: ${Object.keys(copyForms).join(', ')}.`,
    );
  }
  const copied = await client.copy({ ...wanted, account, min_valid, force_new, as });
  process.stdout.write(
    `Copied the token of ${clean(copied.account)}. Clipboard clears in ${copied.clears_in} s.\n`,
  );
}

/** A token's text in a format. Throws `bad_request` or `unexpected` where it cannot stand in it. */
export function formatToken(answer: TokenAnswer, format: TokenFormat): string {
  const made = tokenText(answer, format);
  if ('text' in made) return made.text;
  if (made.unfit === 'in_query') {
    throw commandError(
      'bad_request',
      "This account's API takes the token in the query, not in a header.",
      'Use `--format curl` with `curl -K -`, or `--format json` and its `query`.',
    );
  }
  if (made.unfit === 'proof') {
    throw commandError(
      'bad_request',
      "This account's token is bound to a key (DPoP): each request needs its own proof.",
      `Give the request with --method and --url, or send it with \`keyfob curl ${answer.account} -- URL\`.`,
    );
  }
  throw commandError(
    'unexpected',
    'The token contains a line break, which a header cannot contain.',
    'Use `--format json`.',
  );
}
