// Commands that take accounts to another home.
import type { Command } from 'commander';
import type { Client } from '../../endpoint/client.ts';
import { exportTo, importFrom } from '../transfer.ts';
import type { ExportOptions } from '../transfer.ts';

export function describeTransfer(program: Command, client: Client, setExit: (code: number) => void): void {
  program
    .command('export <FILE>')
    .description('write accounts and own profiles to a file; never tokens or client keys')
    .option('--secrets', 'include secrets, encrypted with a passphrase', false)
    .option('--passphrase-file <F>', 'file with the passphrase')
    .option('--force', 'overwrite an existing file', false)
    .action((file: string, o: ExportOptions) => exportTo(client, file, o));
  program
    .command('import <FILE>')
    .description('add what an exported file contains and is not here yet')
    .option('--passphrase-file <F>', 'file with the passphrase of its secrets')
    .option('--json', 'print JSON', false)
    .action(async (file: string, o: { passphraseFile?: string; json: boolean }) => {
      setExit(await importFrom(client, file, o));
    });
}
