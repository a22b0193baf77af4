// What is not secret, in `config.json` through conf (the base of electron-store), with a last good copy.
//
// Invariants: a reader finds the settings of before or after a write, whole; a write resolves once both file
// and copy (`config.json.bak`) are on the disk; a torn file is never overwritten: it is kept aside as
// `config.json.torn-<time>`, the copy is used, and that is told.
//
// What conf does itself (15.1 with atomically 2.1): a temporary file beside the target, fsync of it, rename.
// It does not fsync the folder; and it writes in place, without fsync, where the environment has SNAP (a
// terminal inside a snap is enough) or where Windows answers EXDEV. So the file and its folder are flushed
// here, and the copy is written only then: one of the two is always whole. Keys are never taken apart at
// their dots (an account's name may hold some), and an unreadable file is never cleared.
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import Conf from 'conf';
import { KeyfobError } from '../api/errors.ts';
import type { SettingsStore } from '../accounts/ports.ts';
import {
  sweepTemporaries,
  syncFile,
  systemCode,
  tornName,
  writeAtomically,
} from '../platform/atomic-file.ts';
import { createQueue } from '../platform/serial-queue.ts';

export interface SettingsOptions {
  /** The folder of `config.json`; made when it is not there. */
  readonly folder: string;
  /** Told each sentence that is added to `notices`. */
  readonly onNotice?: (sentence: string) => void;
}

/** The settings, and what a person should be told about their file. */
export type FileSettings = SettingsStore & { readonly notices: readonly string[] };

/**
 * Opens the settings of a folder. Throws `unexpected`, naming the file, when it and its copy are torn or
 * when it cannot be read; nothing is overwritten then. `write` takes an object and rejects with `unexpected`.
 */
export async function openSettings(options: SettingsOptions): Promise<FileSettings> {
  const file = path.join(options.folder, 'config.json');
  const copy = `${file}.bak`;
  const notices: string[] = [];
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await sweepTemporaries(file);
  await mend(file, copy, (sentence) => {
    notices.push(sentence);
    options.onNotice?.(sentence);
  });
  const conf = new Conf<Record<string, unknown>>({
    cwd: options.folder,
    configName: 'config',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: false,
  });
  let current = { ...conf.store };
  const inTurn = createQueue();
  return {
    notices,
    read: () => structuredClone(current),
    write: (settings) =>
      inTurn(async () => {
        if (!isObject(settings)) throw new TypeError('settings must be an object');
        // A copy as JSON has it: conf may add to what it is given, and the caller may go on changing it.
        const next: unknown = JSON.parse(JSON.stringify(settings));
        if (!isObject(next)) throw new TypeError('settings must be an object');
        try {
          conf.store = { ...next };
          await syncFile(file);
          await writeAtomically(copy, await readFile(file, 'utf8'));
        } catch (error) {
          throw new KeyfobError(
            'unexpected',
            `The settings ${file} cannot be written (${systemCode(error)}).`,
            {
              hint: 'Look whether the disk is full and the folder is yours.',
              cause: error,
            },
          );
        }
        current = next;
      }),
  };
}

type State = 'missing' | 'good' | 'torn';

async function stateOf(file: string): Promise<State> {
  try {
    return isObject(JSON.parse(await readFile(file, 'utf8'))) ? 'good' : 'torn';
  } catch (error) {
    if (error instanceof SyntaxError) return 'torn';
    if (systemCode(error) === 'ENOENT') return 'missing';
    throw new KeyfobError('unexpected', `The settings ${file} cannot be read (${systemCode(error)}).`, {
      hint: 'Give yourself the right to read the file.',
      cause: error,
    });
  }
}

async function mend(file: string, copy: string, tell: (sentence: string) => void): Promise<void> {
  const state = await stateOf(file);
  if (state === 'good') return;
  const copyState = await stateOf(copy);
  if (copyState === 'missing' && state === 'missing') return;
  if (copyState !== 'good') {
    const bad = state === 'torn' ? file : copy;
    throw new KeyfobError('unexpected', `The settings ${bad} are damaged, and no good copy is left.`, {
      hint: 'Mend the file by hand (it is JSON), or move it and its `.bak` away to begin with none. Nothing was overwritten.',
    });
  }
  if (state === 'torn') {
    const aside = tornName(file);
    await rename(file, aside);
    tell(
      `The settings ${file} were damaged; the last good copy is used, and the damaged file is kept as ${aside}.`,
    );
  } else {
    tell(`The settings ${file} were missing; the last good copy is used.`);
  }
  // Through a temporary name, so that a crash here leaves the file missing and the copy whole.
  const temporary = `${file}.tmp-0`;
  await copyFile(copy, temporary);
  await rename(temporary, file);
  await syncFile(file);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
