// Signing in because a token is needed: for `keyfob token --sign-in`, and for the helpers of git, kubectl and docker.
//
// Invariants: nothing of it stands on standard output, which is the token's; without a display, a desktop or a terminal
// nothing begins, and the caller is told that a sign-in is needed, as ever.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { AccountAnswer, TokenAnswer } from '../api/accounts.ts';
import { KeyfobError } from '../api/errors.ts';
import type { TokenRequest } from '../accounts/views.ts';
import type { Client } from '../endpoint/client.ts';
import { runLogin } from './login.ts';
import { hasDisplay } from './open-address.ts';

export interface OnDemand {
  /** What the person is told that it is for, where that is not the application that asks. */
  readonly askedBy?: string | null;
  /** Whether a terminal will do: the address is printed there. */
  readonly terminal: boolean;
  /** Seconds until it is given up. */
  readonly timeout?: number | undefined;
}

/** Grants whose sign-in a person takes part in. */
const BY_PERSON: ReadonlySet<string> = new Set(['authorization_code', 'implicit', 'device_code']);

/** A token; where a sign-in is needed and a person can be asked, once they have signed in. */
export async function tokenOnDemand(
  client: Client,
  request: TokenRequest & { readonly application: string },
  { askedBy, terminal, timeout }: OnDemand,
): Promise<TokenAnswer> {
  try {
    return await client.token(request);
  } catch (error) {
    if (!(error instanceof KeyfobError) || error.code !== 'sign_in_needed') throw error;
    const found = await accountOf(client, request);
    const canAsk = (terminal && isTerminal()) || hasDisplay(process.env) || (await isDesktop(client));
    if (found === null || !canAsk) throw error;
    // A helper opens a page for a person. Where none is needed it would undo a logout by itself.
    if (!terminal && !BY_PERSON.has(found.grant)) throw error;
    const account = found.name;
    await runLogin(client, account, {
      ...{ open: true, paste: false, browser: false },
      ...(timeout === undefined ? {} : { timeout }),
      // Who types a command at a terminal asks for it; all else is a program's wish.
      onDemand: {
        by: isTerminal() && terminal ? 'person' : 'program',
        askedBy: askedBy ?? request.application,
      },
    });
    return client.token({ ...request, account, forceNew: false });
  }
}

const isTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

async function isDesktop(client: Client): Promise<boolean> {
  return (await client.status()).host === 'desktop';
}

async function accountOf(client: Client, { account, provider }: TokenRequest): Promise<AccountAnswer | null> {
  const accounts = await client.accounts();
  const found = accounts.find((one) =>
    account === undefined
      ? provider === undefined
        ? one.selected
        : one.selected_for_provider && one.provider === provider
      : one.name === account,
  );
  return found ?? null;
}

/** The program that runs this command, as far as the system tells. */
export function callerName(): string | null {
  try {
    return readFileSync(`/proc/${process.ppid}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}
