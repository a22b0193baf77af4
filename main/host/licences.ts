// The licences of Keyfob and of what it is made of, as `npm run build` collected them.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KeyfobError } from '../api/errors.ts';

/** Beside the running bundle or one of its chunks, or in a checkout's `dist`. */
const candidates = ['../licences.txt', '../../licences.txt', '../../dist/licences.txt'];

/** Reads them. Throws `unexpected` where they were not built. */
export async function readLicences(): Promise<string> {
  const here = path.dirname(fileURLToPath(import.meta.url));
  for (const file of candidates) {
    const text = await readFile(path.join(here, file), 'utf8').catch(() => null);
    if (text !== null) return text;
  }
  throw new KeyfobError('licences_missing', {}, { action: { type: 'build', params: {} } });
}
