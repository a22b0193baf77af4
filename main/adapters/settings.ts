// What is not secret, in `config.json`, with a last good copy.
//
// Invariants: a reader finds the settings of before or after a write, whole; a write resolves once both file
// and copy (`config.json.bak`) are on the disk, and one that fails leaves the settings of before; a torn file is
// never overwritten: it is kept aside as `config.json.torn-<time>`, the copy is used, and that is told. Nor is one
// that somebody changed while Keyfob ran: it is kept as `config.json.changed-<time>`, and told.
//
// Not written through conf (15.1 with atomically 2.1), which takes a write that a full disk cut short for a whole one
// and puts it in the file's place, does not flush the folder, and writes in place where the environment has SNAP.
import { copyFile, mkdir, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { SettingsStore } from '../accounts/ports.ts';
import {
  sweepTemporaries,
  syncFile,
  systemCode,
  asideName,
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
export type FileSettings = Required<SettingsStore> & { readonly notices: readonly Message[] };

/**
 * Opens the settings of a folder. Throws `unexpected`, naming the file, when it and its copy are torn or
 * when it cannot be read; nothing is overwritten then. `write` takes an object and rejects with `unexpected`.
 */
export async function openSettings(options: SettingsOptions): Promise<FileSettings> {
  const file = path.join(options.folder, 'config.json');
  const copy = `${file}.bak`;
  const notices: Message[] = [];
  const tell = (notice: Message): void => {
    notices.push(notice);
    options.onNotice?.(notice);
  };
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  await sweepTemporaries(file);
  await mend(file, copy, tell);
  const source = await textOf(file);
  let current: Record<string, unknown> = source === null ? {} : parse(source);
  let written = source;
  const inTurn = createQueue();

  const keepAsideChanged = async (): Promise<void> => {
    const found = await textOf(file);
    if (found === null || found === written) return;
    const aside = asideName(file, 'changed');
    await writeAtomically(aside, found);
    tell(message('settings_changed_meanwhile', { file, aside }));
  };
  /** A file that is there has its copy written first, so that one of the two is always whole. */
  const writeBoth = async (text: string): Promise<void> => {
    for (const one of written === null ? [file, copy] : [copy, file]) await writeAtomically(one, text);
    written = text;
  };
  /** What is told as failed has not happened: both as they were, as far as they can be had back. */
  const restore = async (): Promise<void> => {
    const text = written;
    const back = (one: string): Promise<void> => (text === null ? unlink(one) : writeAtomically(one, text));
    for (const one of [file, copy]) await back(one).catch(() => undefined);
  };

  return {
    notices,
    read: () => current,
    source: () => source,
    write: (settings) =>
      inTurn(async () => {
        if (!isObject(settings)) throw new TypeError('settings must be an object');
        const text = JSON.stringify(settings, undefined, '\t');
        try {
          await keepAsideChanged();
          await writeBoth(text).catch(async (error: unknown) => {
            await restore();
            throw error;
          });
        } catch (error) {
          throw new KeyfobError('settings_unwritable', { file, code: systemCode(error) }, { cause: error });
        }
        current = parse(text);
      }),
  };
}

/** The settings in a text that has been judged: an object. */
function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new TypeError('settings must be an object');
  return value;
}

/** A file's text; null: there is none that can be read. */
async function textOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
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
    const aside = asideName(file, 'torn');
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
