// Credential helpers: git, kubectl and docker ask by them for a credential. What is plain in them the short way
// (quick.ts) has done already; here is all of it.
//
// Invariants: standard output holds the protocol's answer and nothing else; a refresh token is never handed out.
import process from 'node:process';
import type { TokenAnswer } from '../api/accounts.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Client } from '../endpoint/client.ts';
import { sha256Hex } from '../platform/digest.ts';
import { commandError, usage } from './fail.ts';
import { checkName } from './fields.ts';
import * as protocols from './helper-protocols.ts';
import { tokenOnDemand } from './sign-in-on-demand.ts';
import type { HelperOptions } from './helper-protocols.ts';

/** Reads standard input to its end. */
async function readRequest(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > protocols.MAX_REQUEST)
      throw usage('The request is too long.', 'Only other programs call this command.');
  }
  return text;
}

/** Throws a usage error when no host was named: a token is for the vendor's own, not for whoever asks. */
function requireHosts({ hosts }: { readonly hosts: readonly string[] }): void {
  if (hosts.length === 0) {
    throw usage('No host may get this token yet.', 'Add `--host HOST`, with its port if any, once for each.');
  }
}

/**
 * Answers git (git-credential(1)): `get` gives the token as the password, `erase` (the server refused it) has
 * it refreshed once, `store` and what git may bring later do nothing.
 */
export async function gitCredential(
  client: Client,
  name: string,
  operation: string,
  options: HelperOptions,
): Promise<void> {
  const account = checkName(name);
  if (operation === 'get') requireHosts(options);
  else if (operation !== 'erase') return;
  const input = await readRequest();
  const request = protocols.parseGitRequest(input);
  if (!protocols.gitMayHave(request, options.hosts)) return;
  const password = request.get('password') ?? request.get('credential');
  const application = protocols.askedBy('git', request.get('host'));
  if (operation === 'erase') {
    if (password !== undefined) await replace(client, { account, application }, password);
    return;
  }
  try {
    const answer = await tokenOnDemand(client, { account, application }, { terminal: false });
    process.stdout.write(gitText(answer, input, options.username));
  } catch (error) {
    // Else git goes on to ask for a user name.
    process.stdout.write(protocols.GIT_QUIT);
    throw error;
  }
}

/** Which account a helper is about, and what it calls itself. */
interface Asked {
  readonly account: string;
  readonly application: string;
}

/** Has a token that a server rejected replaced. An account that only a person can help has nothing to replace. */
async function replace(client: Client, { account, application }: Asked, rejected: string): Promise<void> {
  await client.rejected(account, sha256Hex(rejected), application).catch((error: unknown) => {
    if (!(error instanceof KeyfobError) || error.code !== 'sign_in_needed') throw error;
  });
}

/** The same for the token in hand: docker does not say which one it means. */
async function eraseInHand(client: Client, asked: Asked): Promise<void> {
  const inHand = await client.token(asked).catch((error: unknown) => {
    if (!(error instanceof KeyfobError) || error.code !== 'sign_in_needed') throw error;
    return null;
  });
  if (inHand !== null) await replace(client, asked, inHand.access_token);
}

/** git's answer. Throws `unexpected` for a token, or a username, that its protocol cannot carry. */
function gitText(answer: TokenAnswer, input: string, username: string): string {
  const text = protocols.gitAnswer(answer, input, username);
  if (text === null) throw gitLineEnd();
  return text;
}

/** The error for what git's protocol cannot carry. */
export function gitLineEnd(): KeyfobError {
  return commandError(
    'unexpected',
    "The token or user name contains a line break, which git's protocol does not allow.",
  );
}

/** Answers kubectl and other programs of client-go. */
export async function kubectlCredential(client: Client, name: string): Promise<void> {
  const apiVersion = protocols.execVersion(process.env['KUBERNETES_EXEC_INFO']);
  if (apiVersion === null) {
    throw usage(
      'KUBERNETES_EXEC_INFO asks for a version of ExecCredential that Keyfob does not support.',
      `Write \`apiVersion: ${protocols.EXEC_VERSIONS[0]}\` under \`exec:\` in the kubeconfig.`,
    );
  }
  const holder = protocols.kubectlHolder(process.ppid);
  const answer = await tokenOnDemand(
    client,
    { account: checkName(name), holder, idToken: 'preferred', application: 'kubectl' },
    { terminal: protocols.isInteractive(process.env['KUBERNETES_EXEC_INFO']) },
  );
  process.stdout.write(protocols.execCredential(answer, apiVersion));
}

/**
 * Answers docker (docker-credential-helpers): `get` with the address on standard input, `list`, `erase` (the token in
 * hand is replaced), `store` (refused: Keyfob has its tokens from the vendor). Resolves with the exit code.
 */
export async function dockerCredential(
  client: Client,
  name: string,
  operation: string,
  options: HelperOptions,
): Promise<number> {
  const account = checkName(name);
  const made = protocols.dockerWithoutAsking(operation, options);
  if (made !== null) {
    process.stdout.write(made.text);
    return made.code;
  }
  if (operation === 'get') requireHosts(options);
  const server = (await readRequest()).trim();
  const { protocol, host } = protocols.registryOf(server);
  const may = protocols.mayHave(protocol, host, options.hosts);
  const application = protocols.askedBy('docker', host);
  if (operation === 'erase') {
    if (may) await eraseInHand(client, { account, application });
    return 0;
  }
  if (!may) {
    process.stdout.write(protocols.DOCKER_NOT_FOUND);
    return 1;
  }
  const answer = await tokenOnDemand(client, { account, application }, { terminal: false });
  process.stdout.write(protocols.dockerAnswer(answer, server, options.username));
  return 0;
}
