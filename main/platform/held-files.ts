// Files that another program holds for a moment: on Windows a virus scanner, a backup or an indexer that has a file
// open keeps it from being opened or replaced meanwhile. Such an attempt is made again for two seconds.
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';

const codes = ['EPERM', 'EACCES', 'EBUSY'];
const maxWait = 2000;
const firstPause = 20;

/**
 * Does something with a file, again and again for two seconds while another program holds it (Windows); elsewhere
 * once, for there the same codes are refusals that stay. Rejects with the system's own error.
 */
export async function untilFree<T>(
  attempt: () => Promise<T>,
  platform: NodeJS.Platform = process.platform,
): Promise<T> {
  for (let pause = firstPause, waited = 0; ; waited += pause, pause = Math.min(pause * 2, 250)) {
    try {
      return await attempt();
    } catch (error) {
      const held =
        platform === 'win32' &&
        error instanceof Error &&
        'code' in error &&
        codes.includes(String(error.code));
      if (!held || waited >= maxWait) throw error;
      await wait(pause);
    }
  }
}
