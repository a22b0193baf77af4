// Runs a program again and again, killed (kill -9) at the first call that changes something below a folder, then at
// the second, and so on until it ends by itself: before each call, and in the middle of each write.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export interface KillPoint {
  /** Which call it was killed at, for messages: `7`, `write 3, torn`. */
  readonly at: string;
  /** What it left, in a copy of its own. */
  readonly folder: string;
  /** What it said on standard output before. */
  readonly said: string;
}

/** Whether this machine can: Linux with a C compiler. */
export function canKill(): boolean {
  return process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
}

/** Builds what is loaded into the program; the file. */
export function buildKiller(scratch: string): string {
  const killer = path.join(scratch, 'kill-points.so');
  const source = fileURLToPath(new URL('kill-points.c', import.meta.url));
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', killer, source, '-ldl']);
  return killer;
}

/**
 * Runs `command` in a copy of `template` at each point, and has each judged; the number of points. The program gets
 * the copy's path as its last argument. Throws when it never ends by itself.
 */
export async function killEverywhere(
  killer: string,
  template: string,
  command: readonly string[],
  judge: (point: KillPoint) => Promise<void>,
): Promise<number> {
  const folder = `${template}-run`;
  let points = 0;
  for (const torn of [false, true]) {
    for (let at = 1; ; at += 1) {
      if (at > 500) throw new Error('the program never ended by itself');
      rmSync(folder, { recursive: true, force: true });
      if (existsSync(template)) cpSync(template, folder, { recursive: true });
      else mkdirSync(folder);
      const [program = '', ...args] = command;
      const ran = spawnSync(program, [...args, folder], {
        encoding: 'utf8',
        env: {
          ...process.env,
          LD_PRELOAD: killer,
          KEYFOB_KILL_FOLDER: folder,
          KEYFOB_KILL_AT: String(at),
          ...(torn ? { KEYFOB_KILL_TORN: '1' } : {}),
        },
      });
      if (ran.signal !== 'SIGKILL' && ran.status !== 0) throw new Error(ran.stderr);
      await judge({ at: torn ? `write ${at}, torn` : String(at), folder, said: ran.stdout });
      if (ran.signal !== 'SIGKILL') break;
      points += 1;
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return points;
}
