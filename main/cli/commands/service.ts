// Commands that put Keyfob in its place: the agent as a service of the session, the command on the PATH.
import { Option } from 'commander';
import type { Command } from 'commander';
import { installCommand, removeCommand } from '../command-install.ts';
import { installService, removeService, showService } from '../service.ts';
import type { ServiceOptions } from '../service.ts';
import { VAULT_CHOICES } from './host.ts';
import { portIn } from './options.ts';

export function describeService(program: Command, setExit: (code: number) => void): void {
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
    .addOption(new Option('--port <N>', 'TCP port of the endpoint (default: 15393)').conflicts('tcp'))
    .option('--no-tcp', 'the socket alone')
    .option('--no-console', 'without the console')
    .option('--guest-socket <PATH>', 'one more socket, where a key is always needed (containers, SSH)')
    .option('--oidc-agent', "serve oidc-agent's clients too, on a socket of their own", false)
    .action(async (o: ServiceOptions) => {
      portIn('--port', o.port, 1);
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

export function describeCommand(program: Command): void {
  const command = program.command('command').description('the `keyfob` command on your PATH');
  command
    .command('install')
    .description('write it, and say what your PATH lacks')
    .option('--dir <DIR>', "where to (your own bin folder by default: ~/.local/bin, on Windows Keyfob's)")
    .action((o: { dir?: string }) => installCommand(o.dir));
  command
    .command('remove')
    .description('take it away')
    .option('--dir <DIR>', 'where from')
    .action((o: { dir?: string }) => removeCommand(o.dir));
}
