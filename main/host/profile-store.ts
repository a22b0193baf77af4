// Own provider profiles, one file each: `<folder>/<id>.json`.
//
// Invariants: an id is `[a-z0-9][a-z0-9-]{0,63}`, so that no id leaves the folder; files of other names are
// not profiles and are left alone; a profile is written whole or not at all; one that cannot be read is listed with the
// reason, and stays where it is until another is written in its place.
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import type { ProfileStore } from '../providers/registry.ts';
import { replaceFiles, setStrayAside, systemCode } from '../platform/atomic-file.ts';
import { decodeText } from '../platform/text-encoding.ts';

const idPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Opens the profiles of a folder, which need not be there yet. `list` gives them by id in order and throws
 * `unexpected` when the folder cannot be read; `write` throws `bad_request` for an id of another form, `unexpected`
 * when it cannot be written.
 */
export function openProfileStore(folder: string): ProfileStore {
  return {
    async list() {
      const names = await readdir(folder).catch((error: unknown) => {
        if (systemCode(error) === 'ENOENT') return [];
        throw new KeyfobError('profile_unreadable', codeOf(folder, error), { cause: error });
      });
      const ids = names
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .filter((id) => idPattern.test(id))
        .sort();
      return Promise.all(
        ids.map(async (id) => {
          const file = path.join(folder, `${id}.json`);
          try {
            return { id, text: await readProfileFile(file) };
          } catch (error) {
            return { id, unreadable: message('profile_not_read', codeOf(file, error)) };
          }
        }),
      );
    },
    async write(id, text) {
      if (!idPattern.test(id)) {
        throw new KeyfobError('provider_id', { id }, { field: 'id' });
      }
      const file = path.join(folder, `${id}.json`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        setStrayAside(file);
        await replaceFiles([file], text);
      } catch (error) {
        throw new KeyfobError('profile_unwritable', codeOf(file, error), { cause: error });
      }
    },
  };
}

/** The text of a profile's file. A pipe is not waited for. */
async function readProfileFile(file: string): Promise<string> {
  const found = await stat(file);
  if (!found.isFile() && !found.isDirectory()) throw Object.assign(new Error('no file'), { code: 'EINVAL' });
  return decodeText(await readFile(file));
}

function codeOf(file: string, cause: unknown): { file: string; code: string } {
  return { file, code: systemCode(cause) };
}
