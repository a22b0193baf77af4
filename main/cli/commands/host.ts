// Commands that run Keyfob, and those about the one that runs. The agent is loaded by its own command alone.
import { Option } from 'commander';
import type { Command } from 'commander';
import type { AgentOptions } from '../../agent/index.ts';
import type { VaultKind } from '../../api/status.ts';
import type { Client } from '../../endpoint/client.ts';
import { wholeNumber } from '../fields.ts';
import { lockHost, openConsole, runDoctor, showStatus, stopHost, unlockHost } from '../host.ts';
import { runSandbox } from '../sandbox.ts';
import { MAX_NUMBER, portIn } from './options.ts';

export const VAULT_CHOICES = ['keychain', 'file', 'memory'] as const satisfies readonly VaultKind[];

/** As commander reads them: numbers are texts still. */
type ServeOptions = Omit<AgentOptions, 'port' | 'consolePort'> & {
  readonly port?: string;
  readonly consolePort?: string;
};

export function describeHost(program: Command, client: Client, setExit: (code: number) => void): void {
  program
    .command('serve')
    .description('run the agent in the foreground')
    .option('--socket <PATH>', 'path of the socket')
    .option('--port <N>', 'TCP port of the endpoint (default: 15393; 0 picks a free one)')
    .option('--no-tcp', 'serve on the socket only')
    .option('--console-port <N>', 'TCP port of the console (default: 15394; 0 picks a free one)')
    .option('--no-console', 'do not open the console')
    .addOption(new Option('--vault <KIND>', 'where secrets are stored').choices(VAULT_CHOICES))
    .option('--passphrase-file <F>', "file with the vault file's passphrase")
    .option('--new-vault', 'create a new vault if the one with the accounts is missing or damaged')
    .option('--guest-socket <PATH>', 'another socket, which always requires a key (containers, SSH)')
    .option('--oidc-agent', "also serve oidc-agent's clients, on their own socket", false)
    .option('--json', 'print one line of JSON when ready', false)
    .addOption(new Option('--welcome', 'say what to type next').default(false).hideHelp())
    .action(async (o: ServeOptions) => {
      const port = portIn('--port', o.port);
      const consolePort = portIn('--console-port', o.consolePort);
      const { runAgent } = await import('../../agent/index.ts');
      setExit(await runAgent({ ...o, port, consolePort }));
    });
  program
    .command('status')
    .description('print host, version, socket, endpoint and vault of the running Keyfob')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => showStatus(client, o.json));
  program
    .command('panel')
    .description("open the desktop's quick panel (bind it to a key where Keyfob gets no shortcut)")
    .action(async () => {
      await client.showPanel();
    });
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
    .description('print a new address of the console, and open it')
    .option('--no-open', 'print it only')
    .action((o: { open: boolean }) => openConsole(client, o.open));
  program
    .command('doctor')
    .description('check what works here, and what to do if not')
    .option('--json', 'print JSON', false)
    .addOption(
      new Option(
        '--bundle <FILE>',
        'write a report without secrets and names for support (-: print it)',
      ).conflicts('json'),
    )
    .action((o: { json: boolean; bundle?: string }) => runDoctor(client, o));
  program
    .command('sandbox')
    .description('run the practice vendor: all five APIs on loopback, with ready-made credentials')
    .option('--json', 'print one line of JSON with URLs and credentials', false)
    .option('--port <N>', 'TCP port (default: 15399; 0 picks a free one)')
    .option('--lifetime <S>', 'lifetime of its access tokens in seconds (default: 3600)')
    .action((o: { json: boolean; port?: string; lifetime?: string }) =>
      runSandbox({
        json: o.json,
        port: portIn('--port', o.port),
        lifetime: o.lifetime === undefined ? undefined : wholeNumber('--lifetime', o.lifetime, 1, MAX_NUMBER),
      }),
    );
}
