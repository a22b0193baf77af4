// Commands about provider profiles.
import type { Command } from 'commander';
import type { Client } from '../../endpoint/client.ts';
import { addProvider, checkProvider, listProviders, printProfileSchema, showProvider } from '../providers.ts';

export function describeProviders(program: Command, client: Client): void {
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
