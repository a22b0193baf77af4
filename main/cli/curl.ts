// `keyfob curl` and `keyfob exec`: another program, with a token that is nowhere to be seen.
//
// Invariants: the token stands in no argument, of ours or theirs; curl has it on a descriptor and not in its
// environment; standard input stays the caller's. What the program does with the token is its own matter: an
// answer of 401 is shown like any other, and nothing is tried again, but where an API asks for a nonce (RFC 9449).
import { execFile } from 'node:child_process';
import { closeSync } from 'node:fs';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { TokenAnswer } from '../api/accounts.ts';
import type { TokenRequest } from '../accounts/views.ts';
import type { Client } from '../endpoint/client.ts';
import { runChild } from './child.ts';
import { curlOptionsIn, HeldOutput, readCurlRequest, urlPaths, type CurlOptions } from './curl-request.ts';
import { commandError, usage } from './fail.ts';
import { descriptorWith } from './hand-over.ts';
import { formatToken } from './token.ts';

const DESCRIPTOR = 3;
/** Where curl writes the headers of an answer. */
const HEADERS = 4;
const MAX_DESCRIPTOR = 99;
const WINDOWS = process.platform === 'win32';
/** In PowerShell 5 `curl` is another command's name. */
const CURL = WINDOWS ? 'curl.exe' : 'curl';
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const OWN_VARIABLE = 'ACCESS_TOKEN';

/** Runs curl with the token as the vendor wants it; resolves with curl's exit code. */
export async function runCurl(client: Client, query: TokenRequest, args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    throw usage(
      'No arguments for curl given.',
      'Give them after `--`: `keyfob curl NAME -- https://api.example.com/me`, or a path of the account’s API, `/me`.',
    );
  }
  const { answer, args: own } = await underApi(client, query, args);
  if (Object.keys(answer.query).length > 0) await checkCurl();
  return answer.token_type === 'DPoP'
    ? runProved(client, { ...query, account: answer.account }, own)
    : runWith(formatToken(answer, 'curl'), own);
}

/** Runs curl with options that stand on a descriptor, or, where none is inherited (Windows), in its standard input. */
async function runWith(
  config: string,
  args: readonly string[],
  output?: { readonly headers: number; readonly take: (stream: Readable) => void },
): Promise<number> {
  // `-q` (no .curlrc) counts as the first argument only.
  const ownFirst = args[0] === '-q' || args[0] === '--disable' ? 1 : 0;
  const configuredBy = (file: string): string[] => [
    ...args.slice(0, ownFirst),
    ...['--config', file],
    ...args.slice(ownFirst),
  ];
  if (WINDOWS) {
    await refuseInput(args);
    return runChild(CURL, configuredBy('-'), { input: config });
  }
  const fd = descriptorWith(config);
  return runChild(CURL, configuredBy(`/dev/fd/${DESCRIPTOR}`), {
    descriptors: new Map([
      [DESCRIPTOR, fd],
      ...(output === undefined ? [] : [[HEADERS, output.headers] as const]),
    ]),
    ...(output === undefined ? {} : { output: output.take }),
    started: () => closeSync(fd),
  });
}

/** Throws `bad_request` for arguments that have curl read its standard input, where its options come by that. */
async function refuseInput(args: readonly string[]): Promise<void> {
  const request = readCurlRequest(args, await curlOptions());
  if (request === null || request === 'several' || !request.readsInput) return;
  throw usage(
    'On Windows curl reads the token from its standard input, which these arguments also use.',
    'Use a file instead of `-`, such as `-d @FILE`.',
  );
}

/** Asks for the token, and puts each path that stands for a URL under the account's `api_base`. */
async function underApi(
  client: Client,
  query: TokenRequest,
  args: readonly string[],
): Promise<{ readonly answer: TokenAnswer; readonly args: readonly string[] }> {
  let answer: TokenAnswer | null = null;
  const own = [...args];
  const paths = args.some((arg) => arg.startsWith('/')) ? urlPaths(args, await curlOptions()) : [];
  for (const at of paths) {
    const [, path, rest = ''] = /^([^?#]*)(.*)$/s.exec(args[at] ?? '') ?? [];
    answer = await client.token({ ...query, path });
    own[at] = `${answer.url ?? ''}${rest}`;
  }
  return { answer: answer ?? (await client.token(query)), args: own };
}

/** The options of the curl that is here; none where it is not there, which running it tells. */
async function curlOptions(): Promise<CurlOptions> {
  const { stdout } = await promisify(execFile)(CURL, ['--help', 'all'], { windowsHide: true }).catch(() => ({
    stdout: '',
  }));
  return curlOptionsIn(stdout);
}

/** The same with a token that is bound to a key: a proof for the one request, and one more with the API's nonce. */
async function runProved(client: Client, query: TokenRequest, args: readonly string[]): Promise<number> {
  const request = readCurlRequest(args, await curlOptions());
  if (request === 'several') {
    throw usage(
      'This token is bound to a key (DPoP), so a proof is needed for each address.',
      'Run `keyfob curl` once for each address.',
    );
  }
  // Without an address there is nothing to prove: curl says what is missing.
  if (request === null) return runWith('', args);
  const { method, url, readsInput } = request;
  const config = async (nonce?: string): Promise<string> =>
    formatToken(await client.token({ ...query, method, url, nonce }), 'curl');
  // What an API answers is read by a descriptor, which Windows does not hand on: its nonce is not answered there.
  if (WINDOWS) return runWith(await config(), args);
  const first = new HeldOutput();
  try {
    // On a terminal curl shows no progress; what it prints is held here.
    const quiet = process.stdout.isTTY ? 'no-progress-meter\n' : '';
    const text = `${await config()}dump-header = "/dev/fd/${HEADERS}"\n${quiet}`;
    const code = await runWith(text, args, { headers: first.headers, take: (stream) => first.take(stream) });
    const nonce = first.nonce();
    if (nonce === null) {
      first.release();
      return code;
    }
    const again = await config(nonce);
    if (!readsInput) return await runWith(again, args);
    first.release();
    process.stderr.write(
      'The API asked for a nonce in the proof, and standard input was already sent.\nRun it again: Keyfob now has the nonce.\n',
    );
    return code;
  } finally {
    first.close();
  }
}

/** Throws `bad_request` for a curl that cannot add to the query: `url-query` came with 7.87. */
async function checkCurl(): Promise<void> {
  // A curl that is not there is told of by running it.
  const { stdout } = await promisify(execFile)(CURL, ['--version'], { windowsHide: true }).catch(() => ({
    stdout: '',
  }));
  const version = curlVersion(stdout);
  if (version === null || version[0] > 7 || (version[0] === 7 && version[1] >= 87)) return;
  throw commandError(
    'bad_request',
    `This account's API takes the token in the query, for which curl 7.87 or later is needed; this is ${version.join('.')}.`,
    'Update curl, or build the address from `keyfob token --format json` and its `query`.',
  );
}

/** The version in what `curl --version` prints, or null. */
export function curlVersion(text: string): [number, number] | null {
  const found = /^curl (\d+)\.(\d+)/.exec(text);
  return found === null ? null : [Number(found[1]), Number(found[2])];
}

export interface ExecOptions {
  readonly env?: string | undefined;
  readonly fd?: string | undefined;
}

/** Runs a command with the token in a variable or on a descriptor; resolves with its exit code. */
export async function runExec(
  client: Client,
  query: TokenRequest,
  options: ExecOptions,
  command: readonly string[],
): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) {
    throw usage('No command given.', 'Give it after `--`: `keyfob exec NAME -- COMMAND ARGS`.');
  }
  const fd = options.fd === undefined ? null : descriptorNumber(options.fd);
  const variable = options.env ?? (fd === null ? OWN_VARIABLE : null);
  if (variable !== null && !VARIABLE.test(variable)) {
    throw usage(
      '`--env` takes the name of a variable.',
      'Write for example `--env API_TOKEN`: letters, digits and `_`.',
    );
  }
  const { access_token: token } = await client.token(query);
  const env = variable === null ? process.env : { ...process.env, [variable]: token };
  if (fd === null) return runChild(program, args, { env });
  const open = descriptorWith(token);
  return runChild(program, args, {
    env,
    descriptors: new Map([[fd, open]]),
    started: () => closeSync(open),
  });
}

function descriptorNumber(text: string): number {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (number >= DESCRIPTOR && number <= MAX_DESCRIPTOR) return number;
  throw usage(
    `\`--fd\` takes the number of a descriptor, ${DESCRIPTOR} to ${MAX_DESCRIPTOR}.`,
    'Write for example `--fd 3`; 0, 1 and 2 are the standard streams.',
  );
}
