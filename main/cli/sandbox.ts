// `keyfob sandbox`: runs the practice vendor, and says what to type to practise with it.
import { commandName, jsonText } from './text.ts';
import type { PracticeAccount, SandboxDescription } from '../sandbox/index.ts';
import { endSignals } from '../platform/end-signals.ts';
import { powershellArgument, powershellQuoted, shellArgument } from '../platform/shell-quoting.ts';
import { commandError } from './fail.ts';

export interface SandboxOptions {
  readonly json: boolean;
  readonly port?: number | undefined;
  /** Seconds that access tokens live. */
  readonly lifetime?: number | undefined;
}

/** Runs the practice vendor until SIGINT or SIGTERM. */
export async function runSandbox(options: SandboxOptions): Promise<void> {
  const { SANDBOX_PORT, startSandbox } = await import('../sandbox/index.ts');
  const ended = new Promise<void>((resolve) => {
    for (const signal of endSignals) process.once(signal, () => resolve());
  });
  const sandbox = await startSandbox({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.lifetime === undefined ? {} : { lifetime: options.lifetime }),
  }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw commandError(
      'bad_request',
      `Port ${options.port ?? SANDBOX_PORT} is not free.`,
      'Choose another with `--port N`, or `--port 0` for a free one.',
      error,
    );
  });
  const { description } = sandbox;
  if (options.json) process.stdout.write(jsonText(description));
  else process.stdout.write(sandboxText(description, commandName(process.env)));
  await ended;
  await sandbox.close();
}

/** The practice vendor for a person: address, credentials, and the commands for each account. */
function sandboxText(
  description: Pick<SandboxDescription, 'url' | 'person' | 'accounts'>,
  command: string,
): string {
  const { url, person, accounts } = description;
  const paragraphs = [
    `The practice vendor is running at ${url} (press Ctrl-C to end it).\n`,
    `Sign in on its pages as ${person.username} with the password: ${person.password}\n`,
    'Paste any of these into another terminal:\n',
    ...accounts.map((account) => `# ${account.provider}, ${account.grant}\n${commandsFor(account, command)}`),
    `Then \`${command} token NAME\` prints a token.\n`,
  ];
  return paragraphs.join('\n');
}

/** `keyfob add` and `keyfob login` for an account, ready for a POSIX shell, or for PowerShell. */
export function commandsFor(
  account: PracticeAccount,
  command = 'keyfob',
  powershell = process.platform === 'win32',
): string {
  const secrets = Object.entries(account.secrets);
  const word = powershell ? powershellArgument : shellArgument;
  const values = secrets.map(([, value]) => (powershell ? powershellQuoted(value) : shellArgument(value)));
  const print = powershell ? values.join(', ') : `printf '%s\\n' ${values.join(' ')}`;
  const given = secrets.length === 0 ? '' : `${print} | `;
  const args = ['add', account.name, '--provider', account.provider, '--grant', account.grant];
  for (const [field, value] of Object.entries(account.settings)) args.push('--set', `${field}=${value}`);
  for (const [field] of secrets) args.push('--secret', field);
  return `${given}${command} ${args.map(word).join(' ')}\n${command} login ${word(account.name)}\n`;
}
