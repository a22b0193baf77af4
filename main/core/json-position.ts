// JSON with the place of every value, so that an error in a person's file can name its line and say in
// plain words what to write instead. RFC 8259, and a name that stands twice in an object is an error here.
//
// Invariants: nothing is thrown, whatever the text; a reason never quotes the text (it may be the wrong file).

export interface Place {
  readonly line: number;
  readonly column: number;
}

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown; readonly positions: ReadonlyMap<string, Place> }
  | ({ readonly ok: false; readonly reason: string } & Place);

const separator = '\u0000';
/** Objects and arrays within each other: no file for people has more. */
const deepest = 64;

/** Parses a JSON text; on failure says where and why. Lines and columns count from 1. */
export function parseJsonWithPositions(source: string): ParsedJson {
  const text = source.replace(/^\ufeff/, '');
  const found = new Map<string, number>();
  try {
    new Scanner(text, found).file();
    const value = JSON.parse(text) as unknown;
    const positions = new Map([...found].map(([path, offset]) => [path, placeOf(text, offset)]));
    return { ok: true, value, positions };
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault(text.length, 'is not JSON');
    return { ok: false, ...placeOf(text, fault.offset), reason: fault.message };
  }
}

/** The place of a path, or of its nearest ancestor that stands in the text. */
export function lineOfPath(positions: ReadonlyMap<string, Place>, path: readonly string[]): Place {
  for (let length = path.length; length >= 0; length--) {
    const found = positions.get(path.slice(0, length).join(separator));
    if (found !== undefined) {
      return found;
    }
  }
  return { line: 1, column: 1 };
}

function placeOf(source: string, offset: number): Place {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

class Fault extends Error {
  readonly offset: number;
  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

/** Walks a text by the grammar of RFC 8259 and notes where each path begins (a member at its name). */
class Scanner {
  readonly #text: string;
  readonly #found: Map<string, number>;
  #at = 0;

  constructor(text: string, found: Map<string, number>) {
    this.#text = text;
    this.#found = found;
  }

  file(): void {
    this.#blank();
    if (this.#at === this.#text.length) {
      throw new Fault(this.#at, 'is empty: a profile is a JSON object, { … }');
    }
    this.#value([]);
    this.#blank();
    if (this.#at < this.#text.length) {
      throw new Fault(this.#at, 'has more text after its end: take it out, or look for a } too many');
    }
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #blank(): void {
    while (/^[ \t\r\n]$/.test(this.#peek())) {
      this.#at += 1;
    }
    if (/^(?:\/[/*]|#)/.test(this.#text.slice(this.#at, this.#at + 2))) {
      throw new Fault(this.#at, 'has a comment here: JSON knows none, take it out');
    }
  }

  #value(path: readonly string[]): void {
    const key = path.join(separator);
    if (!this.#found.has(key)) {
      this.#found.set(key, this.#at);
    }
    switch (this.#peek()) {
      case '{':
        this.#list(path, '}', (names) => this.#member(path, names));
        return;
      case '[': {
        let index = 0;
        this.#list(path, ']', () => {
          this.#value([...path, String(index)]);
          index += 1;
        });
        return;
      }
      case '"':
        this.#string();
        return;
      default:
        this.#word();
    }
  }

  /** An object or an array: what stands between its brackets, with commas between. */
  #list(path: readonly string[], close: string, item: (names: Set<string>) => void): void {
    const opened = this.#at;
    if (path.length >= deepest) {
      throw new Fault(opened, 'is nested too deeply here');
    }
    const names = new Set<string>();
    this.#at += 1;
    this.#blank();
    if (this.#peek() === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#notEnded(opened, close);
      item(names);
      this.#blank();
      this.#notEnded(opened, close);
      if (this.#peek() === close) {
        this.#at += 1;
        return;
      }
      if (this.#peek() !== ',') {
        throw new Fault(this.#at, `wants a comma or a ${close} here`);
      }
      const comma = this.#at;
      this.#at += 1;
      this.#blank();
      if (this.#peek() === close) {
        throw new Fault(comma, `has a comma before the ${close}: take it out`);
      }
    }
  }

  #notEnded(opened: number, close: string): void {
    if (this.#at >= this.#text.length) {
      const { line } = placeOf(this.#text, opened);
      throw new Fault(
        this.#at,
        `ends before a ${close} closes the ${this.#text[opened] ?? ''} of line ${String(line)}`,
      );
    }
  }

  #member(path: readonly string[], names: Set<string>): void {
    const start = this.#at;
    if (this.#peek() !== '"') {
      throw new Fault(start, 'wants a name in double quotes here');
    }
    const name = this.#string();
    if (names.has(name)) {
      throw new Fault(start, 'has this name twice in one object: take one out');
    }
    names.add(name);
    this.#found.set([...path, name].join(separator), start);
    this.#blank();
    if (this.#peek() !== ':') {
      throw new Fault(this.#at, 'wants a : after the name');
    }
    this.#at += 1;
    this.#blank();
    this.#value([...path, name]);
  }

  #string(): string {
    const start = this.#at;
    for (this.#at += 1; this.#peek() !== '"'; this.#at += 1) {
      const character = this.#peek();
      if (character === '' || character === '\n' || character === '\r') {
        throw new Fault(start, 'has a text here without its closing " in the same line');
      }
      if (character < ' ') {
        throw new Fault(this.#at, 'has a control character in a text: write \\t or \\u0000 and the like');
      }
      if (character === '\\') {
        const escape = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(this.#text.slice(this.#at, this.#at + 6));
        if (escape === null) {
          throw new Fault(this.#at, 'has a \\ that begins no escape: write \\\\ for the character itself');
        }
        this.#at += escape[0].length - 1;
      }
    }
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #word(): void {
    const start = this.#at;
    const word = /^[^\s{}[\],:"]*/.exec(this.#text.slice(start, start + 400))?.[0] ?? '';
    if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(word)) {
      throw new Fault(
        start,
        'wants a value here: a text in double quotes, a number, true, false, null, { or [',
      );
    }
    this.#at += word.length;
  }
}
