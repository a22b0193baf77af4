// The entries of a file vault: a file each, written once under a name of its own and never changed.
//
// Invariants: the first line says whose entry it is, which version and of which vault, and the sealed box behind
// it is bound to that line, so that no entry can stand for another or for another version of itself; a file counts
// only when it opens; it is on the disk, and its name is, before anything refers to it.
import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { syncFolder, systemCode } from '../platform/atomic-file.ts';
import { seal, unseal } from '../platform/sealed-box.ts';
import type { Version } from './port.ts';
import { sha256Hex } from '../platform/digest.ts';
import { untilFree } from '../platform/held-files.ts';

/** Which file holds an entry: `<hash of the id>.<version>.<mark>`. */
export interface EntryFile {
  readonly version: Version;
  /** Eight hex digits, random, so that two writers never take one name. */
  readonly mark: string;
}

export interface OpenedEntry {
  readonly id: string;
  readonly version: Version;
  readonly entry: string;
}

/** A vault's entries in a folder, under its key. Calls reject with the system's own errors. */
export interface EntryFiles {
  /** Writes entries of one version, by id; resolves once all and their names are on the disk. What fails leaves nothing. */
  write(version: Version, given: ReadonlyMap<string, string>): Promise<Map<string, EntryFile>>;
  /** The entry in a file; null: it does not open, or is another's. `missing`: no such file. */
  read(id: string, file: EntryFile): Promise<OpenedEntry | 'missing' | null>;
  /** Takes a file away; what cannot be taken away is swept later. */
  drop(id: string, file: EntryFile): Promise<void>;
  /** The files that there are, by the hash of their id. */
  files(): Promise<Map<string, EntryFile[]>>;
  /** Opens a file by the hash of its id; null: it does not open. */
  readHashed(hash: string, file: EntryFile): Promise<OpenedEntry | null>;
  /** Whether a file's writer must be dead if it did not finish: it is older than a minute. */
  isOld(hash: string, file: EntryFile): Promise<boolean>;
  /** Takes a file away that is old. */
  sweep(hash: string, file: EntryFile): Promise<void>;
}

const namePattern = /^([0-9a-f]{40})\.([1-9][0-9]{0,15})\.([0-9a-f]{8})$/;
const firstLine = z.strictObject({
  keyfob_entry: z.literal(2),
  vault: z.string(),
  id: z.string(),
  version: z.int().positive(),
});

/** The hash that an id's files are named after. */
export function hashOf(id: string): string {
  return sha256Hex(id).slice(0, 40);
}

/** Reads a file's name; null: it is no entry's. */
export function parseEntryName(name: string): { hash: string; file: EntryFile } | null {
  const [, hash, version, mark] = namePattern.exec(name) ?? [];
  if (hash === undefined || version === undefined || mark === undefined) return null;
  return { hash, file: { version: Number(version), mark } };
}

/** The entries of a vault in its folder. */
export function entryFiles(folder: string, vault: string, key: Buffer): EntryFiles {
  const filePath = (hash: string, { version, mark }: EntryFile): string =>
    path.join(folder, `${hash}.${String(version)}.${mark}`);

  const readHashed = async (hash: string, file: EntryFile): Promise<OpenedEntry | null> => {
    const bytes = await untilFree(() => readFile(filePath(hash, file)));
    const end = bytes.indexOf(0x0a);
    if (end < 0) return null;
    const line = bytes.subarray(0, end);
    const plain = unseal(key, line, bytes.subarray(end + 1));
    if (plain === null) return null;
    // Authentic from here on: written by whoever had the key.
    const { id, version, ...rest } = firstLine.parse(JSON.parse(line.toString('utf8')));
    const entry = z.string().parse(JSON.parse(plain.toString('utf8')));
    const fits = rest.vault === vault && hashOf(id) === hash && version === file.version;
    return fits ? { id, version, entry } : null;
  };

  const isOld = async (hash: string, file: EntryFile): Promise<boolean> => {
    const found = await stat(filePath(hash, file)).catch(() => null);
    return found !== null && Date.now() - found.mtimeMs > 60_000;
  };

  const writeOne = async (id: string, file: EntryFile, entry: string): Promise<void> => {
    const line = Buffer.from(JSON.stringify({ keyfob_entry: 2, vault, id, version: file.version }));
    // JSON, so that every text comes back as it was (halves of surrogate pairs too).
    const box = seal(key, line, JSON.stringify(entry));
    const handle = await open(filePath(hashOf(id), file), 'wx', 0o600);
    try {
      await handle.writeFile(Buffer.concat([line, Buffer.from('\n'), box]));
      await handle.sync();
    } finally {
      await handle.close();
    }
  };

  return {
    readHashed,
    isOld,
    async write(version, given) {
      const files = new Map<string, EntryFile>();
      for (const id of given.keys()) files.set(id, { version, mark: randomBytes(4).toString('hex') });
      const writing = [...files].map(([id, file]) => writeOne(id, file, given.get(id) ?? ''));
      // Whichever fails: none is being written any more when they are taken away.
      const failed = (await Promise.allSettled(writing)).find(({ status }) => status === 'rejected');
      try {
        if (failed?.status === 'rejected') throw failed.reason;
        await syncFolder(folder);
      } catch (error) {
        for (const [id, file] of files) await unlink(filePath(hashOf(id), file)).catch(() => undefined);
        throw error;
      }
      return files;
    },
    async read(id, file) {
      try {
        const found = await readHashed(hashOf(id), file);
        return found?.id === id ? found : null;
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return 'missing';
        if (systemCode(error) === 'EISDIR') return null;
        throw error;
      }
    },
    async drop(id, file) {
      await unlink(filePath(hashOf(id), file)).catch(() => undefined);
    },
    async files() {
      const found = new Map<string, EntryFile[]>();
      for (const name of await readdir(folder)) {
        const parsed = parseEntryName(name);
        if (parsed === null) continue;
        const others = found.get(parsed.hash);
        if (others === undefined) found.set(parsed.hash, [parsed.file]);
        else others.push(parsed.file);
      }
      return found;
    },
    async sweep(hash, file) {
      if (await isOld(hash, file)) await unlink(filePath(hash, file)).catch(() => undefined);
    },
  };
}
