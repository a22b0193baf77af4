// Commands about accounts and signing in.
import { Option, type Command } from 'commander';
import type { Client } from '../../endpoint/client.ts';
import { markColors } from '../../api/account-mark.ts';
import {
  addAccount,
  labelAccount,
  listAccounts,
  type LabelOptions,
  logoutAccount,
  refreshAccount,
  removeAccount,
  revokeAccount,
  setAccount,
  useAccount,
} from '../accounts.ts';
import { usage } from '../fail.ts';
import { checkName, wholeNumber } from '../fields.ts';
import { runLogin } from '../login.ts';
import { each, MAX_TIMEOUT } from './options.ts';

/** `--set` and `--secret`, the same for `add` and `set`. */
function withFields(command: Command): Command {
  return command
    .option('--set <FIELD=VALUE>', 'a field that is not secret (repeatable)', each)
    .option('--secret <FIELD>', 'a secret, from a line on standard input or FIELD@FILE (repeatable)', each);
}

export function describeAccounts(program: Command, client: Client): void {
  withFields(
    program
      .command('add <NAME>')
      .description('add an account')
      .requiredOption('--provider <ID>', 'its provider (see `keyfob providers`)')
      .option('--grant <G>', "one of the provider's grants"),
  ).action((name: string, o: { provider: string; grant?: string; set?: string[]; secret?: string[] }) =>
    addAccount(client, name, { ...o, set: o.set ?? [], secret: o.secret ?? [] }),
  );
  withFields(program.command('set <NAME>').description('change fields of an account'))
    .option(
      '--allow-origin <ORIGIN>',
      'also allow sending its secrets to this scheme, host and port (repeatable)',
      each,
    )
    .action((name: string, o: { set?: string[]; secret?: string[]; allowOrigin?: string[] }) => {
      const { set = [], secret = [], allowOrigin = [] } = o;
      if (set.length + secret.length + allowOrigin.length === 0) {
        throw usage('Nothing to change.', 'Give `--set FIELD=VALUE` or `--secret FIELD`.');
      }
      return setAccount(client, name, { set, secret, allowOrigin });
    });
  program
    .command('label <NAME>')
    .description('set display name, environment and look of an account (an empty text removes one)')
    .option('--display-name <T>', 'a name beside the account name')
    .option('--environment <T>', 'production, sandbox, test, or any other')
    .option('--color <C>', markColors.join(', '))
    .option('--letters <L>', 'one or two characters instead of its initials')
    .option('--pin', 'list it first')
    .option('--no-pin', 'do not list it first')
    .option('--ask-before-copy', 'ask before its token is copied in the window or tray')
    .option('--no-ask-before-copy', 'do not ask')
    .action((name: string, o: LabelOptions) => labelAccount(client, name, o));
  program
    .command('login <NAME>')
    .description('sign in')
    .option('--no-open', 'print the address on the first line instead of opening it')
    .option('--paste', 'print the address, and read the redirect address from standard input', false)
    .addOption(
      new Option('--browser', "use the system's browser instead of Keyfob's window")
        .default(false)
        .conflicts('paste'),
    )
    .option(
      '--timeout <S>',
      'seconds to wait (default: 300; with a device code, as long as the code is valid)',
    )
    .action(
      (
        name: string,
        { timeout, ...o }: { open: boolean; paste: boolean; browser: boolean; timeout?: string },
      ) =>
        runLogin(client, checkName(name), {
          ...o,
          ...(timeout === undefined ? {} : { timeout: wholeNumber('--timeout', timeout, 1, MAX_TIMEOUT) }),
        }),
    );
  program
    .command('accounts')
    .aliases(['list', 'ls'])
    .description('list the accounts')
    .option('--json', 'print JSON', false)
    .action((o: { json: boolean }) => listAccounts(client, o.json));
  program
    .command('use <NAME>')
    .description('make an account the default, overall and for its provider')
    .action((name: string) => useAccount(client, name));
  program
    .command('refresh <NAME>')
    .description('refresh its token now')
    .option(
      '--rejected',
      'only if the current token is the one on standard input, which an API rejected',
      false,
    )
    .action((name: string, o: { rejected: boolean }) => refreshAccount(client, name, o));
  program
    .command('revoke <NAME>')
    .description('revoke its tokens at the vendor and forget them')
    .action((name: string) => revokeAccount(client, name));
  program
    .command('logout <NAME>')
    .description('forget its tokens')
    .action((name: string) => logoutAccount(client, name));
  program
    .command('remove <NAME>')
    .alias('rm')
    .description('remove the account, its secrets and its tokens')
    .action((name: string) => removeAccount(client, name));
}
