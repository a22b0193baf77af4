// Commands about what runs on an event.
import path from 'node:path';
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
      // A path is of this folder, not of Keyfob's; a bare name is looked up on Keyfob's own PATH.
      const [program = '', ...args] = words;
      const isPath = program.includes('/') || (process.platform === 'win32' && program.includes('\\'));
      const { id } = await client.addHook({
        event,
        command: [isPath ? path.resolve(program) : program, ...args],
      });
      process.stdout.write(`${id}\n`);
    });
  command
    .command('list')
    .description('list them')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const hooks = await client.hooks();
      const lines = hooks.map(({ id, event, command: words, not_started: why }) => {
        const failed = why === undefined ? '' : `  (not started: the system said ${clean(why)})`;
        return `${id}  ${clean(event)}  ${clean(words.join(' '), 1000)}${failed}\n`;
      });
      process.stdout.write(json ? jsonText(hooks) : lines.join('') || 'No hooks yet.\n');
    });
  command
    .command('remove <ID>')
    .description('remove one')
    .action(async (id: string) => {
      await client.removeHook(checkId(id, 'a hook', 'hook list'));
      process.stdout.write(`Removed: ${clean(id)}.\n`);
    });
}
