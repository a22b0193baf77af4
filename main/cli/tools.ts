// The part of the command line for other programs: what it is and what it takes. How stands in the rooms.
import process from 'node:process';
import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import type { TokenRequest } from '../accounts/views.ts';
import type { Client } from '../endpoint/client.ts';
import { complete, completionScript, SHELLS } from './completion.ts';
import type { CompletionShell } from './completion.ts';
import { dockerCredential, gitCredential, kubectlCredential } from './credentials.ts';
import { runCurl, runExec } from './curl.ts';
import { checkName, wholeNumber } from './fields.ts';
import { VAULT_CHOICES } from './serve.ts';
import { installService, removeService, showService } from './service.ts';
import type { ServiceOptions } from './service.ts';
import { exportTo, importFrom } from './transfer.ts';
import type { ExportOptions } from './transfer.ts';

const MOST = 1_000_000_000;

interface TokenOptions {
  readonly minValid?: string;
  readonly scope?: string;
  readonly audience?: string;
}

/** `--min-valid`, `--scope` and `--audience`, the same for all that need a token. */
function withToken(command: Command): Command {
  return command
    .option('--min-valid <S>', 'valid for at least this many seconds more')
    .option('--scope <S>', 'for this scope')
    .option('--audience <A>', 'for this audience');
}

function query(name: string, o: TokenOptions): TokenRequest {
  return {
    account: checkName(name),
    minValid: o.minValid === undefined ? undefined : wholeNumber('--min-valid', o.minValid, 0, MOST),
    scope: o.scope,
    audience: o.audience,
  };
}

/** Describes the commands that run or serve other programs. */
export function describeTools(program: Command, client: Client, setExit: (code: number) => void): void {
  withToken(
    program
      .command('curl <NAME> [ARGS...]')
      .usage('[options] <NAME> -- ARGS...')
      .description('run curl with the token as the vendor wants it, kept off the process list'),
  ).action(async (name: string, args: string[], o: TokenOptions) => {
    setExit(await runCurl(client, query(name, o), args));
  });
  withToken(
    program
      .command('exec <NAME> [COMMAND...]')
      .usage('[options] <NAME> -- COMMAND ARGS...')
      .description('run a command with the token in a variable (ACCESS_TOKEN when unsaid)')
      .option('--env <VAR>', 'the variable')
      .option('--fd <N>', 'on this descriptor, and in no variable unless --env names one'),
  ).action(async (name: string, command: string[], o: TokenOptions & { env?: string; fd?: string }) => {
    setExit(await runExec(client, query(name, o), o, command));
  });
  describeCredentials(program, client, setExit);
  describeTransfer(program, client, setExit);
  describeService(program, setExit);
  describeCompletion(program, client);
}

function describeCompletion(program: Command, client: Client): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<SHELL>', 'which shell').choices(SHELLS))
    .action((shell: CompletionShell) => void process.stdout.write(completionScript(shell)));
  program
    .command('__complete [WORDS...]', { hidden: true })
    .description('what the completion scripts ask')
    .action(async (words: string[]) => {
      process.stdout.write(await complete(client, program, words));
    });
}

const MOST_PORT = 65_535;

function describeService(program: Command, setExit: (code: number) => void): void {
  const service = program.command('service').description('the agent as a service of your session');
  service
    .command('install')
    .description('write a systemd user unit or a launchd agent, and start it')
    // A memory vault would forget everything at each start of the machine.
    .addOption(
      new Option('--vault <KIND>', 'where secrets are kept').choices(
        VAULT_CHOICES.filter((kind) => kind !== 'memory'),
      ),
    )
    .option('--passphrase-file <F>', "file with the file vault's passphrase")
    .option('--port <N>', 'TCP port of the endpoint (15393 when unsaid)')
    .option('--no-tcp', 'the socket alone')
    .option('--no-console', 'without the console')
    .action(async (o: ServiceOptions) => {
      if (o.port !== undefined) wholeNumber('--port', o.port, 1, MOST_PORT);
      setExit(await installService(o));
    });
  service
    .command('status')
    .description('say whether it is installed, and whether it runs')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => showService(o.json));
  service
    .command('remove')
    .description('stop it and take its file away')
    .action(async () => {
      setExit(await removeService());
    });
}

function describeTransfer(program: Command, client: Client, setExit: (code: number) => void): void {
  program
    .command('export <FILE>')
    .description('write accounts and own profiles to a file; never tokens or client keys')
    .option('--secrets', 'secrets too, sealed with a passphrase', false)
    .option('--passphrase-file <F>', 'file with the passphrase')
    .option('--force', 'over a file that is there', false)
    .action((file: string, o: ExportOptions) => exportTo(client, file, o));
  program
    .command('import <FILE>')
    .description('add what such a file holds and is not here yet')
    .option('--passphrase-file <F>', 'file with the passphrase of its secrets')
    .option('--json', 'print JSON', false)
    .action(async (file: string, o: { passphraseFile?: string; json: boolean }) => {
      setExit(await importFrom(client, file, o));
    });
}

const each = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

interface HelperOptions {
  readonly username: string;
  readonly host?: string[];
}

/** `--username` and `--host`, the same for git and docker. */
function withHosts(command: Command): Command {
  return command
    .option('--username <U>', 'what stands for the name beside the token', 'oauth2')
    .option('--host <HOST>', 'a host that may get the token, with its port if any (again for each)', each);
}

function describeCredentials(program: Command, client: Client, setExit: (code: number) => void): void {
  withHosts(
    program
      .command('git-credential <NAME> <OPERATION>')
      .description("git's credential helper: get, store or erase"),
  ).action((name: string, operation: string, o: HelperOptions) =>
    gitCredential(client, name, operation, { username: o.username, hosts: o.host ?? [] }),
  );
  program
    .command('kubectl-credential <NAME>')
    .description("kubectl's exec credential plugin")
    .action((name: string) => kubectlCredential(client, name));
  withHosts(
    program
      .command('docker-credential <NAME> <OPERATION>')
      .description("docker's credential helper: get, list, store or erase"),
  ).action(async (name: string, operation: string, o: HelperOptions) => {
    setExit(await dockerCredential(client, name, operation, { username: o.username, hosts: o.host ?? [] }));
  });
}
