// The commands about the host itself: status, stop, lock, unlock, console, doctor.
import { setTimeout as wait } from 'node:timers/promises';
import type { StatusAnswer } from '../api/status.ts';
import type { Finding } from '../agent/doctor.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Client } from '../endpoint/client.ts';
import { isPackaged } from '../platform/installation.ts';
import { commandError, usage } from './fail.ts';
import { readLine, readSecretFile } from './input.ts';
import { openAddress } from './open-address.ts';
import { writeNew } from './transfer.ts';
import { asTyped, clean, commandName, jsonText } from './text.ts';

export async function showStatus(client: Client, json: boolean): Promise<void> {
  const status = await client.status();
  process.stdout.write(json ? jsonText(status) : statusText(status));
}

/** The status for a person. */
export function statusText(status: StatusAnswer): string {
  const { vault } = status;
  const rows: [string, string][] = [
    ['Keyfob', `${status.version}, ${status.host}, process ${status.pid}`],
    ['Home', status.home ?? 'the usual places (KEYFOB_HOME is not set)'],
    ['Socket', status.socket],
    ['Endpoint', status.endpoint ?? 'none on TCP'],
    ['Console', status.console ?? 'none'],
    [
      'Vault',
      `${vault.kind}, ${vault.away !== null ? 'away' : vault.locked ? 'locked' : 'open'}${vault.why === null ? '' : ` (${vault.why})`}`,
    ],
    ['Accounts', String(status.accounts)],
    ...refusals(status),
    ...status.notices.map((notice): [string, string] => ['Note', notice]),
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(10)}${clean(value)}\n`).join('');
}

/** Requests that were turned away, when there were any. */
function refusals({ refused }: StatusAnswer): [string, string][] {
  const counted = Object.entries(refused).map(([code, count]) => `${count} ${code}`);
  return counted.length === 0 ? [] : [['Refused', counted.join(', ')]];
}

/** Ms between two looks whether it has ended. */
const lookAgain = 100;
/** Ms that it may take: a refresh token under way is kept first, within 25 s. */
const endWithin = 28_000;

/** Asks the host to end, and waits until it has. Throws `unexpected` when it does not. */
export async function stopHost(client: Client): Promise<void> {
  const { pid } = await client.status();
  await client.stop();
  for (let waited = 0; waited < endWithin; waited += lookAgain) {
    if (!isAlive(pid)) {
      process.stdout.write('Keyfob has ended.\n');
      return;
    }
    await wait(lookAgain);
  }
  throw commandError(
    'unexpected',
    `Keyfob (process ${String(pid)}) is not ending.`,
    'See its last output; end the process itself if nothing else helps.',
  );
}

/** Its socket is closed sooner than it ends, where a refresh token is still under way. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** `keyfob` alone: what runs, and what to do next. Nothing that is missing is an error here. */
export async function showOverview(client: Client): Promise<void> {
  const name = commandName(process.env);
  const next = (text: string): void =>
    void process.stdout.write(`\n${text} \`${name} --help\` lists the commands.\n`);
  const status = await client.status().catch((error: unknown) => {
    if (error instanceof KeyfobError && error.code === 'not_running') return null;
    throw error;
  });
  if (status === null) {
    process.stdout.write('No Keyfob is running for this home.\n');
    return next(
      `Next: start ${isPackaged() ? 'the application' : 'it with `npm start`'} or \`${name} serve\`.`,
    );
  }
  process.stdout.write(statusText(status));
  next(`Next: ${await nextStep(client, status, name)}.`);
}

async function nextStep(client: Client, { vault }: StatusAnswer, name: string): Promise<string> {
  if (vault.locked) return `\`${name} unlock\``;
  const accounts = await client.accounts();
  if (accounts.length === 0) return `\`${name} add NAME --provider ID\` (\`${name} providers\` lists them)`;
  const signedOut = accounts.find(({ state }) => state === 'signed_out' || state === 'sign_in_needed');
  const { name: selected } = accounts.find((account) => account.selected) ?? {};
  if (signedOut !== undefined && (selected === undefined || signedOut.name === selected))
    return `\`${name} login ${clean(signedOut.name)}\``;
  return selected === undefined
    ? `\`${name} use NAME\` (\`${name} accounts\` lists them)`
    : `\`${name} token\` prints the token of ${clean(selected)}`;
}

export async function lockHost(client: Client): Promise<void> {
  await client.lock();
  process.stdout.write(asTyped('Locked. `keyfob unlock` opens it again.\n', process.env));
}

export async function unlockHost(
  client: Client,
  { passphraseFile, newVault = false }: { readonly passphraseFile?: string; readonly newVault?: boolean },
): Promise<void> {
  const { vault } = await client.status();
  if (!vault.locked && vault.away === null) {
    process.stdout.write('Keyfob is not locked.\n');
    return;
  }
  const passphrase = vault.kind === 'file' ? await readPassphrase(passphraseFile) : undefined;
  const { locked } = await client.unlock(passphrase, newVault);
  if (locked) {
    throw commandError('vault_locked', 'The vault is still locked.', 'Run `keyfob doctor`.');
  }
  process.stdout.write('Unlocked.\n');
}

async function readPassphrase(file: string | undefined): Promise<string> {
  const passphrase =
    file === undefined
      ? await readLine('Passphrase (not shown): ')
      : // As `serve --passphrase-file` reads it: the first line.
        ((await readSecretFile(file)).split(/\r?\n/, 1)[0] ?? '');
  if (passphrase === null || passphrase === '') {
    throw usage(
      'No passphrase given.',
      'Give it on one line of standard input, or in a file: `keyfob unlock --passphrase-file F`.',
    );
  }
  return passphrase;
}

export async function openConsole(client: Client, open: boolean): Promise<void> {
  const { url, confirmation_code: digits } = await client.console();
  process.stdout.write(`${clean(url, 10_000)}\n`);
  if (digits && process.stderr.isTTY) {
    process.stderr.write(`If the page asks for six digits: ${clean(digits)}\n`);
  }
  if (open) await openAddress(url, true);
}

export async function runDoctor(
  client: Client,
  { json, bundle }: { readonly json: boolean; readonly bundle?: string },
): Promise<void> {
  if (bundle !== undefined) return writeBundle(client, bundle);
  const { inspect } = await import('../agent/doctor.ts');
  const findings = await inspect(process.env);
  process.stdout.write(json ? jsonText(findings) : doctorText(findings));
}

/** Writes the bundle to a new file, or prints it. */
async function writeBundle(client: Client, file: string): Promise<void> {
  const { collectBundle } = await import('../agent/bundle.ts');
  const text = await collectBundle(client, process.env);
  if (file === '-') {
    process.stdout.write(text);
    return;
  }
  await writeNew(file, text, false);
  process.stderr.write(
    `${clean(file)} contains the results, the state of the accounts and the end of the log, without secrets and without names of accounts, hosts or yourself. Read it before you send it.\n`,
  );
}

/** The findings for a person. */
function doctorText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(({ name, ok, detail, hint }) => {
    const first = `${ok ? 'ok ' : 'no '}  ${name.padEnd(width)}  ${clean(detail)}\n`;
    return hint === null ? first : `${first}${' '.repeat(width + 7)}${clean(hint)}\n`;
  });
  return lines.join('');
}
