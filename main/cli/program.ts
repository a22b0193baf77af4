// The whole command line: every command, its arguments and its help, in one place.
//
// Invariants: each command is a line or two that hands over to a room of its own; rooms that are large (the
// agent, the practice vendor, the profile's schema) are loaded by their command alone. A mistake in the
// arguments ends with 2 and one sentence, and never repeats what may be a secret.
import type { Approve } from '../api/clients.ts';
import { Command, CommanderError, Option } from 'commander';
import pkg from '../../package.json' with { type: 'json' };
import { homePaths } from '../platform/paths.ts';
import { createClient } from '../endpoint/client.ts';
import type { Client } from '../endpoint/client.ts';
import {
  addAccount,
  listAccounts,
  logoutAccount,
  refreshAccount,
  removeAccount,
  revokeAccount,
  setAccount,
  useAccount,
} from './accounts.ts';
import { describeAudit } from './audit.ts';
import { addClient, approve, APPROVE_RULES, listClients, removeClient } from './clients.ts';
import { usage } from './fail.ts';
import { checkName, wholeNumber } from './fields.ts';
import { lockHost, openConsole, runDoctor, showOverview, showStatus, stopHost, unlockHost } from './host.ts';
import type { Runtime } from './host.ts';
import { runLogin } from './login.ts';
import { addProvider, checkProvider, listProviders, printProfileSchema, showProvider } from './providers.ts';
import { runSandbox } from './sandbox.ts';
import { serve, VAULT_CHOICES } from './serve.ts';
import type { VaultKind } from '../api/status.ts';
import { runToken, TOKEN_FORMATS } from './token.ts';
import { describeTools } from './tools.ts';
import type { TokenFormat } from './token.ts';

const AFTER_HELP = `
Secrets never stand in arguments: \`--secret FIELD\` reads one line from standard input for each, in order;
\`--secret FIELD@FILE\` reads a file.

Exit codes: 0 done · 1 unexpected · 2 usage · 3 no running Keyfob · 4 sign-in needed · 5 not permitted ·
6 the vendor refused · 7 the vendor could not be reached · 8 the vault is locked or missing.

KEYFOB_HOME=FOLDER moves everything Keyfob writes into one folder.`;

const MOST_PORT = 65_535;
/** Seconds: a day. */
const MOST_TIMEOUT = 86_400;
const MOST = 1_000_000_000;

/** Runs a command line (without node and script). Resolves to the exit code; rejects with a KeyfobError. */
export async function runProgram(args: readonly string[], runtime: Runtime = {}): Promise<number> {
  let exit = 0;
  const client = createClient({ socketPath: homePaths(process.env).socket });
  const setExit = (code: number): void => {
    exit = code;
  };
  if (args.length === 0) {
    await showOverview(client);
    return 0;
  }
  const program = buildProgram(client, setExit, runtime);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw fromCommander(error, program, args);
  }
}

/** Describes the commands. `setExit` takes an exit code of a command that ends otherwise than by an error. */
function buildProgram(client: Client, setExit: (code: number) => void, runtime: Runtime = {}): Command {
  const program = new Command('keyfob')
    .description(
      'OAuth 2.0 tokens for workplace APIs. All but serve, sandbox, doctor and provider check speak to the running Keyfob.',
    )
    .version(pkg.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    // What stands behind a command's `--` is that command's own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .addHelpText('after', AFTER_HELP);
  describeHost(program, client, setExit, runtime);
  describeProviders(program, client);
  describeAccounts(program, client);
  describeTokens(program, client);
  describeTools(program, client, setExit);
  describeClients(program, client);
  return program;
}

function describeHost(
  program: Command,
  client: Client,
  setExit: (code: number) => void,
  runtime: Runtime,
): void {
  program
    .command('serve')
    .description('run the agent in the foreground')
    .option('--socket <PATH>', 'where the socket stands')
    .option('--port <N>', 'TCP port of the endpoint (15393 when unsaid; 0 picks a free one)')
    .option('--no-tcp', 'the socket alone')
    .option('--console-port <N>', 'TCP port of the console (15394 when unsaid; 0 picks a free one)')
    .option('--no-console', 'without the console')
    .addOption(new Option('--vault <KIND>', 'where secrets are kept').choices(VAULT_CHOICES))
    .option('--passphrase-file <F>', "file with the file vault's passphrase")
    .option('--new-vault', 'begin a new vault where the one that holds the accounts is missing or damaged')
    .option('--guest-socket <PATH>', 'one more socket, where a key is always needed (containers, SSH)')
    .option('--oidc-agent', "serve oidc-agent's clients too, on a socket of their own", false)
    .option('--json', 'print one line of JSON when ready', false)
    .addOption(new Option('--welcome', 'say what to type next').default(false).hideHelp())
    .action(
      async (o: {
        socket?: string;
        port?: string;
        tcp: boolean;
        consolePort?: string;
        console: boolean;
        vault?: VaultKind;
        passphraseFile?: string;
        newVault?: boolean;
        guestSocket?: string;
        oidcAgent: boolean;
        json: boolean;
        welcome: boolean;
      }) => {
        const { port, consolePort, ...rest } = o;
        const code = await serve({
          ...rest,
          ...(port === undefined ? {} : { port: wholeNumber('--port', port, 0, MOST_PORT) }),
          ...(consolePort === undefined
            ? {}
            : { consolePort: wholeNumber('--console-port', consolePort, 0, MOST_PORT) }),
        });
        setExit(code);
      },
    );
  program
    .command('status')
    .description('print what runs: host, version, socket, endpoint, vault')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => showStatus(client, o.json));
  program
    .command('stop')
    .description('end the running Keyfob, agent or desktop')
    .action(() => stopHost(client));
  program
    .command('lock')
    .description('forget what is in memory until unlocked')
    .action(() => lockHost(client));
  program
    .command('unlock')
    .description('open the vault again')
    .option('--passphrase-file <F>', 'file with the passphrase (else asked for, or a line of standard input)')
    .option(
      '--new-vault',
      'begin a new vault where this one is missing, damaged, or holds none of the accounts',
    )
    .action((o: { passphraseFile?: string; newVault?: boolean }) => unlockHost(client, o));
  program
    .command('console')
    .description('print a fresh address of the console, and open it')
    .option('--no-open', 'print it only')
    .action((o: { open: boolean }) => openConsole(client, o.open));
  program
    .command('doctor')
    .description('look at what works here, and say what to do')
    .option('--json', 'print JSON', false)
    .option('--bundle <FILE>', 'write it for whoever helps you: no secret, no name of yours (-: print it)')
    .action((o: { json: boolean; bundle?: string }) => runDoctor(client, o, runtime));
  program
    .command('sandbox')
    .description('run the practice vendor: all five APIs on loopback, with ready-made credentials')
    .option('--json', 'print one line of JSON with URLs and credentials', false)
    .option('--port <N>', 'TCP port (15399 when unsaid; 0 picks a free one)')
    .option('--lifetime <S>', 'seconds that its access tokens live (an hour when unsaid)')
    .action((o: { json: boolean; port?: string; lifetime?: string }) =>
      runSandbox({
        json: o.json,
        ...(o.port === undefined ? {} : { port: wholeNumber('--port', o.port, 0, MOST_PORT) }),
        ...(o.lifetime === undefined ? {} : { lifetime: wholeNumber('--lifetime', o.lifetime, 1, MOST) }),
      }),
    );
}

function describeProviders(program: Command, client: Client): void {
  program
    .command('providers')
    .description('list the provider profiles')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => listProviders(client, o.json));
  const provider = program.command('provider').description('add, check or show a provider profile');
  provider
    .command('add <FILE>')
    .description('add a profile of your own')
    .action((file: string) => addProvider(client, file));
  provider
    .command('check <FILE>')
    .description('check a profile: each problem with its line and reason')
    .action((file: string) => checkProvider(file));
  provider
    .command('show <ID>')
    .description('print a profile, with what it extends')
    .action((id: string) => showProvider(client, id));
  provider
    .command('schema')
    .description('print the JSON Schema of a profile, for editors')
    .action(printProfileSchema);
}

const each = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

/** `--set` and `--secret`, the same for `add` and `set`. */
function withFields(command: Command): Command {
  return command
    .option('--set <FIELD=VALUE>', 'a field that is no secret (again for each)', each)
    .option('--secret <FIELD>', 'a secret: a line of standard input, or FIELD@FILE (again for each)', each);
}

function describeAccounts(program: Command, client: Client): void {
  withFields(
    program
      .command('add <NAME>')
      .description('add an account')
      .requiredOption('--provider <ID>', 'its provider (see `keyfob providers`)')
      .option('--grant <G>', "one of the provider's grants"),
  ).action((name: string, o: { provider: string; grant?: string; set?: string[]; secret?: string[] }) =>
    addAccount(client, name, { ...o, set: o.set ?? [], secret: o.secret ?? [] }),
  );
  withFields(program.command('set <NAME>').description('change fields of an account'))
    .option(
      '--allow-origin <ORIGIN>',
      'let its secrets go to this scheme, host and port too (again for each)',
      each,
    )
    .action((name: string, o: { set?: string[]; secret?: string[]; allowOrigin?: string[] }) => {
      const { set = [], secret = [], allowOrigin = [] } = o;
      if (set.length + secret.length + allowOrigin.length === 0) {
        throw usage('There is nothing to change.', 'Give `--set FIELD=VALUE` or `--secret FIELD`.');
      }
      return setAccount(client, name, { set, secret, allowOrigin });
    });
  program
    .command('login <NAME>')
    .description('sign in')
    .option('--no-open', 'print the address, alone on the first line, instead of opening it')
    .option('--paste', 'print the address, and take the redirect address from standard input', false)
    .option('--browser', "sign in in the system's browser where Keyfob has a window of its own", false)
    .option(
      '--timeout <S>',
      'seconds until it is given up (300; with a device code, as long as the code lives)',
    )
    .action(
      (
        name: string,
        { timeout, ...o }: { open: boolean; paste: boolean; browser: boolean; timeout?: string },
      ) =>
        runLogin(client, checkName(name), {
          ...o,
          ...(timeout === undefined ? {} : { timeout: wholeNumber('--timeout', timeout, 1, MOST_TIMEOUT) }),
        }),
    );
  program
    .command('accounts')
    .aliases(['list', 'ls'])
    .description('list the accounts')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => listAccounts(client, o.json));
  program
    .command('use <NAME>')
    .description('select an account, over all and for its provider')
    .action((name: string) => useAccount(client, name));
  program
    .command('refresh <NAME>')
    .description('refresh its token now')
    .action((name: string) => refreshAccount(client, name));
  program
    .command('revoke <NAME>')
    .description('revoke its tokens at the vendor and forget them')
    .action((name: string) => revokeAccount(client, name));
  program
    .command('logout <NAME>')
    .description('forget its tokens')
    .action((name: string) => logoutAccount(client, name));
  program
    .command('remove <NAME>')
    .alias('rm')
    .description('forget the account and all that belongs to it')
    .action((name: string) => removeAccount(client, name));
}

function describeTokens(program: Command, client: Client): void {
  program
    .command('token [NAME]')
    .description('print a token')
    .option('--provider <ID>', "of this provider's selected account")
    .option('--min-valid <S>', 'valid for at least this many seconds more')
    .option('--scope <S>', 'for this scope')
    .option('--audience <A>', 'for this audience')
    .addOption(new Option('--format <FORMAT>', 'how it is printed').choices(TOKEN_FORMATS).default('token'))
    .action(
      (
        name: string | undefined,
        o: { provider?: string; minValid?: string; scope?: string; audience?: string; format: TokenFormat },
      ) =>
        runToken(client, {
          account: name,
          provider: o.provider,
          minValid: o.minValid === undefined ? undefined : wholeNumber('--min-valid', o.minValid, 0, MOST),
          scope: o.scope,
          audience: o.audience,
          format: o.format,
        }),
    );
}

function describeClients(program: Command, client: Client): void {
  const group = program.command('client').description('keys for local programs');
  group
    .command('add <NAME>')
    .description('make a key; it is printed this once')
    .option('--accounts <A,B>', 'the accounts it may use (all when unsaid, later ones too)')
    .option('--scopes <S,T>', 'the scopes it may get tokens of (any when unsaid)')
    .option('--expires <TIME>', 'when its key ends, such as 30d, 12h or 90m (never when unsaid)')
    .addOption(
      new Option('--approve <RULE>', 'when a person is asked (always approved when unsaid)').choices(
        APPROVE_RULES,
      ),
    )
    .action((name: string, o: { accounts?: string; scopes?: string; approve?: Approve; expires?: string }) =>
      addClient(client, name, o),
    );
  group
    .command('list')
    .description('list the clients')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => listClients(client, o.json));
  group
    .command('remove <NAME>')
    .description('remove a client; its key opens nothing any more')
    .action((name: string) => removeClient(client, name));
  program
    .command('approve [ID]')
    .description('list the requests that wait for a person, or answer one')
    .option('--deny', 'say no', false)
    .option('--json', 'print the list as JSON', false)
    .action((id: string | undefined, o: { deny: boolean; json: boolean }) => approve(client, id, o));
  describeAudit(program, client);
}

/** A mistake in the arguments as one sentence and what to do; what stands behind `=` is left out. */
function fromCommander(error: CommanderError, program: Command, args: readonly string[]): Error {
  const command = commandOf(program, args);
  const help = `\`${command.path} --help\` says what it takes.`;
  if (error.code === 'commander.help') {
    const names = command.command.commands.map((one) => one.name()).filter((name) => name !== 'help');
    return usage(`\`${command.path}\` needs one of: ${names.join(', ')}.`, help);
  }
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const sentence = first.replace(
    /unknown option '(.*)'/s,
    (_, flag: string) => `unknown option '${flagOnly(flag)}'`,
  );
  const suggestion = /\(Did you mean (.*)\?\)/s.exec(rest.join(' '))?.[1];
  const hint = suggestion === undefined ? help : `Did you mean ${suggestion}? ${help}`;
  return usage(`${sentence.charAt(0).toUpperCase()}${sentence.slice(1).replace(/\.$/, '')}.`, hint);
}

/** `--password=hunter2` and `-phunter2` without what follows the option's own name. */
function flagOnly(flag: string): string {
  return flag.startsWith('--') ? (flag.split('=', 1)[0] ?? '--') : flag.slice(0, 2);
}

/** The command that the arguments name, as far as they do. */
function commandOf(program: Command, args: readonly string[]): { command: Command; path: string } {
  let command = program;
  let path = 'keyfob';
  for (const arg of args) {
    const next = command.commands.find((one) => one.name() === arg || one.aliases().includes(arg));
    if (next === undefined) break;
    command = next;
    path = `${path} ${next.name()}`;
  }
  return { command, path };
}
