// Runs a program again and again, killed (kill -9) at the first call that changes something below a folder, then at
// the second, and so on until it ends by itself: before each call, and in the middle of each write.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import process from 'node:process';
import { openFaults } from './faults.ts';

export { buildFaults, canInjectFaults } from './faults.ts';

export interface KillPoint {
  /** Which call it was killed at, for messages: `7 (rename vault.json)`, `write 3, torn (write vault.json)`. */
  readonly at: string;
  /** What it left, in a copy of its own. */
  readonly folder: string;
  /** What it said on standard output before. */
  readonly output: string;
}

/**
 * Runs `command` in a copy of `template` at each point, and has each judged; the number of points. The program gets
 * the copy's path as its last argument; `library` comes from `buildFaults`. Throws when it never ends by itself.
 */
export async function killEverywhere(
  library: string,
  template: string,
  command: readonly string[],
  judge: (point: KillPoint) => Promise<void>,
): Promise<number> {
  const folder = `${template}-run`;
  const faults = openFaults(library, `${template}-faults`, folder);
  let points = 0;
  for (const fault of ['kill', 'tear'] as const) {
    for (let at = 1; ; at += 1) {
      if (at > 500) throw new Error('the program never ended by itself');
      rmSync(folder, { recursive: true, force: true });
      if (existsSync(template)) cpSync(template, folder, { recursive: true });
      else mkdirSync(folder);
      faults.arm(fault, at);
      const [program = '', ...args] = command;
      const ran = spawnSync(program, [...args, folder], {
        encoding: 'utf8',
        env: { ...process.env, ...faults.env },
      });
      if (ran.signal !== 'SIGKILL' && ran.status !== 0) throw new Error(ran.stderr);
      const call = faults.struck() ? ` (${faults.lines().at(at - 1) ?? ''})` : '';
      const named = fault === 'kill' ? String(at) : `write ${String(at)}, torn`;
      await judge({ at: `${named}${call}`, folder, output: ran.stdout });
      if (ran.signal !== 'SIGKILL') break;
      points += 1;
    }
  }
  faults.close();
  rmSync(folder, { recursive: true, force: true });
  return points;
}
