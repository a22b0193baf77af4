// A digest that stands in the object that it is made of, so that a file of ours that was changed by anything else (a
// person, a disk that lost a bit) is told from one that we wrote.
import { sha256Hex } from './digest.ts';
import { indentedPieces } from './json-pieces.ts';

type Members = Readonly<Record<string, unknown>>;

/** Of what is beside it: 16 hex digits of a SHA-256. */
const member = 'digest';

/** The object with its digest as the last member. */
export function withDigest(value: Members): Record<string, unknown> {
  const rest = withoutDigest(value);
  return { ...rest, [member]: digestOf(indented(rest)) };
}

/**
 * The indented text of `withDigest` of which the digest is made, in pieces: both at once, for the settings of many
 * accounts. What it freezes: see `indentedPieces`.
 */
export function piecesWithDigest(value: Members): string[] {
  const pieces = indentedPieces(withoutDigest(value));
  const digest = `\n\t"${member}": "${digestOf(pieces)}"\n}`;
  pieces[pieces.length - 1] = pieces.length === 2 ? digest : `,${digest}`;
  return pieces;
}

export function withoutDigest({ [member]: _, ...rest }: Members): Record<string, unknown> {
  return rest;
}

/** `fits`: as we wrote it. `differs`: it was changed since. `none`: it has no digest. */
export function judgeDigest(value: Members): 'fits' | 'differs' | 'none' {
  if (!Object.hasOwn(value, member)) return 'none';
  const rest = withoutDigest(value);
  // The first versions made it of the text without indentation.
  const ours = [indented, (one: Members) => JSON.stringify(one)];
  return ours.some((textOf) => value[member] === digestOf(textOf(rest))) ? 'fits' : 'differs';
}

function indented(rest: Members): string {
  return JSON.stringify(rest, undefined, '\t');
}

function digestOf(text: string | readonly string[]): string {
  return sha256Hex(text).slice(0, 16);
}
