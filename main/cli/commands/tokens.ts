// Commands that print a token, or run a program with one.
import { Option } from 'commander';
import type { Command } from 'commander';
import type { TokenRequest } from '../../accounts/views.ts';
import type { TokenAnswer } from '../../api/accounts.ts';
import type { Client } from '../../endpoint/client.ts';
import { runCurl, runExec } from '../curl.ts';
import { checkName, wholeNumber } from '../fields.ts';
import { callerName, tokenOnDemand } from '../sign-in-on-demand.ts';
import { runProxy } from '../proxy.ts';
import { TOKEN_FORMATS, type TokenFormat } from '../token-format.ts';
import { claimsText, runCopy, runToken } from '../token.ts';
import { MAX_TIMEOUT, portIn, tokenRequest, withToken, type TokenFlags } from './options.ts';

interface PrintFlags extends TokenFlags {
  readonly provider?: string;
  readonly method?: string;
  readonly url?: string;
  readonly nonce?: string;
  readonly idToken?: true;
  readonly decode?: true;
  readonly format: TokenFormat;
  readonly forceNew: boolean;
  readonly copy?: true;
  readonly signIn: boolean;
  readonly timeout?: string;
}

function signInFirst(
  client: Client,
  request: TokenRequest,
  timeout: string | undefined,
): Promise<TokenAnswer> {
  return tokenOnDemand(client, request, {
    askedBy: callerName() ?? 'keyfob token',
    terminal: true,
    timeout: timeout === undefined ? undefined : wholeNumber('--timeout', timeout, 1, MAX_TIMEOUT),
  });
}

export function describeTokens(program: Command, client: Client, setExit: (code: number) => void): void {
  withToken(
    program
      .command('token [NAME]')
      .description('print a token')
      .option('--provider <ID>', "of this provider's selected account"),
  )
    .option('--id-token', 'the ID token, checked (with --format token or json)')
    .option('--decode', 'its claims as JSON, decoded here')
    .option(
      '--method <METHOD>',
      'with --url: the request that it is for (a proof of DPoP is made for one request)',
    )
    .option('--url <URL>', 'where that request goes')
    .option('--nonce <NONCE>', 'what the API asked for with DPoP-Nonce')
    .option('--force-new', 'a newer one than the one in hand: the way out when an API rejects that', false)
    .addOption(new Option('--format <FORMAT>', 'how it is printed').choices(TOKEN_FORMATS).default('token'))
    .option('--sign-in', 'sign in first where that is needed and you can be asked', false)
    .option('--timeout <S>', 'seconds until that sign-in is given up (300)')
    .option('--copy', "into the desktop's clipboard instead, which is cleared as after any copy")
    .action(
      (
        name: string | undefined,
        { minValid, scope, audience, copy, signIn, timeout, decode, ...o }: PrintFlags,
      ) => {
        const options = {
          ...tokenRequest({ minValid, scope, audience }),
          ...o,
          account: name,
          idToken: o.idToken === true ? 'required' : undefined,
        } as const;
        if (copy === true) return runCopy(client, options);
        const get = (request: TokenRequest): Promise<TokenAnswer> => signInFirst(client, request, timeout);
        return runToken(client, options, {
          ...(signIn ? { get } : {}),
          ...(decode === true ? { write: claimsText } : {}),
        });
      },
    );
  withToken(
    program
      .command('curl <NAME> [ARGS...]')
      .usage('[options] <NAME> -- ARGS...')
      .description('run curl with the token as the vendor wants it, kept off the process list'),
  ).action(async (name: string, args: string[], o: TokenFlags) => {
    setExit(await runCurl(client, { ...tokenRequest(o), account: checkName(name) }, args));
  });
  program
    .command('proxy <NAME>')
    .description("serve the account's API on 127.0.0.1, with the token placed, to programs with a client key")
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
      .option('--fd <N>', 'on this descriptor, and in no variable unless --env names one'),
  ).action(async (name: string, command: string[], o: TokenFlags & { env?: string; fd?: string }) => {
    setExit(await runExec(client, { ...tokenRequest(o), account: checkName(name) }, o, command));
  });
}
