// The whole command line: its commands put together, and what is said of a mistake in the arguments.
//
// Invariants: a command is described in commands/ and hands over to a file of its own; what is large (the agent, the
// practice vendor, the profile's schema) is loaded by its command alone. A mistake in the arguments ends with 2 and
// one sentence, and never repeats what may be a secret.
import { Command, CommanderError, Help } from 'commander';
import pkg from '../../package.json' with { type: 'json' };
import { createClient } from '../endpoint/client.ts';
import type { Client } from '../endpoint/client.ts';
import { homePaths } from '../platform/paths.ts';
import { describeAccounts } from './commands/accounts.ts';
import { describeAudit } from './commands/audit.ts';
import { describeClients } from './commands/clients.ts';
import { describeCompletion, describeCredentials } from './commands/credentials.ts';
import { describeHooks } from './commands/hooks.ts';
import { describeHost } from './commands/host.ts';
import { describeProviders } from './commands/providers.ts';
import { describeCommand, describeService } from './commands/service.ts';
import { describeTokenFiles } from './commands/token-files.ts';
import { describeTokens } from './commands/tokens.ts';
import { describeTransfer } from './commands/transfer.ts';
import { usage } from './fail.ts';
import { showOverview } from './host.ts';

const AFTER_HELP = `
Secrets are never given in arguments: \`--secret FIELD\` reads one line from standard input for each, in order;
\`--secret FIELD@FILE\` reads a file.

Exit codes: 0 done · 1 unexpected · 2 usage · 3 no running Keyfob · 4 sign-in needed · 5 not permitted ·
6 the vendor refused · 7 the vendor could not be reached · 8 the vault is locked or missing.

With KEYFOB_HOME=FOLDER, Keyfob writes everything into that folder.`;

/** Runs a command line (without node and script). Resolves to the exit code; rejects with a KeyfobError. */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exit = 0;
  const client = createClient({ socketPath: homePaths(process.env).socket });
  const setExit = (code: number): void => {
    exit = code;
  };
  if (args.length === 0) {
    await showOverview(client);
    return 0;
  }
  const program = buildProgram(client, setExit);
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
function buildProgram(client: Client, setExit: (code: number) => void): Command {
  const program = new Command('keyfob')
    .description(
      'OAuth 2.0 tokens for workplace APIs. All commands but serve, sandbox, doctor, service, command and provider check need a running Keyfob.',
    )
    .version(pkg.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    // What stands behind a command's `--` is that command's own.
    .enablePositionalOptions()
    .exitOverride()
    .hook('preAction', (_program, command) => checkPaths(command))
    .configureHelp({
      // That a switch is off until it is named needs no words.
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : new Help().optionDescription(option),
    })
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .addHelpText('after', AFTER_HELP);
  describeHost(program, client, setExit);
  describeProviders(program, client);
  describeAccounts(program, client);
  describeTokens(program, client, setExit);
  describeTokenFiles(program, client);
  describeHooks(program, client);
  describeCredentials(program, client, setExit);
  describeTransfer(program, client, setExit);
  describeService(program, setExit);
  describeCommand(program);
  describeCompletion(program, client);
  describeClients(program, client);
  describeAudit(program, client);
  return program;
}

/** What stands for a file or a folder in the description of a command. */
const isPath = (text: string): boolean => /^(?:FILE|F|PATH|DIR)$/.test(text);

/** Throws a usage error for an empty path: mostly a variable that is not set, and read as one it is the folder we are in. */
function checkPaths(command: Command): void {
  const empty = [
    ...command.options
      .filter(
        (one) =>
          isPath(/<(.*)>/.exec(one.flags)?.[1] ?? '') && command.getOptionValue(one.attributeName()) === '',
      )
      .map((one) => `\`${one.long ?? one.flags}\``),
    ...command.registeredArguments
      .map((one) => one.name())
      .filter((name, at) => isPath(name) && command.args[at] === ''),
  ];
  if (empty[0] !== undefined)
    throw usage(
      `${empty[0]} is empty: give a file or folder.`,
      'If it comes from a variable, check that the variable is set.',
    );
}

/** A mistake in the arguments as one sentence and what to do; what stands behind `=` is left out. */
function fromCommander(error: CommanderError, program: Command, args: readonly string[]): Error {
  const command = commandOf(program, args);
  const help = `See \`${command.path} --help\`.`;
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
