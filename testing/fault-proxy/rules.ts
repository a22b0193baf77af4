// The rules of the fault proxy: which request meets which fault.
//
// Invariants: the same rules, seed and order of requests give the same faults; a rule that is not understood is an
// error that names it, never one that does nothing.
import { createHash } from 'node:crypto';

/**
 * What goes wrong with one exchange. Several may be said together; what is left out stays as the upstream has it.
 * Times are ms.
 */
export interface Fault {
  /** Waits before the request is passed on. */
  readonly wait?: number;
  /** Whether the upstream gets the request. By default yes, where the answer is the upstream's own. */
  readonly pass?: boolean;
  readonly status?: number;
  readonly reason?: string;
  /** Added or replaced; null takes one out. `{date+30}` in a value is the HTTP date in 30 s. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The whole body. */
  readonly body?: string;
  /** A body of that many bytes. */
  readonly size?: number;
  /** Changes the upstream's JSON body (RFC 7396, JSON Merge Patch: null takes a member out). */
  readonly merge?: Readonly<Record<string, unknown>>;
  /** All bytes of the answer, in place of everything said above. */
  readonly raw?: string;
  readonly form?: Form;
  /** Interim answers before the answer, such as 100 or 103. */
  readonly interim?: readonly number[];
  /** Waits before the first byte of the answer. */
  readonly delay?: number;
  /** The body comes byte by byte, that far apart. */
  readonly drip?: number;
  /** Ends the connection: before the request is passed on, after it was and before an answer, or in the middle. */
  readonly cut?: Cut;
  /** Where the connection is cut: by RST, in place of FIN. */
  readonly reset?: boolean;
  /** Never answers; the connection stays open. */
  readonly swallow?: boolean;
}

const cuts = ['before', 'after', 'head', 'body'] as const;
export type Cut = (typeof cuts)[number];

/**
 * How the answer is written down. `http-1.0`: as HTTP/1.0, without a length. `no-headers`: a status line and the body.
 * `no-head`: the body alone. `short`, `long`: Content-Length is a half, or twice, of what comes. `gzip`: said to be
 * compressed, and is not. `twice`: the whole answer two times.
 */
const forms = ['http-1.0', 'no-headers', 'no-head', 'short', 'long', 'gzip', 'twice'] as const;
export type Form = (typeof forms)[number];

export interface Rule {
  /** For the log. */
  readonly name?: string;
  readonly method?: string;
  /** Regular expressions that path and query, or the request's body, must match. */
  readonly path?: string;
  readonly body?: string;
  /** Which of the requests that match, counted from 1: `2`, `3-5`, `7-`. By default all. */
  readonly nth?: string;
  /** Of those, this share in (0, 1], drawn by seed, name and number. By default all. */
  readonly probability?: number;
  readonly fault: Fault;
}

export interface Incoming {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
}

/** Finds the rule of each request: the first of those that apply. Every rule counts what matches it. */
export class RuleBook {
  readonly #rules: readonly { readonly rule: Rule; matched: number }[];
  readonly #seed: string;

  constructor(rules: readonly Rule[], seed: string) {
    this.#rules = rules.map((rule) => ({ rule, matched: 0 }));
    this.#seed = seed;
  }

  /** The rule that a request meets; null: none, it passes. */
  next(incoming: Incoming): Rule | null {
    let chosen: Rule | null = null;
    for (const [index, entry] of this.#rules.entries()) {
      if (!matches(entry.rule, incoming)) continue;
      entry.matched += 1;
      const drawn = share(`${this.#seed}:${entry.rule.name ?? String(index)}:${String(entry.matched)}`);
      if (isNth(entry.rule.nth, entry.matched) && drawn < (entry.rule.probability ?? 1))
        chosen ??= entry.rule;
    }
    return chosen;
  }
}

function matches({ method, path, body }: Rule, incoming: Incoming): boolean {
  return (
    (method === undefined || method === incoming.method) &&
    (path === undefined || new RegExp(path, 'u').test(incoming.url)) &&
    (body === undefined || new RegExp(body, 'u').test(incoming.body))
  );
}

const nthForm = /^(\d+)(-(\d*))?$/;

function isNth(nth: string | undefined, number: number): boolean {
  if (nth === undefined) return true;
  const [, first = '', range, last = ''] = nthForm.exec(nth) ?? [];
  if (range === undefined) return number === Number(first);
  return number >= Number(first) && (last === '' || number <= Number(last));
}

/** A number in [0, 1) that belongs to a text. */
export function share(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}

type Kind = 'text' | 'number' | 'boolean' | 'object' | 'statuses';

const faultMembers: Readonly<Record<keyof Fault, Kind | readonly string[]>> = {
  wait: 'number',
  pass: 'boolean',
  status: 'number',
  reason: 'text',
  headers: 'object',
  body: 'text',
  size: 'number',
  merge: 'object',
  raw: 'text',
  form: forms,
  interim: 'statuses',
  delay: 'number',
  drip: 'number',
  cut: cuts,
  reset: 'boolean',
  swallow: 'boolean',
};
const ruleMembers: Readonly<Record<keyof Rule, Kind>> = {
  name: 'text',
  method: 'text',
  path: 'text',
  body: 'text',
  nth: 'text',
  probability: 'number',
  fault: 'object',
};

/** Reads rules from JSON lines; blank lines and those that begin with `#` are skipped. Throws what is wrong, and where. */
export function parseRules(text: string): Rule[] {
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*(?:#|$)/.test(line)) return [];
    try {
      return [judgeRule(JSON.parse(line) as unknown)];
    } catch (error) {
      throw new Error(
        `line ${String(index + 1)}: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
  });
}

function judgeRule(value: unknown): Rule {
  judgeMembers('a rule', value, ruleMembers);
  // Its members have just been judged; those that are texts of a form are looked at below.
  const rule = value as Rule;
  judgeMembers('a fault', rule.fault, faultMembers);
  for (const pattern of [rule.path, rule.body]) if (pattern !== undefined) new RegExp(pattern, 'u');
  const { nth, probability = 1 } = rule;
  const [, first = '', , last = ''] = nthForm.exec(nth ?? '1') ?? [];
  const isNever = Number(first) < 1 || (last !== '' && Number(last) < Number(first));
  if (nth !== undefined && isNever) throw new Error(`nth cannot be ${nth}`);
  if (probability <= 0 || probability > 1) throw new Error(`probability cannot be ${String(probability)}`);
  for (const [name, output] of Object.entries(rule.fault.headers ?? {})) {
    if (output !== null && typeof output !== 'string')
      throw new Error(`the header ${name} is a text, or null`);
  }
  return rule;
}

function judgeMembers(
  what: string,
  value: unknown,
  members: Readonly<Record<string, Kind | readonly string[]>>,
): void {
  if (!isA('object', value)) throw new Error(`${what} is an object`);
  for (const [name, member] of Object.entries(value as object)) {
    const kind = Object.hasOwn(members, name) ? members[name] : undefined;
    if (kind === undefined) throw new Error(`${what} has no ${name}`);
    const isGood =
      typeof kind === 'string' ? isA(kind, member) : typeof member === 'string' && kind.includes(member);
    if (!isGood) throw new Error(`${name} cannot be ${JSON.stringify(member)}`);
  }
}

function isA(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && value >= 0;
    case 'boolean':
      return typeof value === 'boolean';
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'statuses':
      return Array.isArray(value) && value.every((one) => typeof one === 'number' && one >= 100 && one < 200);
  }
}
