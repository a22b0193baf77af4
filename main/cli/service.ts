// `keyfob service`: the agent as a service that begins with the user's session.
//
// Invariant: a file that does not bear our mark is neither replaced nor removed.
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { appImageOf } from '../platform/installation.ts';
import { homePaths } from '../platform/paths.ts';
import { MARK, serviceOf, startLine } from './service-files.ts';
import type { Service } from './service-files.ts';
import { commandError, usage } from './fail.ts';
import { asTyped, clean, jsonText } from './text.ts';

export interface ServiceOptions {
  readonly vault?: string;
  readonly passphraseFile?: string;
  readonly port?: string;
  readonly tcp: boolean;
  readonly console: boolean;
  readonly guestSocket?: string;
  readonly oidcAgent: boolean;
}

/** Writes the service's file and starts it. Resolves with the exit code: 1 when it could not be started. */
export async function installService(options: ServiceOptions): Promise<number> {
  const { vault, passphraseFile, port, guestSocket } = options;
  if (vault === 'file' && passphraseFile === undefined) {
    throw usage(
      'A service cannot ask for the passphrase of the vault file.',
      'Give a file that contains it: `--passphrase-file F`.',
    );
  }
  const args = [
    ...(vault === undefined ? [] : ['--vault', vault]),
    ...(passphraseFile === undefined ? [] : ['--passphrase-file', path.resolve(passphraseFile)]),
    ...(port === undefined ? [] : ['--port', port]),
    ...(options.tcp ? [] : ['--no-tcp']),
    ...(options.console ? [] : ['--no-console']),
    ...(guestSocket === undefined ? [] : ['--guest-socket', path.resolve(guestSocket)]),
    ...(options.oidcAgent ? ['--oidc-agent'] : []),
  ];
  if (appImageOf(path.dirname(process.execPath), process.env) !== null) {
    throw usage(
      'An AppImage is mounted at another place at each start, where no service would find it.',
      'Let the application start with your session: its settings have that.',
    );
  }
  const service = thisService(args);
  await checkOurs(service);
  await mkdir(path.dirname(service.file), { recursive: true });
  await writeFile(service.file, service.text, { mode: 0o600 });
  process.stdout.write(`Written: ${service.file}\n`);
  return runAll(service.install, 'Running. Starts at login.');
}

export async function removeService(): Promise<number> {
  const service = thisService([]);
  if (!existsSync(service.file)) {
    process.stdout.write('No service is installed.\n');
    return 0;
  }
  await checkOurs(service);
  const [stop = [], ...rest] = service.remove;
  // Stopped while its file is there; what is not running is no hindrance.
  const stopped = await run(stop);
  await rm(service.file);
  for (const command of rest) await run(command);
  process.stdout.write(`Removed: ${service.file}\n`);
  if (stopped === null) return 0;
  process.stdout.write(`It may keep running until your session ends: ${stopped}\n`);
  return 0;
}

export async function showService(json: boolean): Promise<void> {
  const service = thisService([]);
  const installed = existsSync(service.file);
  const running = (await run(service.running)) === null;
  if (json) {
    process.stdout.write(jsonText({ kind: service.kind, file: service.file, installed, running }));
    return;
  }
  const how = installed
    ? `Installed: ${service.file}`
    : asTyped('Not installed. Install it with `keyfob service install`.', process.env);
  process.stdout.write(`${how}\n${running ? 'Running.' : 'Not running as a service.'}\n`);
}

function thisService(args: readonly string[]): Service {
  const facts = {
    node: process.execPath,
    script: realpathSync(process.argv[1] ?? ''),
    home: homePaths(process.env).home,
    args,
  };
  const service = serviceOf(process.platform, facts, process.env);
  if (service !== null) return service;
  throw usage(
    'Services are supported on Linux (systemd) and macOS (launchd) only.',
    `Have your system start this at sign-in: ${startLine(process.platform, facts)}`,
  );
}

async function checkOurs({ file }: Service): Promise<void> {
  const found = await readFile(file, 'utf8').catch(() => null);
  if (found === null || found.includes(MARK)) return;
  throw commandError('already_exists', `${file} was not written by Keyfob.`, 'Move it away first.');
}

/** Runs commands one after another until one fails; says what is left to do then. */
async function runAll(commands: readonly (readonly string[])[], done: string): Promise<number> {
  for (const [index, command] of commands.entries()) {
    const why = await run(command);
    if (why === null) continue;
    const rest = commands.slice(index).map((one) => one.join(' '));
    process.stderr.write(`Not started: ${why}\nRun in your own session: ${rest.join(' && ')}\n`);
    return 1;
  }
  process.stdout.write(`${done}\n`);
  return 0;
}

/** Runs a command; null when it ended with 0, else why not. */
async function run([program = '', ...args]: readonly string[]): Promise<string | null> {
  try {
    await promisify(execFile)(program, args, { windowsHide: true });
    return null;
  } catch (error) {
    if (!(error instanceof Error)) return 'unknown';
    if ('code' in error && error.code === 'ENOENT') return `${program} is not installed.`;
    const output = 'stderr' in error && typeof error.stderr === 'string' ? clean(error.stderr, 300) : '';
    return output === '' ? `${program} failed.` : output;
  }
}
