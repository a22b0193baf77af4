// Reading JSON of others (RFC 8259): the one way for whatever came from outside.
//
// Invariants: what is nested deeper than anybody writes is refused before it is parsed, in one pass: whatever walks
// over a value (JSON.stringify, a schema) needs stack for each level; a name `__proto__` is refused.

/** Objects and arrays within each other. */
const deepest = 64;

/** The value of a JSON text. Throws SyntaxError for what is none, or nested too deeply; it never quotes the text. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError('nested too deeply');
  let hasProto = false;
  let value: unknown;
  try {
    value = JSON.parse(text, (key, inner: unknown) => {
      if (key === '__proto__') hasProto = true;
      return inner;
    });
  } catch {
    throw new SyntaxError('not JSON');
  }
  if (hasProto) throw new SyntaxError('__proto__');
  return value;
}

/** Whether a value is an object of JSON: no array, no null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path, with dots between the names, a number in a list: `data.token`, `errors.0.code`; undefined: nothing. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>(memberOf, value);
}

function memberOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (quoted) {
      if (sign === backslash) at += 1;
      else if (sign === quote) quoted = false;
    } else if (sign === quote) quoted = true;
    else if (sign === brace || sign === bracket) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (sign === braceEnd || sign === bracketEnd) depth -= 1;
  }
  return false;
}

const [quote, backslash, brace, bracket, braceEnd, bracketEnd] = [0x22, 0x5c, 0x7b, 0x5b, 0x7d, 0x5d];
