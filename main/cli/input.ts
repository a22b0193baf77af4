// What a person or a pipe gives on standard input, and what is read from files, without showing it.
//
// Invariants: standard input is given out line by line, and never waited for unasked; on a terminal nothing that
// is typed is shown, for a secret stays off the screen, and a long pasted address is not cut at the 4,096
// characters that a terminal's own line editing allows.
import { readFile } from 'node:fs/promises';
import type { KeyfobError } from '../api/errors.ts';
import { decodeText, decoderFor } from '../platform/text-encoding.ts';
import { commandError, usage } from './fail.ts';
import type { SecretSource } from './fields.ts';

/** A line of standard input, or null at its end. */
export type ReadLine = (prompt: string) => Promise<string | null>;

/** Lines out of pieces of text: whole ones as they come, the rest at the end. */
export class Lines {
  #rest = '';
  readonly #whole: string[] = [];

  push(chunk: string): void {
    const pieces = (this.#rest + chunk).split('\n');
    this.#rest = pieces.pop() ?? '';
    for (const piece of pieces) this.#whole.push(piece.endsWith('\r') ? piece.slice(0, -1) : piece);
  }

  /** The next whole line, or undefined. */
  take(): string | undefined {
    return this.#whole.shift();
  }

  /** What is left once no more comes, or undefined. */
  takeRest(): string | undefined {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? undefined : rest.replace(/\r$/, '');
  }
}

/** Edits a hidden line by what was typed; pure, for one key or a pasted run of them. */
export function typed(
  line: string,
  chunk: string,
): { line: string; rest: string; end: 'line' | 'cancel' | 'eof' | null } {
  let text = line;
  const keys = [...chunk];
  for (const [index, key] of keys.entries()) {
    const rest = keys.slice(index + 1).join('');
    if (key === '\r' || key === '\n')
      return { line: text, rest: key === '\r' ? rest.replace(/^\n/, '') : rest, end: 'line' };
    if (key === '\u0003') return { line: '', rest: '', end: 'cancel' };
    if (key === '\u0004' && text === '') return { line: '', rest, end: 'eof' };
    if (key === '\u007f' || key === '\b') text = [...text].slice(0, -1).join('');
    else if (key === '\u0015') text = '';
    else if (key >= ' ' || key === '\t') text += key;
  }
  return { line: text, rest: '', end: null };
}

let ahead = '';

/** Reads one line: from a terminal with a prompt and unseen, else from the pipe as it comes. */
export const readLine: ReadLine = (prompt) => (process.stdin.isTTY ? readHidden(prompt) : readPiped());

interface Pipe {
  readonly lines: Lines;
  ended: boolean;
  /** Whether what came is no text. */
  broken: boolean;
  /** Called when something came. */
  wake: () => void;
}

/** What is no text is refused: as a secret it would be another one, and nobody told. */
const asTheyAre = { fatal: true };

let pipe: Pipe | null = null;

/** Listens to standard input from the first question on; what came stays until it is asked for. */
function openPipe(): Pipe {
  const opened: Pipe = { lines: new Lines(), ended: false, broken: false, wake: () => undefined };
  let decoder: TextDecoder | null = null;
  let begun = Buffer.alloc(0);
  const take = (by: TextDecoder, options?: { readonly stream: boolean }): void => {
    try {
      opened.lines.push(by.decode(begun, options));
    } catch {
      opened.broken = true;
    }
  };
  process.stdin.on('data', (chunk: Buffer) => {
    begun = Buffer.concat([begun, chunk]);
    // Two bytes tell the encoding.
    if (decoder === null && begun.length < 2) return;
    decoder ??= decoderFor(begun, asTheyAre);
    take(decoder, { stream: true });
    begun = Buffer.alloc(0);
    opened.wake();
  });
  const end = (): void => {
    if (opened.ended) return;
    take(decoder ?? decoderFor(begun, asTheyAre));
    opened.ended = true;
    opened.wake();
  };
  process.stdin.on('end', end);
  // A closed descriptor, or another end that went away: nothing more comes.
  process.stdin.on('error', end);
  return opened;
}

async function readPiped(): Promise<string | null> {
  const from = (pipe ??= openPipe());
  for (;;) {
    if (from.broken) throw usage('Standard input is not text in UTF-8 or UTF-16.', 'Give it in UTF-8.');
    const line = from.lines.take() ?? (from.ended ? from.lines.takeRest() : undefined);
    if (line !== undefined) return line;
    if (from.ended) return null;
    await new Promise<void>((resolve) => {
      from.wake = resolve;
    });
  }
}

let endHidden = (): void => undefined;

/** Leaves a prompt that is no longer wanted, so that what follows stands on a line of its own. */
export function abandonPrompt(): void {
  endHidden();
}

async function readHidden(prompt: string): Promise<string | null> {
  const input = process.stdin;
  input.setEncoding('utf8');
  // Before the prompt: what is pasted the moment it shows must not be shown, nor cut.
  input.setRawMode(true);
  process.stderr.write(prompt);
  let line = '';
  return new Promise((resolve) => {
    const stop = (): void => {
      endHidden = () => undefined;
      input.setRawMode(false);
      input.pause();
      input.off('data', take);
      input.off('end', onEnd);
      process.stderr.write('\n');
    };
    const onEnd = (): void => {
      stop();
      resolve(null);
    };
    const take = (chunk: string): void => {
      const after = typed(line, chunk);
      line = after.line;
      if (after.end === null) return;
      stop();
      ahead = after.rest;
      if (after.end === 'cancel') process.kill(process.pid, 'SIGINT');
      else resolve(after.end === 'eof' ? null : line);
    };
    endHidden = stop;
    input.on('data', take);
    input.on('end', onEnd);
    input.resume();
    const before = ahead;
    ahead = '';
    if (before !== '') take(before);
  });
}

/** Reads a file that holds one secret: all of it, without one line end at its end. */
export async function readSecretFile(file: string): Promise<string> {
  try {
    return decodeText(await readFile(file), asTheyAre).replace(/\r?\n$/, '');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** Reads a text file that a person named. */
export async function readTextFile(file: string): Promise<string> {
  try {
    return decodeText(await readFile(file), asTheyAre);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** What a decoder says of bytes that are no text. */
const notText = 'ERR_ENCODING_INVALID_ENCODED_DATA';
const whyUnreadable: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'it is not there'],
  ['EACCES', 'it is not yours to read'],
  ['EISDIR', 'it is a folder'],
  [notText, 'it is not text in UTF-8 or UTF-16'],
]);

function unreadable(file: string, cause: unknown): KeyfobError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '?';
  const why = whyUnreadable.get(code) ?? `the system said ${code}`;
  const hint = code === notText ? 'Check the path, or save it in UTF-8.' : 'Check the path.';
  return commandError('bad_request', `The file ${file} cannot be read: ${why}.`, hint, cause);
}

/** Reads the secrets of `--secret`, in order. A missing or empty one is an error of usage that names the field. */
export async function readSecrets(
  sources: readonly SecretSource[],
  read: ReadLine = readLine,
): Promise<Record<string, string>> {
  const secrets = new Map<string, string>();
  for (const source of sources) {
    const value =
      source.from === 'file'
        ? await readSecretFile(source.file)
        : await read(`${source.field} (not shown): `);
    if (value === null) {
      throw usage(
        `Standard input ended before the line for the secret \`${source.field}\`.`,
        'Give one line for each `--secret`, in their order, or a file: `--secret FIELD@FILE`.',
      );
    }
    if (value === '') {
      const where = source.from === 'file' ? `The file ${source.file}` : 'The line';
      throw usage(
        `${where} for the secret \`${source.field}\` is empty.`,
        'Give the value, or omit this `--secret`.',
      );
    }
    secrets.set(source.field, value);
  }
  return Object.fromEntries(secrets);
}
