// Commands that git, kubectl, docker and shells run themselves.
import process from 'node:process';
import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Client } from '../../endpoint/client.ts';
import { complete, completionScript, SHELLS } from '../completion.ts';
import type { CompletionShell } from '../completion.ts';
import { dockerCredential, gitCredential, kubectlCredential } from '../credentials.ts';
import { OWN_USERNAME } from '../helper-protocols.ts';
import { each } from './options.ts';

interface HelperOptions {
  readonly username: string;
  readonly host?: string[];
}

/** `--username` and `--host`, the same for git and docker. */
function withHosts(command: Command): Command {
  return command
    .option('--username <U>', 'the user name given with the token', OWN_USERNAME)
    .option('--host <HOST>', 'a host that may get the token, with its port if any (repeatable)', each);
}

export function describeCredentials(program: Command, client: Client, setExit: (code: number) => void): void {
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

export function describeCompletion(program: Command, client: Client): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<SHELL>', 'which shell').choices(SHELLS))
    .action((shell: CompletionShell) => void process.stdout.write(completionScript(shell)));
  program
    .command('__complete [WORDS...]', { hidden: true })
    .description('what the completion scripts ask')
    .action(async (args: string[]) => {
      process.stdout.write(await complete(client, program, args));
    });
}
