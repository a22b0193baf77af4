// Commands that put Keyfob in its place: the agent as a service of the session, the command on the PATH.
import { Option } from 'commander';
import type { Command } from 'commander';
import { installCommand, removeCommand } from '../command-install.ts';
import { installService, removeService, showService } from '../service.ts';
import type { ServiceOptions } from '../service.ts';
import { VAULT_CHOICES } from './host.ts';
import { portIn } from './options.ts';

export function describeService(program: Command, setExit: (code: number) => void): void {
  const service = program.command('service').description('run the agent as a service of your session');
  service
    .command('install')
    .description('write a systemd user unit or a launchd agent, and start it')
    // A memory vault would forget everything at each start of the machine.
    .addOption(
      new Option('--vault <KIND>', 'where secrets are stored').choices(
        VAULT_CHOICES.filter((kind) => kind !== 'memory'),
      ),
    )
    .option('--passphrase-file <F>', "file with the vault file's passphrase")
    .option('--port <N>', 'TCP port of the endpoint (default: 15393)')
    .option('--no-tcp', 'serve on the socket only')
    .option('--no-console', 'do not open the console')
    .option('--guest-socket <PATH>', 'another socket, which always requires a key (containers, SSH)')
    .option('--oidc-agent', "also serve oidc-agent's clients, on their own socket", false)
    .action(async (o: ServiceOptions) => {
      portIn('--port', o.port, 1);
      setExit(await installService(o));
    });
  service
    .command('status')
    .description('print whether it is installed and running')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => showService(o.json));
  service
    .command('remove')
    .description('stop it and remove its file')
    .action(async () => {
      setExit(await removeService());
    });
}

export function describeCommand(program: Command): void {
  const command = program.command('command').description('install the `keyfob` command on your PATH');
  command
    .command('install')
    .description('install it, and say if your PATH lacks its folder')
    .option('--dir <DIR>', "folder (default: ~/.local/bin, on Windows Keyfob's own)")
    .action((o: { dir?: string }) => installCommand(o.dir));
  command
    .command('remove')
    .description('remove it')
    .option('--dir <DIR>', 'folder')
    .action((o: { dir?: string }) => removeCommand(o.dir));
}
