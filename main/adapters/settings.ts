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
import { message, type Message } from '../api/problems/index.ts';
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
  /** Told each that is added to `notices`. */
  readonly onNotice?: (notice: Message) => void;
}

/** The settings, and what a person should be told about their file. */
export type FileSettings = SettingsStore & { readonly notices: readonly Message[] };

/**
 * Opens the settings of a folder. Throws `unexpected`, naming the file, when it and its copy are torn or
 * when it cannot be read; nothing is overwritten then. `write` takes an object and rejects with `unexpected`.
 */
export async function openSettings(options: SettingsOptions): Promise<FileSettings> {
  const file = path.join(options.folder, 'config.json');
  const copy = `${file}.bak`;
  const notices: Message[] = [];
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await sweepTemporaries(file);
  await mend(file, copy, (notice) => {
    notices.push(notice);
    options.onNotice?.(notice);
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
          throw new KeyfobError('settings_unwritable', { file, code: systemCode(error) }, { cause: error });
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
    throw new KeyfobError('settings_unreadable', { file, code: systemCode(error) }, { cause: error });
  }
}

async function mend(file: string, copy: string, tell: (notice: Message) => void): Promise<void> {
  const state = await stateOf(file);
  if (state === 'good') return;
  const copyState = await stateOf(copy);
  if (copyState === 'missing' && state === 'missing') return;
  if (copyState !== 'good') {
    throw new KeyfobError('settings_damaged', { file: state === 'torn' ? file : copy });
  }
  if (state === 'torn') {
    const aside = tornName(file);
    await rename(file, aside);
    tell(message('settings_were_damaged', { file, aside }));
  } else {
    tell(message('settings_were_missing', { file }));
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
