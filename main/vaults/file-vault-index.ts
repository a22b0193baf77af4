// The index of a file vault: which version of which entry counts, in a file that grows by a line with each change.
//
// Invariants: a line is a sealed box, bound to the vault and to the file it stands in, with a number (the vault's
// counter) that is greater than the one before. A line whose number is not greater is void: its writer was not the
// first, and sees that when it reads back what it wrote; so two writers never undo each other. A line that does not
// open is passed over; numbers that are missing say that a line was lost. A long file is replaced by a short one: that
// is whole on the disk before a last line of the old one names it, and from that line on every line of the old is void.
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder, systemCode } from '../platform/atomic-file.ts';
import { seal, unseal } from '../platform/sealed-box.ts';
import { createYield } from '../platform/yield.ts';
import { untilFree } from '../platform/held-files.ts';
import type { EntryFile } from './file-vault-entries.ts';
import type { Version } from './port.ts';

/** A change: of an entry (`put`, `gone`), or of several at once, by id with the mark of each (`puts`). */
type Change =
  | { readonly kind: 'put' | 'gone'; readonly n: Version; readonly id: string; readonly mark: string }
  | {
      readonly kind: 'puts';
      readonly n: Version;
      readonly entries: readonly (readonly [id: string, mark: string])[];
    };
/** A line: `base` opens a file, changes follow, `next` closes it. */
type Line =
  | { readonly kind: 'base'; readonly n: Version; readonly entries: number }
  | Change
  | { readonly kind: 'next'; readonly n: Version; readonly file: string };

/** Where an index stands, and what it is sealed with. */
export interface IndexLocation {
  readonly folder: string;
  readonly vault: string;
  readonly key: Buffer;
}

const namePattern = /^index\.([1-9][0-9]{0,9})\.([0-9a-f]{8})$/;
/** Lines that a file may have grown by, beside one for each entry, before it is replaced. */
const tail = 100;
/** How often a folder is looked at before an index that is not there is lost. */
const maxLooks = 10;

/** One index file, read as far as it goes. */
export class IndexFile {
  readonly name: string;
  readonly rows: Map<string, EntryFile>;
  /** The number of the last line that counts. */
  counter: Version = 0;
  /** The last whole line does not open: it may be a lost one. */
  unreadableEnd = false;
  /** The file that goes on where this one was closed. */
  next: string | null = null;
  /** Lines since the base. */
  grown = 0;
  /** Some line of it opens. */
  readable = false;
  /** Whether the line that was appended last counts. */
  won = false;
  readonly #path: string;
  readonly #key: Buffer;
  readonly #boundTo: string;
  #base: { readonly n: Version; left: number } | null = null;
  #first = true;
  #offset = 0;
  #fragment = '';
  #gaps = 0;
  /** The mark that a writer waits for. */
  #awaited: string | null = null;

  private constructor({ folder, vault, key }: IndexLocation, name: string, rows: Map<string, EntryFile>) {
    this.name = name;
    this.rows = rows;
    this.#path = path.join(folder, name);
    this.#key = key;
    this.#boundTo = boundToOf(vault, name);
  }

  /** Opens a file and reads it, on top of rows that are known already. */
  static async open(
    location: IndexLocation,
    name: string,
    rows = new Map<string, EntryFile>(),
  ): Promise<IndexFile> {
    const file = new IndexFile(location, name, rows);
    await file.catchUp();
    return file;
  }

  /** Lines that are known to be lost. */
  get lost(): number {
    return this.#gaps + (this.#base?.left ?? 0);
  }

  /** Whether its last line was begun and not ended. */
  get torn(): boolean {
    return this.#fragment !== '';
  }

  /** Whether something is missing, or may be. */
  get damaged(): boolean {
    return this.lost > 0 || this.unreadableEnd;
  }

  /** Reads what was appended since, by whomever. */
  async catchUp(): Promise<void> {
    const handle = await untilFree(() => open(this.#path, 'r'));
    try {
      await this.#read(handle);
    } finally {
      await handle.close();
    }
  }

  async #read(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    // One that was cut short by somebody else is read on from its new end; what is missing is told when it is opened.
    this.#offset = Math.min(this.#offset, size);
    const block = Buffer.alloc(size - this.#offset);
    const { bytesRead } = await handle.read(block, 0, block.length, this.#offset);
    this.#offset += bytesRead;
    const lines = (this.#fragment + block.toString('latin1', 0, bytesRead)).split('\n');
    this.#fragment = lines.pop() ?? '';
    const letOthersIn = createYield();
    // For many lines, and never kept: a lock could not zero it.
    const key = lines.length < 100 ? this.#key : createSecretKey(this.#key);
    for (const line of lines) {
      this.#take(line, openLine(key, this.#boundTo, line));
      await letOthersIn();
    }
  }

  /**
   * Appends a line; true once it is on the disk and counts, false when it is void. Rejects with the system's own
   * error; `won` says whether the line counts all the same, as far as can be seen.
   */
  async append(line: Line): Promise<boolean> {
    // What a killed or failing writer left of its line is closed first.
    const text = `${this.#fragment === '' ? '' : '\n'}${sealLine(this.#key, this.#boundTo, line)}`;
    this.#awaited = markOf(line);
    this.won = false;
    // Appended to, and never made: a missing one has been replaced.
    const handle = await untilFree(() => open(this.#path, constants.O_RDWR | constants.O_APPEND));
    try {
      await handle.writeFile(text, 'latin1');
      await handle.sync();
    } finally {
      // Read back from this very file, which may have lost its name meanwhile.
      await this.#read(handle).finally(() => handle.close());
    }
    return this.won;
  }

  #take(text: string, line: Line | null): void {
    const first = this.#first;
    this.#first = false;
    if (line === null) {
      if (text !== '') this.unreadableEnd = true;
      if (first) this.#gaps += 1;
      return;
    }
    this.readable = true;
    if (this.next !== null) return;
    if (line.kind === 'base') {
      if (!first) return;
      this.#base = { n: line.n, left: line.entries };
      this.counter = line.n;
      return;
    }
    if (this.#base !== null && line.n <= this.#base.n && line.kind === 'put' && this.#base.left > 0) {
      this.#base.left -= 1;
      this.rows.set(line.id, { version: line.n, mark: line.mark });
      return;
    }
    if (line.n <= this.counter) return;
    if (this.#base !== null) this.#gaps += line.n - this.counter - 1;
    this.counter = line.n;
    this.unreadableEnd = false;
    this.grown += line.kind === 'puts' ? line.entries.length : 1;
    if (markOf(line) === this.#awaited) this.won = true;
    if (line.kind === 'next') this.next = line.file;
    else if (line.kind === 'gone') this.rows.delete(line.id);
    else for (const [id, mark] of putsOf(line)) this.rows.set(id, { version: line.n, mark });
  }
}

/** The index of a vault, over the files that it had and has. */
export class Index {
  /** Whether something was missing when it was opened, or may have been: the entries are looked through. */
  readonly damaged: boolean;
  /** Lines that were known to be lost then. */
  readonly lost: number;
  /** Whether the last line was begun and not ended then. */
  readonly torn: boolean;
  readonly #location: IndexLocation;
  #file: IndexFile;

  private constructor(location: IndexLocation, file: IndexFile, damaged: boolean) {
    this.#location = location;
    this.#file = file;
    this.damaged = damaged;
    this.lost = file.lost;
    this.torn = file.torn;
  }

  /** Makes the index of a new vault, or of one whose index is lost, with these rows. Resolves once it is on the disk. */
  static async make(
    location: IndexLocation,
    rows: ReadonlyMap<string, EntryFile>,
    sequence = 1,
    minVersion: Version = 0,
  ): Promise<Index> {
    let counter = minVersion;
    for (const { version } of rows.values()) counter = Math.max(counter, version);
    const name = await writeFile(location, sequence, counter, rows);
    return new Index(location, await IndexFile.open(location, name), false);
  }

  /** Opens the index of a folder; null: there is none that can be read. */
  static async open(location: IndexLocation, looks = 1): Promise<Index | null> {
    const all = await readdir(location.folder);
    const names = all.filter((name) => namePattern.test(name));
    const seen: IndexFile[] = [];
    for (const name of names) {
      const file = await IndexFile.open(location, name).catch(() => null);
      if (file?.readable === true) seen.push(file);
    }
    // Once more: one that another process is about to replace must not look older than what is to replace it.
    const found: IndexFile[] = [];
    for (const file of seen) {
      const there = await file.catchUp().then(
        () => true,
        () => false,
      );
      if (there) found.push(file);
    }
    const best = newest(found);
    // Another process may have replaced it between the look at the folder and the look into the files.
    if (best?.next !== null && looks < maxLooks) return Index.open(location, looks + 1);
    if (best === undefined) return null;
    for (const other of found) {
      if (other !== best && !best.damaged) await sweep(location.folder, other.name, other.next === best.name);
    }
    for (const name of all.filter((one) => one.startsWith('new.'))) await sweep(location.folder, name, false);
    if (best.next === null) return new Index(location, best, best.damaged);
    // It was closed, and what went on is gone: nobody knows what changed there.
    const made = await Index.make(location, best.rows, sequenceOf(best.name) + 2, best.counter);
    return new Index(location, made.#file, true);
  }

  get rows(): ReadonlyMap<string, EntryFile> {
    return this.#file.rows;
  }

  get counter(): Version {
    return this.#file.counter;
  }

  /** Reads what others appended, in the file that goes on too. */
  async catchUp(): Promise<void> {
    try {
      await this.#file.catchUp();
      while (this.#file.next !== null) {
        this.#file = await IndexFile.open(this.#location, this.#file.next, this.#file.rows);
      }
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      // It has been replaced, perhaps more than once.
      const again = await Index.open(this.#location);
      if (again === null) throw error;
      this.#file = again.#file;
    }
  }

  /** Appends a change, whose number is the next; true once it is on the disk and counts. */
  async append(change: Change): Promise<boolean> {
    this.#file.won = false;
    if (this.#file.next !== null) return false;
    try {
      return await this.#file.append(change);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Whether the change that was appended last counts, also when its append failed. */
  get won(): boolean {
    return this.#file.won;
  }

  /** Replaces the file by a short one when it has grown long, or when it must be. */
  async compact(must = false): Promise<void> {
    const old = this.#file;
    if (old.next !== null || (!must && old.grown <= tail + old.rows.size)) return;
    const name = await writeFile(this.#location, sequenceOf(old.name) + 1, old.counter, old.rows);
    const won = await old.append({ kind: 'next', n: old.counter + 1, file: name }).catch(() => old.won);
    await this.catchUp();
    await unlink(path.join(this.#location.folder, won ? old.name : name)).catch(() => undefined);
  }

  /** Sets rows that were found again, and keeps them in a new file; not those that another process wrote since. */
  async mend(found: ReadonlyMap<string, EntryFile>, damaged: boolean): Promise<void> {
    await this.catchUp();
    const { rows, counter } = this.#file;
    const newer = [...found].filter(([id, { version }]) =>
      damaged ? version > (rows.get(id)?.version ?? 0) : version > counter,
    );
    for (const [id, file] of newer) {
      rows.set(id, file);
      this.#file.counter = Math.max(this.#file.counter, file.version);
    }
    if (damaged || newer.length > 0) await this.compact(true);
  }
}

/** The file that goes on: what a closed one names, else the one that has got furthest. */
function newest(found: readonly IndexFile[]): IndexFile | undefined {
  const goesOn = found.filter((one) => !found.some(({ name }) => name === one.next));
  const named = goesOn.find(({ name }) => found.some(({ next }) => next === name));
  if (named !== undefined) return named;
  return goesOn.toSorted(
    (a, b) =>
      b.counter - a.counter ||
      Number(a.next !== null) - Number(b.next !== null) ||
      // What a killed writer left of a short file says no more than the long one does.
      Number(a.damaged) - Number(b.damaged) ||
      sequenceOf(a.name) - sequenceOf(b.name),
  )[0];
}

/** Takes away a file that another goes on for, or that a writer who must be dead has left. */
async function sweep(folder: string, name: string, replaced: boolean): Promise<void> {
  const file = path.join(folder, name);
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
  if (replaced || Date.now() - mtimeMs > 60_000) await unlink(file).catch(() => undefined);
}

/** Writes an index file that says these rows and no more; resolves once it and its name are on the disk. */
async function writeFile(
  location: IndexLocation,
  sequence: number,
  counter: Version,
  rows: ReadonlyMap<string, EntryFile>,
): Promise<string> {
  const name = `index.${String(sequence)}.${randomBytes(4).toString('hex')}`;
  const target = path.join(location.folder, name);
  // Under another name until it is whole, so that nobody takes half of it for an index.
  const begun = path.join(location.folder, `new.${name}`);
  const boundTo = boundToOf(location.vault, name);
  const puts = [...rows].map(([id, { version, mark }]): Line => ({ kind: 'put', n: version, id, mark }));
  const lines: Line[] = [
    { kind: 'base', n: counter, entries: rows.size },
    ...puts.toSorted((a, b) => a.n - b.n),
  ];
  try {
    const handle = await open(begun, 'wx', 0o600);
    try {
      await handle.writeFile(lines.map((line) => sealLine(location.key, boundTo, line)).join(''), 'latin1');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await untilFree(() => rename(begun, target));
    await syncFolder(location.folder);
  } catch (error) {
    for (const left of [begun, target]) await unlink(left).catch(() => undefined);
    throw error;
  }
  return name;
}

const boundToOf = (vault: string, name: string): string => `keyfob vault 2 index ${vault} ${name}`;
const sequenceOf = (name: string): number => Number(namePattern.exec(name)?.[1] ?? 0);

function markOf(line: Line): string | null {
  if (line.kind === 'base') return null;
  if (line.kind === 'next') return line.file;
  return line.kind === 'gone'
    ? line.mark
    : putsOf(line)
        .map(([, mark]) => mark)
        .join(' ');
}

function putsOf(line: Exclude<Change, { kind: 'gone' }>): readonly (readonly [id: string, mark: string])[] {
  return line.kind === 'puts' ? line.entries : [[line.id, line.mark]];
}

function sealLine(key: Buffer, boundTo: string, line: Line): string {
  return `${seal(key, boundTo, JSON.stringify(line)).toString('base64')}\n`;
}

function openLine(key: Buffer | KeyObject, boundTo: string, text: string): Line | null {
  const plain = unseal(key, boundTo, Buffer.from(text, 'base64'));
  // Authentic: whoever had the key wrote it in this shape.
  return plain === null ? null : (JSON.parse(plain.toString('utf8')) as Line);
}
