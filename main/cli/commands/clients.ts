// Commands about who is let in: client keys and approvals.
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Client } from '../../endpoint/client.ts';
import { addClient, approve, APPROVE_RULES, listClients, removeClient } from '../clients.ts';
import type { ClientOptions } from '../clients.ts';

export function describeClients(program: Command, client: Client): void {
  const group = program.command('client').description('manage keys for local programs');
  group
    .command('add <NAME>')
    .description('create a key; it is printed only once')
    .option('--accounts <A,B>', 'the accounts it may use (default: all, including future ones)')
    .option('--scopes <S,T>', 'the scopes it may get tokens of (default: any)')
    .option('--for <TIME>', 'how long the key works, such as 90d or 12h (default: until it is removed)')
    .addOption(new Option('--expires <TIME>', 'the same as --for').hideHelp())
    .addOption(
      new Option('--approve <RULE>', 'whether a person is asked (default: always approved)').choices(
        APPROVE_RULES,
      ),
    )
    .action((name: string, o: ClientOptions) => addClient(client, name, o));
  group
    .command('list')
    .description('list the clients')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => listClients(client, o.json));
  group
    .command('remove <NAME>')
    .description('remove a client; its key stops working')
    .action((name: string) => removeClient(client, name));
  program
    .command('approve [ID]')
    .description('list pending requests, or answer one')
    .option('--deny', 'deny it', false)
    .option('--json', 'print the list as JSON', false)
    .action((id: string | undefined, o: { deny: boolean; json: boolean }) => approve(client, id, o));
}
