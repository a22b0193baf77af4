// Commands about what runs on an event.
import process from 'node:process';
import type { Command } from 'commander';
import type { Client } from '../../endpoint/client.ts';
import { checkId } from '../fields.ts';
import { clean, jsonText } from '../text.ts';

export function describeHooks(program: Command, client: Client): void {
  const command = program.command('hook').description('run commands on events');
  command
    .command('add <EVENT> <COMMAND...>')
    .usage('<EVENT> -- COMMAND ARGS...')
    .description('run a command, without a shell, with the event as JSON on its standard input')
    .action(async (event: string, words: string[]) => {
      const { id } = await client.addHook({ event, command: words });
      process.stdout.write(`${id}\n`);
    });
  command
    .command('list')
    .description('list them')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const hooks = await client.hooks();
      const lines = hooks.map(
        (one) => `${one.id}  ${clean(one.event)}  ${clean(one.command.join(' '), 1000)}\n`,
      );
      process.stdout.write(json ? jsonText(hooks) : lines.join(''));
    });
  command
    .command('remove <ID>')
    .description('remove one')
    .action(async (id: string) => {
      await client.removeHook(checkId(id, 'a hook', 'hook list'));
      process.stdout.write(`Removed: ${clean(id)}.\n`);
    });
}
