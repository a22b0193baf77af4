// What there is to say of an answer that the short way (quick.ts, bin/keyfob) has got and could not use: a problem of
// the host's, a token that cannot be printed so, or a host that took the request and gave none.
//
// Invariant: nobody is asked again.
import type { TokenAnswer } from '../api/accounts.ts';
import { ENDED, NO_ANSWER } from '../endpoint/client-request.ts';
import { endedMeanwhile, hangs, notKeyfob, readAnswer } from '../endpoint/client-transport.ts';
import { gitLineEnd } from './credentials.ts';
import { GIT_QUIT } from './helper-protocols.ts';
import { hearOutputErrors } from './output-errors.ts';
import { tell } from './tell.ts';
import { parseTokenQuickly } from './token-format.ts';
import { formatToken } from './token.ts';

/** Tells of the answer to a command, also of a status `NO_ANSWER` or `ENDED`, and returns the exit code. */
export function tellAnswered(
  { status, text }: { readonly status: number; readonly text: string },
  args: readonly string[],
): number {
  hearOutputErrors(args);
  try {
    if (status === NO_ANSWER) throw hangs();
    if (status === ENDED) throw endedMeanwhile();
    const answer = readAnswer(status, text) as Partial<TokenAnswer> | null;
    process.stdout.write(printed(answer, args) ?? fail(status));
    return 0;
  } catch (thrown) {
    if (args[0] === 'git-credential') process.stdout.write(GIT_QUIT);
    return tell(thrown);
  }
}

function fail(status: number): never {
  throw notKeyfob(status);
}

/** What the command prints of a token, which throws where it cannot; null for what is no token. */
function printed(answer: Partial<TokenAnswer> | null, [command, ...args]: readonly string[]): string | null {
  if (typeof answer?.access_token !== 'string' || answer.headers === undefined) return null;
  const whole = answer as TokenAnswer;
  const options = command === 'token' ? parseTokenQuickly(args) : null;
  if (options !== null) return formatToken(whole, options.format);
  // What git could have been given was printed by the short way.
  if (command === 'git-credential') throw gitLineEnd();
  return null;
}
