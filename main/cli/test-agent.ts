// For tests: a real agent in a home of its own, its vault in memory, with accounts of the practice vendor.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PracticeAccount } from '../sandbox/index.ts';
import { entry, keyfob, makeHome, start } from './test-host.ts';
import type { Ended, Running } from './test-host.ts';

export interface TestAgent {
  readonly home: string;
  /** A folder for the test's own files. */
  readonly folder: string;
  /** A folder with `keyfob` in it, for a PATH. */
  readonly bin: string;
  /** `http://127.0.0.1:PORT` of the endpoint. */
  readonly endpoint: string;
  /** The practice accounts by name. */
  readonly practice: ReadonlyMap<string, PracticeAccount>;
  run(args: readonly string[], input?: string, env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Adds a practice account, signs it in, and gives the token it got. */
  signIn(name: string, as?: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts an agent in a home, with a memory vault and a free port. */
export async function startAgent(home: string): Promise<{ running: Running; endpoint: string }> {
  const args = ['serve', '--vault', 'memory', '--port', '0', '--no-console', '--json'];
  // A home is never the user's own folder.
  const running = start(home, args, undefined, { HOME: path.dirname(home) });
  const line = await running.firstLine;
  if (line === '') throw new Error(`the agent did not start: ${(await running.ended).err}`);
  return { running, endpoint: (JSON.parse(line) as { endpoint: string }).endpoint };
}

/** Starts an agent and the practice vendor. */
export async function startTestAgent(): Promise<TestAgent> {
  const folder = await makeHome();
  const home = path.join(folder, 'home');
  const bin = path.join(folder, 'bin');
  await Promise.all([mkdir(home), mkdir(bin)]);
  await writeFile(path.join(bin, 'keyfob'), `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`);
  await chmod(path.join(bin, 'keyfob'), 0o755);
  const vendor = start(home, ['sandbox', '--json', '--port', '0']);
  const { running: agent, endpoint } = await startAgent(home);
  const { accounts } = JSON.parse(await vendor.firstLine) as { accounts: PracticeAccount[] };
  const practice = new Map(accounts.map((account) => [account.name, account]));
  const run: TestAgent['run'] = (args, input, env) => keyfob(home, args, input, { HOME: folder, ...env });
  return {
    home,
    folder,
    bin,
    endpoint,
    practice,
    run,
    async signIn(name, as = name) {
      const known = practice.get(name);
      if (known === undefined) throw new Error(`no practice account ${name}`);
      const settings = Object.entries(known.settings).flatMap(([field, value]) => [
        '--set',
        `${field}=${value}`,
      ]);
      const secrets = Object.keys(known.secrets).flatMap((field) => ['--secret', field]);
      const lines = Object.values(known.secrets).map((value) => `${value}\n`);
      const args = ['add', as, '--provider', known.provider, '--grant', known.grant, ...settings, ...secrets];
      for (const step of [await run(args, lines.join('')), await run(['login', as])]) {
        if (step.code !== 0) throw new Error(step.err);
      }
      return (await run(['token', as])).out.trim();
    },
    async close() {
      for (const running of [agent, vendor]) {
        running.child.kill('SIGTERM');
        await running.ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
