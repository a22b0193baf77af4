// Credential helpers: the protocols by which git, kubectl and docker ask another program for a credential.
//
// Invariants: standard output holds the protocol's answer and nothing else; a token goes to the hosts that
// were named (`--host`), and never over plain HTTP to another machine; a refresh token is never handed out.
import { parseJson } from '../api/json.ts';
import process from 'node:process';
import type { Client } from '../endpoint/client.ts';
import { commandError, usage } from './fail.ts';
import { checkName } from './fields.ts';
import { sha256Hex } from '../platform/digest.ts';

/** Most characters that are read of a request. */
const MAX_REQUEST = 65_536;

export interface HelperOptions {
  /** What stands for the person's name beside the token. */
  readonly username: string;
  /** Hosts (with their port, if any) that are answered; empty: all. */
  readonly hosts: readonly string[];
}

/** Reads standard input to its end. */
async function readRequest(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > MAX_REQUEST)
      throw usage('The request is too long.', 'This is for other programs to call.');
  }
  return text;
}

// ---- git ----

/** Reads git's `key=value` lines (gitcredentials, "Input/output format"); a line without `=` ends them. */
export function parseGitRequest(text: string): ReadonlyMap<string, string> {
  const request = new Map<string, string>();
  for (const line of text.split('\n')) {
    const split = line.indexOf('=');
    if (split < 1) break;
    request.set(line.slice(0, split), line.slice(split + 1));
  }
  return request;
}

/** Throws a usage error when no host was named: a token is for the vendor's own, not for whoever asks. */
function requireHosts({ hosts }: { readonly hosts: readonly string[] }): void {
  if (hosts.length === 0) {
    throw usage(
      'No host was named that may get this token.',
      'Add `--host HOST`, with its port if any; again for each.',
    );
  }
}

/** Whether a credential may go there: a host that was named, by TLS or on this machine. */
export function mayHave(protocol: string, host: string, hosts: readonly string[]): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  const local = name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
  const secure = protocol === 'https' || (protocol === 'http' && local);
  return secure && hosts.some((one) => one.toLowerCase() === host.toLowerCase());
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
  const request = parseGitRequest(await readRequest());
  if (operation === 'get') requireHosts(options);
  if (!mayHave(request.get('protocol') ?? '', request.get('host') ?? '', options.hosts)) return;
  const password = request.get('password');
  if (operation === 'erase' && password !== undefined) {
    await client.rejected(account, sha256Hex(password));
  }
  if (operation !== 'get') return;
  const { access_token: token, expires_at: end } = await client.token({ account });
  const lines = [
    `username=${request.get('username') ?? options.username}`,
    `password=${token}`,
    ...(end === null ? [] : [`password_expiry_utc=${end}`]),
  ];
  if (lines.some((line) => /[\n\0]/.test(line))) {
    throw commandError('unexpected', "The token holds a line end, which git's protocol cannot carry.");
  }
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

// ---- kubectl ----

const KINDS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** The version that kubectl asks for in `KUBERNETES_EXEC_INFO`; v1 when it says nothing. */
export function execVersion(info: string | undefined): string {
  if (info === undefined || info === '') return 'client.authentication.k8s.io/v1';
  let asked: unknown;
  try {
    asked = parseJson(info);
  } catch {
    asked = null;
  }
  const version =
    typeof asked === 'object' && asked !== null && 'apiVersion' in asked ? asked.apiVersion : undefined;
  const known = KINDS.find((kind) => kind === version);
  if (known !== undefined) return known;
  throw usage(
    'KUBERNETES_EXEC_INFO asks for a version of ExecCredential that Keyfob does not speak.',
    `Write \`apiVersion: ${KINDS[0] ?? ''}\` under \`exec:\` in the kubeconfig.`,
  );
}

/** Answers kubectl and other programs of client-go: an ExecCredential with the token and its end. */
export async function kubectlCredential(client: Client, name: string): Promise<void> {
  const apiVersion = execVersion(process.env['KUBERNETES_EXEC_INFO']);
  const { access_token: token, expires_at: end } = await client.token({ account: checkName(name) });
  const expiry =
    end === null ? {} : { expirationTimestamp: new Date(end * 1000).toISOString().replace('.000Z', 'Z') };
  process.stdout.write(
    `${JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token, ...expiry } })}\n`,
  );
}

// ---- docker ----

/** What docker looks for in the answer to know that there is no credential, word for word. */
const NOT_FOUND = 'credentials not found in native keychain';

/** Protocol and host of what docker names a registry by: an address or a host, with a path or without. */
export function registryOf(server: string): { protocol: string; host: string } {
  const found = /^(?:([a-z]+):\/\/)?([^/]*)/i.exec(server);
  return { protocol: (found?.[1] ?? 'https').toLowerCase(), host: found?.[2] ?? '' };
}

/**
 * Answers docker (docker-credential-helpers): `get` with the address on standard input, `list`, `erase`
 * (nothing to do), `store` (refused: Keyfob has its tokens from the vendor). Resolves with the exit code.
 */
export async function dockerCredential(
  client: Client,
  name: string,
  operation: string,
  options: HelperOptions,
): Promise<number> {
  const account = checkName(name);
  if (operation === 'list') {
    process.stdout.write(
      `${JSON.stringify(Object.fromEntries(options.hosts.map((host) => [host, options.username])))}\n`,
    );
    return 0;
  }
  const server = (await readRequest()).trim();
  if (operation === 'erase') return 0;
  if (operation !== 'get') {
    process.stdout.write('Keyfob keeps no passwords for docker; its tokens come from `keyfob login`.\n');
    return 1;
  }
  const { protocol, host } = registryOf(server);
  requireHosts(options);
  if (!mayHave(protocol, host, options.hosts)) {
    process.stdout.write(`${NOT_FOUND}\n`);
    return 1;
  }
  const { access_token: token } = await client.token({ account });
  process.stdout.write(
    `${JSON.stringify({ ServerURL: server, Username: options.username, Secret: token })}\n`,
  );
  return 0;
}
