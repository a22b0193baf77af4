// Own provider profiles, one file each: `<folder>/<id>.json`.
//
// Invariants: an id is `[a-z0-9][a-z0-9-]{0,63}`, so that no id leaves the folder; files of other names are
// not profiles and are left alone; a profile is written atomically.
import { mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { KeyfobError } from '../api/errors.ts';
import type { ProfileStore } from '../providers/registry.ts';
import { systemCode, writeAtomically } from '../platform/atomic-file.ts';

const idPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Opens the profiles of a folder, which need not be there yet. `list` gives them by id in order and throws
 * `unexpected` naming a file that cannot be read; `write` throws `bad_request` for an id of another form.
 */
export function openProfileStore(folder: string): ProfileStore {
  return {
    async list() {
      const names = await readdir(folder).catch((error: unknown) => {
        if (systemCode(error) === 'ENOENT') return [];
        throw unreadable(folder, error);
      });
      const ids = names
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
        .filter((id) => idPattern.test(id))
        .sort();
      return Promise.all(
        ids.map(async (id) => {
          const file = path.join(folder, `${id}.json`);
          const text = await readFile(file, 'utf8').catch((error: unknown) => {
            throw unreadable(file, error);
          });
          return { id, text };
        }),
      );
    },
    async write(id, text) {
      if (!idPattern.test(id)) {
        throw new KeyfobError('provider_id', { id }, { field: 'id' });
      }
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeAtomically(path.join(folder, `${id}.json`), text);
    },
  };
}

function unreadable(file: string, cause: unknown): KeyfobError {
  return new KeyfobError('profile_unreadable', { file, code: systemCode(cause) }, { cause });
}
