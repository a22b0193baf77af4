// SIGUSR1 opens Node's inspector on 127.0.0.1, where every user of the machine may run code in the process.
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { keychainHelperSource } from '../main/vaults/keychain-process.ts';
import { cleanUp, makeFolder, sleep, until } from '../testing/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = path.join(root, 'bin', 'keyfob.mjs');
const free = ['--port', '0', '--no-console', '--vault', 'memory'];

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(cleanUp);

/** Signals a program once it is ready, and gives what it says on standard error. */
async function signalled(child: ChildProcess, ready: RegExp): Promise<string> {
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await until('it is ready', () => ready.test(stdout));
  child.kill('SIGUSR1');
  await sleep(500);
  expect(child.exitCode ?? child.signalCode).toBeNull();
  return stderr;
}

function run(...args: string[]): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, KEYFOB_HOME: path.join(makeFolder(), 'home') };
  delete env['DISPLAY'];
  delete env['WAYLAND_DISPLAY'];
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('SIGUSR1 opens no inspector', () => {
  it('in a Node that does not listen to it, it does: this test can see one', async () => {
    const output = await signalled(run('-e', 'console.log("ready"); setInterval(() => {}, 1000)'), /ready/);
    expect(output).toContain('Debugger listening');
  });

  it.each([
    ['the agent', [bin, 'serve', '--json', ...free]],
    ['the agent of `npm start`', [path.join(root, 'scripts', 'start.mjs'), '--json', ...free]],
    ['the practice vendor', [bin, 'sandbox', '--json', '--port', '0']],
  ])('in %s', async (_name, args) => {
    expect(await signalled(run(...args), /^\{/m)).not.toContain('Debugger listening');
  });

  it('in the process that speaks to the keychain', async () => {
    const child = fork('keytar', [], {
      execArgv: ['-e', `${keychainHelperSource}; console.log('ready');`, '--'],
      silent: true,
    });
    expect(await signalled(child, /ready/)).not.toContain('Debugger listening');
  });
});
