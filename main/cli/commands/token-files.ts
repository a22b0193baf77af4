// Commands about files that hold a token.
import path from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import type { Client } from '../../endpoint/client.ts';
import { checkName } from '../fields.ts';
import { clean, jsonText } from '../text.ts';

export function describeTokenFiles(program: Command, client: Client): void {
  const command = program
    .command('token-file')
    .description('keep tokens in files, for programs that can only read a file');
  command
    .command('add <NAME> <PATH>')
    .description('keep the token of an account in a file while Keyfob runs')
    .option('--id-token', 'the ID token instead', false)
    .action(async (name: string, file: string, { idToken }: { idToken: boolean }) => {
      const added = await client.addTokenFile({
        account: checkName(name),
        path: path.resolve(file),
        ...(idToken ? { id_token: true } : {}),
      });
      const what = idToken ? 'ID token' : 'token';
      process.stdout.write(`The ${what} of ${name} is in ${clean(added.path, 4096)}.\n`);
    });
  command
    .command('list')
    .description('list them')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const files = await client.tokenFiles();
      const line = ({ account, path: file, written, id_token: isIdToken }: (typeof files)[number]): string =>
        `${account}  ${clean(file, 4096)}${isIdToken ? '  ID token' : ''}${written ? '' : '  (no token now: no file)'}\n`;
      process.stdout.write(json ? jsonText(files) : files.map(line).join('') || 'No token files yet.\n');
    });
  command
    .command('remove <PATH>')
    .description('remove one')
    .action(async (file: string) => {
      await client.removeTokenFile(path.resolve(file));
      process.stdout.write(`Removed: ${clean(path.resolve(file), 4096)}.\n`);
    });
}
