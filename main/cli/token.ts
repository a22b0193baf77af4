// `keyfob token`: asks the host for a token and prints it in the format a script wants.
import type { TokenAnswer } from '../api/accounts.ts';
import type { Client } from '../endpoint/client.ts';
import { checkName } from './fields.ts';
import { commandError } from './fail.ts';
import { tokenText, type TokenFormat, type TokenOptions } from './token-format.ts';

/** Prints a token. Throws what the host says, and `bad_request` for a format that cannot carry this token. */
export async function runToken(client: Client, options: TokenOptions): Promise<void> {
  if (options.account !== undefined) checkName(options.account);
  const answer = await client.token(options);
  process.stdout.write(formatToken(answer, options.format));
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
  throw commandError(
    'unexpected',
    'The token holds a line end, which no header can carry.',
    'Use `--format json`.',
  );
}
