// `keyfob token --format netrc`: the lines of a .netrc, for programs that take a login and a password from one and send
// them by HTTP Basic.
//
// Invariants: a line names one host, and never one that nobody named; what no reader of such files takes in the same way
// as another (a line end, a character beyond ASCII) is refused.
import { isIPv6 } from 'node:net';
import type { TokenAnswer } from '../api/accounts.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Client } from '../endpoint/client.ts';
import { commandError, usage } from './fail.ts';

export interface NetrcOptions {
  /** Hosts that the token is for. */
  readonly hosts: readonly string[];
  readonly login: string;
}

/** `machine HOST login LOGIN password TOKEN`, a line for each host. Throws `bad_request` for what cannot be written so. */
export function netrcText(answer: TokenAnswer, { hosts, login }: NetrcOptions): string {
  if (answer.token_type === 'DPoP') {
    throw commandError(
      'bad_request',
      "This account's token is bound to a key (DPoP): it is no password.",
      `Send the request with \`keyfob curl ${answer.account} -- URL\`.`,
    );
  }
  const [name, password] = [
    word(login, 'The login'),
    word(answer.id_token ?? answer.access_token, 'The token'),
  ];
  return hosts.map((host) => `machine ${machineOf(host)} login ${name} password ${password}\n`).join('');
}

/** The host of an account's API, as a .netrc names it. Throws `bad_request` where none is known. */
export async function apiHost(client: Client, account: string): Promise<string> {
  const base = await client.api(account).then(
    ({ api_base }) => api_base,
    (error: unknown) => {
      if (!(error instanceof KeyfobError) || error.code !== 'bad_request') throw error;
      throw usage(
        `The host of ${account}’s API is not known.`,
        'Give the one the token is for: `--host HOST`.',
      );
    },
  );
  return new URL(base).hostname;
}

/** A host as .netrc knows it: without a port, which none of its readers looks at, and IPv6 without brackets (curl). */
function machineOf(host: string): string {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  if (isIPv6(name) || /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host)) return name;
  throw usage(
    '`--host` takes only the name of a host: a .netrc has no ports or URLs.',
    'Write for example `--host git.example.com`.',
  );
}

/** A word as curl, wget and Python's netrc read it: in quotation marks where it is not plain. */
function word(text: string, what: string): string {
  if (!/^[ -~]+$/.test(text)) {
    throw commandError(
      'bad_request',
      `${what} is empty, or holds a character that a .netrc cannot carry.`,
      'Use `--format json`.',
    );
  }
  return /^[^ "'\\#][^ "'\\]*$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
