// What the tests of the clients in `packages/` share: accounts of the practice vendor whose tokens stand in different places, where
// the socket is looked for, and the module for Python.
import { execFile } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

import { startAgent, startPractice, type Agent, type Practice } from './program.ts';

/** Starts an agent with accounts that are signed in at a practice vendor. */
export async function startWithAccounts(): Promise<{ agent: Agent; practice: Practice }> {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  for (const name of ['practice-eptura', 'practice-ioffice-query', 'practice-organization']) {
    await agent.add(practice.account(name));
    await agent.done(['login', name]);
  }
  return { agent, practice };
}

const long = path.join('/tmp', 'x'.repeat(120));
/** Environments of different sockets: homes, long ones among them, and places of the session. */
export const socketEnvironments: readonly Readonly<Record<string, string>>[] = [
  {},
  { KEYFOB_HOME: '/tmp/some home' },
  { KEYFOB_HOME: long },
  { KEYFOB_HOME: long, XDG_RUNTIME_DIR: '/run/user/1000' },
  { KEYFOB_HOME: 'relative/../home' },
  { KEYFOB_HOME: '', XDG_RUNTIME_DIR: '/run/user/1000' },
  { XDG_RUNTIME_DIR: 'relative', XDG_STATE_HOME: '/tmp/state' },
  { XDG_RUNTIME_DIR: long },
];

/** The folder of the module for Python, for a PYTHONPATH. */
export const pythonClient = path.join(import.meta.dirname, '..', 'packages', 'client-python');

/** Runs a script in Python that can import that module; gives what it printed, throws with its `stderr`. */
export async function runPython(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await promisify(execFile)('python3', ['-B', '-c', script], {
    env: { PATH: process.env['PATH'], PYTHONPATH: pythonClient, ...env },
  });
  return stdout;
}
