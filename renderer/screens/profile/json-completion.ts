// What can be written at an offset of a JSON text that is still being typed, by a JSON Schema (2020-12).
//
// The text before the offset is read by a small scanner that forgives what is not there yet; the schema is
// followed through `properties`, `additionalProperties`, `items`, `anyOf`, `oneOf`, `allOf` and `$ref`.

export interface Schema {
  readonly [key: string]: unknown;
}

export interface Completion {
  readonly label: string;
  readonly detail: string;
  /** Replaces the text from `start` to the offset. */
  readonly insert: string;
  /** Where the cursor is afterwards, counted from the end of `insert`. */
  readonly back: number;
}

export interface Completions {
  readonly start: number;
  readonly list: readonly Completion[];
}

interface Frame {
  readonly kind: 'object' | 'array';
  expects: 'key' | 'colon' | 'value' | 'comma';
  key: string;
  readonly keys: string[];
}

interface Position {
  readonly path: readonly string[];
  readonly what: 'key' | 'value';
  readonly start: number;
  readonly typed: string;
  readonly used: readonly string[];
}

/** Takes the host's schema; null when it is none. */
export function asSchema(value: unknown): Schema | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}

/** Lists what fits at `offset` of `text`. */
export function complete(text: string, offset: number, schema: Schema): Completions | null {
  const position = positionAt(text.slice(0, offset));
  if (position === null) return null;
  const schemas = follow(schema, position.path);
  const all = position.what === 'key' ? keysOf(schemas, schema, position.used) : valuesOf(schemas, schema);
  const typed = position.typed.toLowerCase();
  const list = all.filter((one) => one.label.toLowerCase().startsWith(typed) && one.label !== position.typed);
  return { start: position.start, list };
}

/** Where a text that is cut off ends; null where nothing can be completed. */
function positionAt(text: string): Position | null {
  const frames: Frame[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    const top = frames.at(-1);
    if (char === '"') {
      const end = stringEnd(text, at);
      if (end === null) return positionOf(frames, at, text.slice(at + 1));
      if (top?.kind === 'object' && top.expects === 'key') {
        top.key = text.slice(at + 1, end);
        top.keys.push(top.key);
        top.expects = 'colon';
      } else if (top !== undefined) top.expects = 'comma';
      at = end + 1;
      continue;
    }
    const literal = /^[A-Za-z0-9.+-]+/.exec(text.slice(at))?.[0];
    if (literal !== undefined) {
      if (at + literal.length === text.length) return positionOf(frames, at, literal);
      if (top !== undefined) top.expects = 'comma';
      at += literal.length;
      continue;
    }
    punctuate(char, frames);
    at += 1;
  }
  return positionOf(frames, text.length, '');
}

function punctuate(char: string, frames: Frame[]): void {
  const top = frames.at(-1);
  if (char === '{') frames.push({ kind: 'object', expects: 'key', key: '', keys: [] });
  else if (char === '[') frames.push({ kind: 'array', expects: 'value', key: '', keys: [] });
  else if (char === '}' || char === ']') {
    frames.pop();
    const outer = frames.at(-1);
    if (outer !== undefined) outer.expects = 'comma';
  } else if (char === ':' && top?.expects === 'colon') top.expects = 'value';
  else if (char === ',' && top !== undefined) top.expects = top.kind === 'object' ? 'key' : 'value';
}

function stringEnd(text: string, from: number): number | null {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
    else if (text[at] === '\n') return null;
  }
  return null;
}

function positionOf(frames: readonly Frame[], start: number, typed: string): Position | null {
  const top = frames.at(-1);
  if (top === undefined || typed.includes('\n') || (top.expects !== 'key' && top.expects !== 'value'))
    return null;
  const steps = frames.map((one) => (one.kind === 'array' ? '[]' : one.key));
  const what = top.expects;
  return { path: what === 'key' ? steps.slice(0, -1) : steps, what, start, typed, used: top.keys };
}

/** The schemas that can be at a path: several where there is a choice. */
function follow(root: Schema, path: readonly string[]): readonly Schema[] {
  let here = spread(root, root);
  for (const step of path) {
    here = here.flatMap((one) => {
      const inner =
        step === '[]' ? one['items'] : (asSchema(one['properties'])?.[step] ?? one['additionalProperties']);
      const next = asSchema(inner);
      return next === null ? [] : spread(next, root);
    });
  }
  return here;
}

/** A schema with its choices and references put in. */
function spread(schema: Schema, root: Schema, depth = 0): readonly Schema[] {
  const reference = schema['$ref'];
  if (typeof reference === 'string' && depth < 8) {
    const found = reference
      .replace(/^#\/?/, '')
      .split('/')
      .filter(Boolean)
      .reduce<Schema | null>((at, step) => asSchema(at?.[step]), root);
    return found === null ? [] : spread(found, root, depth + 1);
  }
  const inner = ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => {
    const list: unknown = schema[keyword];
    return Array.isArray(list) ? list.map((one): unknown => one) : [];
  });
  return [schema, ...inner.flatMap((one) => spread(asSchema(one) ?? {}, root, depth + 1))];
}

function keysOf(schemas: readonly Schema[], root: Schema, used: readonly string[]): Completion[] {
  const found = new Map<string, Completion>();
  for (const schema of schemas) {
    const names = asSchema(schema['propertyNames'])?.['enum'];
    const free = asSchema(schema['additionalProperties']);
    const properties = asSchema(schema['properties']) ?? {};
    const entries: [string, unknown][] = [
      ...Object.entries(properties),
      ...(Array.isArray(names) ? names : []).map((name): [string, unknown] => [String(name), free]),
    ];
    for (const [name, value] of entries) {
      if (used.includes(name) || found.has(name)) continue;
      const kinds = spread(asSchema(value) ?? {}, root);
      const empty = emptyOf(kinds);
      const insert = `${JSON.stringify(name)}: ${empty}`;
      found.set(name, { label: name, detail: describe(kinds), insert, back: empty === '' ? 0 : 1 });
    }
  }
  return [...found.values()];
}

function valuesOf(schemas: readonly Schema[], root: Schema): Completion[] {
  const values = new Map<string, Completion>();
  const add = (value: unknown): void => {
    const insert = JSON.stringify(value);
    values.set(insert, { label: typeof value === 'string' ? value : insert, detail: '', insert, back: 0 });
  };
  for (const schema of schemas.flatMap((one) => spread(one, root))) {
    if (Array.isArray(schema['enum'])) for (const value of schema['enum']) add(value);
    if ('const' in schema) add(schema['const']);
    else if (schema['type'] === 'boolean') for (const value of [true, false]) add(value);
    for (const [type, empty] of [
      ['object', '{}'],
      ['array', '[]'],
    ] as const) {
      if (schema['type'] === type) values.set(empty, { label: empty, detail: type, insert: empty, back: 1 });
    }
  }
  return [...values.values()];
}

function emptyOf(kinds: readonly Schema[]): string {
  const types = kinds.map((one) => one['type']);
  if (kinds.some((one) => 'enum' in one || 'const' in one)) return types.includes('boolean') ? '' : '""';
  if (types.includes('string')) return '""';
  if (types.includes('object')) return '{}';
  return types.includes('array') ? '[]' : '';
}

function describe(kinds: readonly Schema[]): string {
  const description = kinds.map((one) => one['description']).find((one) => typeof one === 'string');
  if (typeof description === 'string') return description;
  const types = kinds.map((one) => one['type']).filter((one) => typeof one === 'string');
  return [...new Set(types)].join(' | ');
}
