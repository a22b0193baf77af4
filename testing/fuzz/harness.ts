// What is held of every parser of a text that comes from outside, by fast-check (docs/security/attacks.md names the attacks).
//
// Invariants: a case throws a refusal that is data and nothing else; where the text may hold a secret no refusal
// repeats it; what has a way back comes back; a text of twice the length takes about twice the time. A seed and the
// parsers' list give the same cases.
import process from 'node:process';
import fc from 'fast-check';
import { KeyfobError } from '../../main/api/errors.ts';
import { Failed } from '../../main/oauth/outcome.ts';

/** Stands in the samples and in what is put into them. */
export const secret = 'kfS3cretCanary91-of.thirty_two+AB';

export interface Parser<Input = unknown> {
  readonly name: string;
  readonly input: fc.Arbitrary<Input>;
  /** Parses, and throws what is wrong beside the errors it may throw (a way back that does not lead there, say). */
  readonly parse: (input: Input) => unknown;
  /** An input with a long text in it, where texts may be long. */
  readonly grow?: (text: string) => Input;
  /** Characters of the longest text that comes that far. */
  readonly longest?: number;
  /** Its refusals repeat nothing of the text. */
  readonly quiet?: boolean;
  /** Refusals beside KeyfobError that its callers catch. */
  readonly alsoThrows?: (error: unknown) => boolean;
  /** Cases out of a hundred of the others: what opens files or sockets takes longer. */
  readonly share?: number;
}

/** Takes any parser into the list. */
export function parser<Input>(one: Parser<Input>): Parser {
  // The list runs each with inputs of its own arbitrary alone.
  return one as unknown as Parser;
}

const pieces = [
  ...['{', '}', '[', ']', '"', '\\', ':', ',', 'null', 'true', '0', '-1', '1e999', '9'.repeat(20), '\\u0000'],
  ...[
    '&',
    '=',
    '?',
    '#',
    '%',
    '%00',
    '%zz',
    '%26',
    '+',
    ';',
    '/',
    '//',
    '\\\\',
    '@',
    '..',
    ' ',
    '\t',
    '\r\n',
    '\n',
  ],
  ...[
    "'",
    '`',
    '$',
    '$(id)',
    '${x}',
    '<',
    '>',
    '<html>',
    '\0',
    '\u001b[31m',
    '\u202e',
    '\u2028',
    '\ufeff',
    '\ud800',
  ],
  ...[
    'é',
    '漢',
    '😀',
    'kf_',
    'Bearer ',
    'eyJ',
    '__proto__',
    'constructor',
    'toString',
    'a'.repeat(70),
    secret,
  ],
  ...['code=', 'state=', 'error=', 'access_token=', 'http://', 'https://', 'localhost', '127.0.0.1', '[::1]'],
];
const piece = fc.constantFrom(...pieces);

interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
  readonly times: number;
}
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(10_000),
  cut: fc.oneof(fc.constant(0), fc.nat(12)),
  put: fc.oneof(piece, piece, fc.constant(''), fc.string({ unit: 'binary', maxLength: 8 })),
  times: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(90) }),
});

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((rest, { at, cut, put, times }) => {
    const where = rest.length === 0 ? 0 : at % (rest.length + 1);
    return rest.slice(0, where) + put.repeat(times) + rest.slice(where + cut);
  }, text);
}

/** Texts like the samples with something changed, and texts of any kind. */
export function textLike(...samples: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...samples), fc.array(edit, { maxLength: 5 }))
        .map(([text, edits]) => edited(text, edits)),
    },
    { weight: 2, arbitrary: fc.array(piece, { maxLength: 20 }).map((all) => all.join('')) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  );
}

/** Values like a sample with some members changed. */
export function valueLike(sample: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const names = fc.oneof(fc.constantFrom(...Object.keys(sample), '__proto__', 'error', secret), piece);
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), piece, fc.double(), textLike(secret));
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.dictionary(names, value, { maxKeys: 4 }).map((own) => ({ ...sample, ...own })),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

/** What a text was turned into did not come back as it was. */
export class NotTheSame extends Error {}

export function same(one: unknown, other: unknown): void {
  if (JSON.stringify(one) !== JSON.stringify(other)) throw new NotTheSame('what went in did not come back');
}

async function judgeCase({ parse, quiet, alsoThrows }: Parser, input: unknown): Promise<void> {
  try {
    await parse(input);
  } catch (error) {
    if (!(error instanceof KeyfobError || error instanceof Failed) && alsoThrows?.(error) !== true)
      throw error;
    if (quiet !== true) return;
    const told = error instanceof KeyfobError ? [error.message, error.problem] : [JSON.stringify(error)];
    if (JSON.stringify(told).includes(secret))
      throw new Error('the refusal repeats a secret', { cause: error });
  }
}

/** Tries a parser with so many cases; throws with the smallest case that fails. */
export async function tryCases(one: Parser, runs: number, seed: number): Promise<void> {
  const numRuns = Math.max(20, Math.ceil((runs * (one.share ?? 100)) / 100));
  await fc.assert(
    fc.asyncProperty(one.input, (input) => judgeCase(one, input)),
    { numRuns, seed, endOnFailure: false },
  );
}

const openings = ['', '"', '{"a":"', '[', 'https://', 'a=', '{"access_token":"x","scope":"'];

/** Ms of a case on the processor, the least of a few: what else runs on the machine does not count. */
async function timeOf(one: Parser, input: unknown, times = 2): Promise<number> {
  let min = Infinity;
  for (let n = 0; n < times; n += 1) {
    const began = process.cpuUsage();
    await judgeCase(one, input);
    const { user, system } = process.cpuUsage(began);
    min = Math.min(min, (user + system) / 1000);
  }
  return min;
}

/**
 * Tries a parser with texts that repeat a piece, half as long as can be and as long as can be; throws where the
 * longer one takes far more than twice the time. What takes less than `fast` ms is not measured further.
 */
export async function tryLengths(
  one: Parser,
  fast: number,
  longest = one.longest ?? 64 * 1024,
): Promise<void> {
  const { grow } = one;
  if (grow === undefined) return;
  for (const opening of openings)
    for (const repeated of pieces) {
      const of = (length: number): unknown =>
        grow(opening + repeated.repeat(Math.max(1, Math.floor(length / repeated.length))));
      let whole = await timeOf(one, of(longest));
      if (whole < fast) continue;
      let half = await timeOf(one, of(longest / 2), 4);
      // A busy machine is no quadratic parser: it is looked at again before anything is said.
      for (let again = 0; again < 3 && whole >= fast && whole > 3.3 * half; again += 1) {
        whole = Math.min(whole, await timeOf(one, of(longest), 3));
        half = Math.max(half, await timeOf(one, of(longest / 2), 3));
      }
      if (whole >= fast && whole > 3.3 * half)
        throw new Error(
          `${JSON.stringify(opening + repeated)} ×: ${whole.toFixed(0)} ms, half of it ${half.toFixed(0)} ms`,
        );
    }
}
