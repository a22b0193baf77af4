// Commands that print a token, or run a program with one.
import path from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { TokenAnswer } from '../../api/accounts.ts';
import type { Client } from '../../endpoint/client.ts';
import { runCurl, runExec } from '../curl.ts';
import { usage } from '../fail.ts';
import { checkName, wholeNumber } from '../fields.ts';
import { OWN_USERNAME } from '../helper-protocols.ts';
import { apiHost, netrcText } from '../netrc.ts';
import { callerName, tokenOnDemand } from '../sign-in-on-demand.ts';
import { runProxy } from '../proxy.ts';
import { TOKEN_FORMATS, type TokenFormat } from '../token-format.ts';
import { claimsText, runCopy, runToken, type GetToken } from '../token.ts';
import { each, MAX_TIMEOUT, portIn, tokenRequest, withToken, type TokenFlags } from './options.ts';

/** Characters of a program's name that the audit gets: no file has a longer one. */
const LONGEST_NAME = 255;

interface PrintFlags extends TokenFlags {
  readonly provider?: string;
  readonly method?: string;
  readonly url?: string;
  readonly nonce?: string;
  readonly idToken?: true;
  readonly decode?: true;
  readonly format: TokenFormat | 'netrc';
  readonly host?: string[];
  readonly username?: string;
  readonly forceNew: boolean;
  readonly copy?: true;
  readonly signIn: boolean;
  readonly timeout?: string;
}

/** How `token --sign-in` gets one. */
function signInFirst(client: Client, timeout: number | undefined): GetToken {
  return (request) => tokenOnDemand(client, request, { askedBy: callerName(), terminal: true, timeout });
}

/** Throws a usage error for options that say something only beside another one. */
function checkTogether({ host, username, format, timeout, signIn }: PrintFlags): void {
  if ((host !== undefined || username !== undefined) && format !== 'netrc') {
    throw usage('`--host` and `--username` are only for a .netrc.', 'Add `--format netrc`, or omit them.');
  }
  if (timeout !== undefined && !signIn) {
    throw usage(
      '`--timeout` is how long a sign-in is waited for, and none is begun without `--sign-in`.',
      'Add `--sign-in`, or leave `--timeout` out.',
    );
  }
}

function printToken(client: Client, name: string | undefined, flags: PrintFlags): Promise<void> {
  checkTogether(flags);
  const { minValid, scope, audience, copy, signIn, timeout, decode, host, username, format, ...o } = flags;
  const seconds = timeout === undefined ? undefined : wholeNumber('--timeout', timeout, 1, MAX_TIMEOUT);
  const how = signIn ? { get: signInFirst(client, seconds) } : {};
  const options = {
    ...tokenRequest({ minValid, scope, audience }),
    ...o,
    account: name,
    idToken: o.idToken === true ? 'required' : undefined,
  } as const;
  if (copy === true) return runCopy(client, { ...options, format });
  if (format === 'netrc') {
    const login = username ?? OWN_USERNAME;
    const write = async (answer: TokenAnswer): Promise<string> =>
      netrcText(answer, { hosts: host ?? [await apiHost(client, answer.account)], login });
    return runToken(client, { ...options, format: 'token' }, { ...how, write });
  }
  return runToken(
    client,
    { ...options, format },
    { ...how, ...(decode === true ? { write: claimsText } : {}) },
  );
}

export function describeTokens(program: Command, client: Client, setExit: (code: number) => void): void {
  withToken(
    program
      .command('token [NAME]')
      .description('print a token')
      .option('--provider <ID>', "of this provider's default account"),
  )
    .option('--id-token', 'the ID token, verified (with --format token, json or netrc)')
    .addOption(
      new Option('--decode', 'print its claims as JSON, decoded locally').conflicts(['format', 'copy']),
    )
    .option('--method <METHOD>', 'with --url: the request it is for (a DPoP proof is for one request)')
    .option('--url <URL>', 'the URL of that request')
    .option('--nonce <NONCE>', 'the nonce from the API’s DPoP-Nonce header')
    .option('--force-new', 'get a newer token than the current one, if an API rejects that', false)
    .addOption(
      new Option('--format <FORMAT>', 'output format').choices([...TOKEN_FORMATS, 'netrc']).default('token'),
    )
    .option('--host <HOST>', "with netrc: a host it is for (repeatable; default: the API's)", each)
    .option('--username <U>', `with netrc: the user name given with the token (${OWN_USERNAME})`)
    .option('--sign-in', 'sign in first if needed', false)
    .option('--timeout <S>', 'seconds to wait for that sign-in (default: 300)')
    .addOption(
      new Option('--copy', "copy it to the desktop's clipboard instead, which is cleared later").conflicts(
        'signIn',
      ),
    )
    .action((name: string | undefined, flags: PrintFlags) => printToken(client, name, flags));
  withToken(
    program
      .command('curl <NAME> [ARGS...]')
      .usage('[options] <NAME> -- ARGS...')
      .description('run curl with the token where the vendor wants it, hidden from the process list'),
  ).action(async (name: string, args: string[], o: TokenFlags) => {
    setExit(
      await runCurl(
        client,
        { ...tokenRequest(o), account: checkName(name), application: 'keyfob curl' },
        args,
      ),
    );
  });
  program
    .command('proxy <NAME>')
    .description("serve the account's API on 127.0.0.1, with the token added, to programs with a client key")
    .option('--port <N>', 'TCP port (default: a free one)')
    .option('--json', 'print one line of JSON when ready', false)
    .action(async (name: string, o: { port?: string; json: boolean }) => {
      const port = portIn('--port', o.port);
      setExit(await runProxy(client, { account: checkName(name), port, json: o.json }));
    });
  withToken(
    program
      .command('exec <NAME> [COMMAND...]')
      .usage('[options] <NAME> -- COMMAND ARGS...')
      .description('run a command with the token in a variable (default: ACCESS_TOKEN)')
      .option('--env <VAR>', 'the variable')
      .option('--fd <N>', 'on this file descriptor, and in a variable only with --env'),
  ).action(async (name: string, command: string[], o: TokenFlags & { env?: string; fd?: string }) => {
    const application = `keyfob exec ${path.basename(command[0] ?? '').slice(0, LONGEST_NAME)}`.trim();
    const request = { ...tokenRequest(o), account: checkName(name), application };
    setExit(await runExec(client, request, o, command));
  });
}
