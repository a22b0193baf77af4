// The request that arguments of curl make, for the proof that it takes (RFC 9449), and its answer held back until it is
// known whether the API wants another proof.
//
// Invariants: which options take a value is what this very curl says (`curl --help all`); what curl prints is passed on
// whole or not at all.
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';

interface CurlOption {
  /** Its long name. */
  readonly name: string;
  readonly takesValue: boolean;
}

/** Options by each of their names, with the hyphens. */
export type CurlOptions = ReadonlyMap<string, CurlOption>;

/** The options in what `curl --help all` prints. */
export function curlOptionsIn(help: string): CurlOptions {
  const options = new Map<string, CurlOption>();
  for (const [, short, name = '', value] of help.matchAll(/^ *(?:(-\S), )?(--[\w.-]+)(?: (<))?/gm)) {
    const option = { name, takesValue: value !== undefined };
    options.set(name, option);
    if (short !== undefined) options.set(short, option);
  }
  return options;
}

/** What an option makes of a request without `--request`; of several the first in this order counts. */
const methods: readonly (readonly [method: string, options: RegExp])[] = [
  ['HEAD', /^--head$/],
  ['GET', /^--get$/],
  ['PUT', /^--upload-file$/],
  ['POST', /^--(data(-\w+)?|json|form(-\w+)?)$/],
];

/** Options whose value may have curl read standard input, and how it says so. */
const inputs = [
  [/^--(upload-file|config)$/, /^[-.]$/],
  [/^--(data(-\w+)?|json|form)$/, /[@<]-$/],
] as const;

interface CurlRequest {
  readonly method: string;
  readonly url: string;
  /** Whether it takes from standard input, which can be read once. */
  readonly readsInput: boolean;
}

/** The one request that the arguments make; null: none, `several`: more than one. */
export function readCurlRequest(
  args: readonly string[],
  options: CurlOptions,
): CurlRequest | 'several' | null {
  const given = new Map<string, string>();
  const urls: string[] = [];
  let readsInput = false;
  for (const [name, value] of curlArguments(args, options)) {
    if (name === '--url' || name === '') urls.push(value);
    else given.set(name, value);
    readsInput ||= inputs.some(([option, input]) => option.test(name) && input.test(value));
  }
  const [url] = urls;
  if (urls.length > 1 || given.has('--next')) return 'several';
  if (url === undefined) return null;
  const implied = methods.find(([, by]) => [...given.keys()].some((name) => by.test(name)))?.[0] ?? 'GET';
  return {
    method: given.get('--request') ?? implied,
    // As curl guesses it.
    url: /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`,
    readsInput,
  };
}

/** Where the arguments hold a URL that is a path alone. */
export function urlPaths(args: readonly string[], options: CurlOptions): number[] {
  return [...curlArguments(args, options)]
    .filter(([name, value]) => (name === '' || name === '--url') && value.startsWith('/'))
    .map(([, , at]) => at);
}

type Argument = readonly [name: string, value: string, at: number];

/**
 * Each option by its long name, with its value where it takes one, and where that stands; an operand under an empty
 * name.
 */
function* curlArguments(args: readonly string[], options: CurlOptions): Generator<Argument> {
  let at = 0;
  const next = (): string => args[++at] ?? '';
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg.startsWith('--') && arg !== '--') {
      // curl takes the beginning of a name too.
      const full = options.has(arg) ? arg : [...options.keys()].find((name) => name.startsWith(arg));
      const option = options.get(full ?? '');
      const value = option?.takesValue === true ? next() : '';
      yield [option?.name ?? arg, value, at];
    } else if (arg.startsWith('-') && arg.length > 1 && arg !== '--') {
      for (const [name, value] of shortOptions(arg.slice(1), options, next)) yield [name, value, at];
    } else if (arg !== '--') {
      yield ['', arg, at];
    }
  }
}

/** Options of one letter that stand together; the first that takes a value has the rest. */
function* shortOptions(
  letters: string,
  options: CurlOptions,
  next: () => string,
): Generator<readonly [name: string, value: string]> {
  for (let at = 0; at < letters.length; at += 1) {
    const short = `-${letters[at] ?? ''}`;
    const { name, takesValue } = options.get(short) ?? { name: short, takesValue: false };
    const after = letters.slice(at + 1);
    yield [name, takesValue ? (after === '' ? next() : after) : ''];
    if (takesValue) return;
  }
}

/** Characters of an answer that are held back at most. */
const holdLimit = 1_000_000;

/** What curl prints, until it is known whether the API asks for a nonce with it (RFC 9449 section 9). */
export class HeldOutput {
  /** Where curl writes the answer's headers (`--dump-header`): a file whose name is gone. */
  readonly headers: number;
  readonly #held: Buffer[] = [];
  #isHeld = true;

  constructor() {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'keyfob-'));
    try {
      this.headers = openSync(path.join(folder, 'headers'), 'wx+', 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Takes what curl prints. */
  take(stream: Readable): void {
    let size = 0;
    const hold = (chunk: Buffer): void => {
      this.#held.push(chunk);
      size += chunk.length;
      // Headers stand before what they are the headers of.
      if (this.#text() === '' && size < holdLimit) return;
      if (this.nonce() !== null) return;
      stream.off('data', hold);
      this.release();
      stream.pipe(process.stdout, { end: false });
    };
    stream.on('data', hold);
  }

  /** The nonce that the answer refuses the proof for; null: it does not. */
  nonce(): string | null {
    const blocks = this.#text().split('\r\n\r\n').slice(0, -1);
    const statuses = blocks.map((block) => Number(/^HTTP\/[\d.]+ (\d{3})/.exec(block)?.[1]));
    // What a redirect led to is another request.
    if (statuses.at(-1) !== 401 || statuses.some((status) => status >= 300 && status < 400)) return null;
    return /^dpop-nonce:[ \t]*(\S+)[ \t]*$/im.exec(blocks.at(-1) ?? '')?.[1] ?? null;
  }

  /** Passes on what was held back. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const chunk of this.#held) process.stdout.write(chunk);
  }

  close(): void {
    closeSync(this.headers);
  }

  #text(): string {
    const bytes = Buffer.alloc(Math.min(fstatSync(this.headers).size, holdLimit));
    return bytes.toString('latin1', 0, readSync(this.headers, bytes, 0, bytes.length, 0));
  }
}
