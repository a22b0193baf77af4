// JSON with the place of every value, so that an error in a person's file can name its line.
// JSON.parse judges the text; the walk here only finds places in a text that is known to be good.

export interface Place {
  readonly line: number;
  readonly column: number;
}

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown; readonly positions: ReadonlyMap<string, Place> }
  | ({ readonly ok: false; readonly reason: string } & Place);

const separator = '\u0000';

/** Parses a JSON text; on failure says where and why. */
export function parseJsonWithPositions(source: string): ParsedJson {
  let value: unknown;
  try {
    value = JSON.parse(source) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : 'is not JSON';
    const offset = /position (\d+)/.exec(message)?.[1];
    const at = offset === undefined ? endOf(source) : placeOf(source, Number(offset));
    return {
      ok: false,
      ...at,
      reason: `is not JSON: ${message.replace(/ in JSON at position.*$| \(line.*\)$/, '')}`,
    };
  }
  return { ok: true, value, positions: findPositions(source) };
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

function endOf(source: string): Place {
  return placeOf(source, source.length);
}

function placeOf(source: string, offset: number): Place {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function findPositions(source: string): Map<string, Place> {
  const found = new Map<string, Place>();
  let line = 1;
  let lineStart = 0;
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+|\n/g;
  interface Frame {
    readonly path: readonly string[];
    readonly kind: 'object' | 'array';
    key: string | null;
    index: number;
    wantsKey: boolean;
  }
  const stack: Frame[] = [];
  for (const match of source.matchAll(tokens)) {
    const token = match[0];
    if (token === '\n') {
      line += 1;
      lineStart = match.index + 1;
      continue;
    }
    const top = stack.at(-1);
    if (token === '}' || token === ']') {
      stack.pop();
      continue;
    }
    if (token === ',') {
      if (top !== undefined) {
        top.index += 1;
        top.wantsKey = top.kind === 'object';
      }
      continue;
    }
    if (token === ':') {
      continue;
    }
    const here = { line, column: match.index - lineStart + 1 };
    if (top?.kind === 'object' && top.wantsKey) {
      top.key = JSON.parse(token) as string;
      top.wantsKey = false;
      found.set([...top.path, top.key].join(separator), here);
      continue;
    }
    const path =
      top === undefined ? [] : [...top.path, top.kind === 'object' ? (top.key ?? '') : String(top.index)];
    if (!found.has(path.join(separator))) {
      found.set(path.join(separator), here);
    }
    if (token === '{' || token === '[') {
      stack.push({
        path,
        kind: token === '{' ? 'object' : 'array',
        key: null,
        index: 0,
        wantsKey: token === '{',
      });
    }
  }
  return found;
}
