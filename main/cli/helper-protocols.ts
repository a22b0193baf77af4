// What git, kubectl and docker ask, and what they are answered. Pure.
//
// Invariants: a token goes to the hosts that were named (`--host`), and never over plain HTTP to another machine. This
// file loads little, for the short way (quick.ts) is made of it.
import type { TokenAnswer } from '../api/accounts.ts';
import { parseJson } from '../api/json.ts';

/** Most characters that are read of a request. */
export const MAX_REQUEST = 65_536;

export interface HelperOptions {
  /** What stands for the person's name beside the token. */
  readonly username: string;
  /** Hosts (with their port, if any) that are answered. */
  readonly hosts: readonly string[];
}

/** What a helper calls itself in the audit, a question and a sign-in: the program that it is for, and the host. */
export function askedBy(program: string, host = ''): string {
  return `${program} ${host.toLowerCase()}`.trim();
}

/** What stands for the person's name beside a token unless they say otherwise. */
export const OWN_USERNAME = 'oauth2';

/** Whether a credential may go there: a host that was named, by TLS or on this machine. */
export function mayHave(protocol: string, host: string, hosts: readonly string[]): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  const local = name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
  const secure = protocol === 'https' || (protocol === 'http' && local);
  return secure && hosts.some((one) => one.toLowerCase() === host.toLowerCase());
}

/** Reads git's `key=value` lines (gitcredentials, "Input/output format"); a line without `=` ends them, and they may end as
 * Windows ends lines. */
export function parseGitRequest(text: string): ReadonlyMap<string, string> {
  const request = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const split = line.indexOf('=');
    if (split < 1) break;
    request.set(line.slice(0, split), line.slice(split + 1));
  }
  return request;
}

/** Whether git's request is for a host that may have the token. */
export function gitMayHave(request: ReadonlyMap<string, string>, hosts: readonly string[]): boolean {
  return mayHave(request.get('protocol') ?? '', request.get('host') ?? '', hosts);
}

/** Has git fail rather than ask for a user name and a password. */
export const GIT_QUIT = 'quit=1\n';

/** Whether git can send a token as it is (2.46 or later), to a server that says no other way than Bearer. */
function wantsBearer(input: string): boolean {
  const lines = input.split(/\r?\n/);
  const ways = lines.filter((line) => line.startsWith('wwwauth[]=')).map((line) => line.slice(10).trim());
  const isBearer = (way: string): boolean => /^bearer\b/i.test(way);
  return lines.includes('capability[]=authtype') && ways.length > 0 && ways.every(isBearer);
}

/**
 * git's answer to `get`, in the way of authentication that the server wants; null for a token that its protocol cannot
 * carry. `username`: where git names none.
 */
export function gitAnswer(
  { access_token: token, expires_at: end }: TokenAnswer,
  input: string,
  username: string,
): string | null {
  const lines = [
    ...(wantsBearer(input)
      ? ['capability[]=authtype', 'authtype=Bearer', `credential=${token}`, 'ephemeral=1']
      : [`username=${parseGitRequest(input).get('username') ?? username}`, `password=${token}`]),
    ...(end === null ? [] : [`password_expiry_utc=${end}`]),
  ];
  if (lines.some((line) => /[\n\0]/.test(line))) return null;
  return lines.map((line) => `${line}\n`).join('');
}

/** The versions of ExecCredential that are spoken. */
export const EXEC_VERSIONS = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
] as const;

/** The version that kubectl asks for in `KUBERNETES_EXEC_INFO`; v1 when it says nothing, null for another one. */
export function execVersion(info: string | undefined): string | null {
  if (info === undefined || info === '') return EXEC_VERSIONS[0];
  let asked: unknown;
  try {
    asked = parseJson(info);
  } catch {
    return null;
  }
  const version =
    typeof asked === 'object' && asked !== null && 'apiVersion' in asked ? asked.apiVersion : undefined;
  return EXEC_VERSIONS.find((one) => one === version) ?? null;
}

/** Whether kubectl was started at a terminal, and the person may be asked there. */
export function isInteractive(info: string | undefined): boolean {
  try {
    const asked = parseJson(info ?? '') as { readonly spec?: { readonly interactive?: unknown } } | null;
    return asked?.spec?.interactive === true;
  } catch {
    return false;
  }
}

/** What kubectl is known by: one of its processes asks again only when the token that it was given was rejected. */
export function kubectlHolder(pid: number): string {
  return `kubectl-${pid}`;
}

/** An ExecCredential with the token and its end, for kubectl and other programs of client-go. */
export function execCredential(answer: TokenAnswer, apiVersion: string): string {
  // Clusters with OpenID Connect take the ID token.
  const token = answer.id_token ?? answer.access_token;
  const end = answer.id_token_expires_at ?? answer.expires_at;
  const expiry =
    end === null ? {} : { expirationTimestamp: new Date(end * 1000).toISOString().replace('.000Z', 'Z') };
  return `${JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token, ...expiry } })}\n`;
}

/** What docker looks for in the answer to know that there is no credential, word for word. */
export const DOCKER_NOT_FOUND = 'credentials not found in native keychain\n';

/** Protocol and host of what docker names a registry by: an address or a host, with a path or without. */
export function registryOf(server: string): { protocol: string; host: string } {
  const found = /^(?:([a-z]+):\/\/)?([^/]*)/i.exec(server);
  return { protocol: (found?.[1] ?? 'https').toLowerCase(), host: found?.[2] ?? '' };
}

/** docker's answer to `get` for a registry, as it named it. */
export function dockerAnswer({ access_token: token }: TokenAnswer, server: string, username: string): string {
  return `${JSON.stringify({ ServerURL: server, Username: username, Secret: token })}\n`;
}

/** Standard output and exit code of an operation of docker's that asks nobody; null for `get` and `erase`. */
export function dockerWithoutAsking(
  operation: string,
  { hosts, username }: HelperOptions,
): { readonly text: string; readonly code: number } | null {
  switch (operation) {
    case 'list':
      return {
        text: `${JSON.stringify(Object.fromEntries(hosts.map((host) => [host, username])))}\n`,
        code: 0,
      };
    case 'get':
    case 'erase':
      return null;
    default:
      // `store`, and what docker may bring later.
      return {
        text: 'Keyfob keeps no passwords for docker; its tokens come from `keyfob login`.\n',
        code: 1,
      };
  }
}
