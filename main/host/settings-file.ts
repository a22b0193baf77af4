// What is not secret, in `config.json`, with a last good copy.
//
// Invariants: a reader finds the settings of before or after a write, whole; a write resolves once both file
// and copy (`config.json.bak`) are on the disk, and one that fails leaves the settings of before; a torn file, and
// what stands in its place and is none, is never overwritten: it is kept aside as `config.json.torn-<time>`, the copy
// is used, and that is told. Nor is one that somebody changed while Keyfob ran: it is kept as
// `config.json.changed-<time>`, and told. A digest of all members says what Keyfob wrote. Where it does not fit, only
// `accounts` counts as it stands there (people change it by hand, and each account has a digest of its own): the rest
// is taken from the copy, the changed file is kept aside, and that is told.
//
// Not written through conf (15.1 with atomically 2.1), which takes a write that a full disk cut short for a whole one
// and puts it in the file's place, does not flush the folder, and writes in place where the environment has SNAP.
import { copyFile, lstat, mkdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { KeyfobError } from '../api/errors.ts';
import { isObject } from '../api/json.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { SettingsStore } from '../accounts/ports.ts';
import {
  asideName,
  identityOf,
  replaceFiles,
  setStrayAside,
  sweepTemporaries,
  syncFile,
  systemCode,
  writeAtomically,
  type FileIdentity,
} from '../platform/atomic-file.ts';
import { decodeText } from '../platform/text-encoding.ts';
import { judgeDigest, piecesWithDigest, withoutDigest } from '../platform/self-digest.ts';
import { createQueue } from '../platform/serial-queue.ts';
import { untilFree } from '../platform/held-files.ts';

export interface SettingsOptions {
  /** The folder of `config.json`; made when it is not there. */
  readonly folder: string;
  /** Whether settings can be used. When omitted: whatever they are. */
  readonly isUsable?: (settings: unknown) => boolean;
  /** Told each that is added to `notices`. */
  readonly onNotice?: (notice: Message) => void;
}

/** The settings, and what a person should be told about their file. */
export type FileSettings = Required<SettingsStore> & { readonly notices: readonly Message[] };

/**
 * Opens the settings of a folder. Throws `unexpected`, naming the file, when it and its copy are torn or
 * when it cannot be read; nothing is overwritten then. `write` takes an object and rejects with `unexpected`; it freezes
 * the objects that are members of its members (an account), whose texts are kept for the next write.
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
  let identity = await identityOf(file);
  let source = await textOf(file);
  /** In pieces, most of them of accounts that are as they were at the write before. */
  let written = source === null ? null : [source];
  const current = (): Record<string, unknown> => (written === null ? {} : parse(written.join('')));
  const good = await lastGood(copy);
  const mended = restored(current(), good, options.isUsable ?? (() => true));
  if (mended === 'altered') tell(message('settings_altered', { file }, { type: 'list_clients', params: {} }));
  else if (mended !== null) {
    written = piecesWithDigest(mended.settings);
    const text = written.join('');
    const kept = await keepAside(file, text);
    // Where it could not be kept aside, it stands as it was, and is kept aside before the next write.
    source = kept === null ? '' : text;
    identity = kept?.identity ?? null;
    tell(message('settings_restored', { file, aside: kept?.aside ?? file, members: mended.members }));
  }
  const inTurn = createQueue();

  const keepAsideChanged = async (): Promise<void> => {
    const now = await identityOf(file);
    if (now === null || now === identity) return;
    const found = await textOf(file);
    if (found === null || found === written?.join('')) return;
    const aside = asideName(file, 'changed');
    await writeAtomically(aside, found);
    tell(message('settings_changed_meanwhile', { file, aside }));
  };

  return {
    notices,
    read: () => withoutDigest(current()),
    source: () => source,
    write: (settings) =>
      inTurn(async () => {
        if (!isObject(settings)) throw new TypeError('settings must be an object');
        const pieces = piecesWithDigest(settings);
        try {
          await keepAsideChanged();
          // A first one has no copy to be taken for the better one.
          const files = written === null ? [file, copy] : [copy, file];
          identity = (await replaceFiles(files, pieces))[files.indexOf(file)] ?? null;
        } catch (error) {
          throw new KeyfobError('settings_unwritable', { file, code: systemCode(error) }, { cause: error });
        }
        written = pieces;
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
  return untilFree(() => readFile(file)).then(decodeText, () => null);
}

/** The settings of a copy that is as Keyfob wrote it, or null. */
async function lastGood(copy: string): Promise<Record<string, unknown> | null> {
  const text = await textOf(copy);
  if (text === null) return null;
  try {
    const value = parse(text);
    return judgeDigest(value) === 'fits' ? value : null;
  } catch {
    return null;
  }
}

/**
 * What counts of settings that are not as Keyfob wrote them, and which members are the copy's; null: they count as
 * they are. `altered`: as they are too, for want of a copy.
 */
function restored(
  found: Record<string, unknown>,
  copy: Record<string, unknown> | null,
  isUsable: (settings: unknown) => boolean,
): { settings: Record<string, unknown>; members: string[] } | 'altered' | null {
  const judged = judgeDigest(found);
  if (judged === 'fits') return null;
  if (copy === null) return judged === 'differs' ? 'altered' : null;
  const byHand: Record<string, unknown> = {
    ...copy,
    ...(isObject(found['accounts']) ? { accounts: found['accounts'] } : {}),
  };
  const settings = isUsable(withoutDigest(byHand)) ? byHand : copy;
  const names = new Set([...Object.keys(withoutDigest(found)), ...Object.keys(withoutDigest(copy))]);
  const members = [...names].filter((name) => JSON.stringify(found[name]) !== JSON.stringify(settings[name]));
  return members.length === 0 ? null : { settings, members };
}

/** Keeps a changed file aside and puts a text in its place; null: there is no room, and it stays as it is. */
async function keepAside(
  file: string,
  text: string,
): Promise<{ aside: string; identity: FileIdentity } | null> {
  const aside = asideName(file, 'changed');
  try {
    await copyFile(file, aside);
    return { aside, identity: await writeAtomically(file, text) };
  } catch {
    await unlink(aside).catch(() => undefined);
    return null;
  }
}

type State = 'missing' | 'good' | 'torn';

async function stateOf(file: string): Promise<State> {
  const entry = await lstat(file).catch(() => null);
  const behind = await stat(file).catch(() => null);
  if (entry !== null && behind?.isFile() !== true) return 'torn';
  try {
    return isObject(JSON.parse(decodeText(await untilFree(() => readFile(file))))) ? 'good' : 'torn';
  } catch (error) {
    if (error instanceof SyntaxError) return 'torn';
    if (systemCode(error) === 'ENOENT') return 'missing';
    throw new KeyfobError('settings_unreadable', { file, code: systemCode(error) }, { cause: error });
  }
}

async function mend(file: string, copy: string, tell: (notice: Message) => void): Promise<void> {
  const state = await stateOf(file);
  if (state === 'good') {
    const stray = setStrayAside(copy);
    if (stray !== null) tell(message('stray_set_aside', { file: copy, aside: stray }));
    return;
  }
  const copyState = await stateOf(copy);
  if (copyState === 'missing' && state === 'missing') return;
  if (copyState !== 'good') {
    throw new KeyfobError('settings_damaged', { file: state === 'torn' ? file : copy });
  }
  // Made whole beside it first, so that a crash or a full disk here leaves the file as it was, or missing, and the
  // copy whole.
  const temporary = `${file}.tmp-0`;
  try {
    const whole = await copyFile(copy, temporary).then(
      () => temporary,
      // No room: the copy itself, until the next write makes another.
      () => copy,
    );
    if (state === 'torn') {
      const aside = asideName(file, 'torn');
      await rename(file, aside);
      tell(message('settings_were_damaged', { file, aside }));
    } else {
      tell(message('settings_were_missing', { file }));
    }
    await rename(whole, file);
    await syncFile(file);
  } catch (error) {
    throw new KeyfobError('settings_unwritable', { file, code: systemCode(error) }, { cause: error });
  }
}
