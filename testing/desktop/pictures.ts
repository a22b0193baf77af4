// Pictures of the desktop and of single pages, kept in `test-results/desktop/`.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'test-results', 'desktop');

/** Takes a picture of a page, or of the whole screen when none is said, and gives its path. */
export async function takePicture(env: NodeJS.ProcessEnv, name: string, page?: Page): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.png`);
  if (page !== undefined) {
    await page.screenshot({ path: file });
    return file;
  }
  const { status } = spawnSync('import', ['-window', 'root', file], { env, timeout: 20_000 });
  if (status !== 0) throw new Error('The screen could not be kept as a picture.');
  return file;
}
