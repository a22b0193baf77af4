// A digest that stands in the object that it is made of, so that a file of ours that was changed by anything else (a
// person, a disk that lost a bit) is told from one that we wrote.
import { sha256Hex } from './digest.ts';

type Members = Readonly<Record<string, unknown>>;

/** Of what is beside it: 16 hex digits of a SHA-256. */
const member = 'digest';

/** The object with its digest as the last member. */
export function withDigest(value: Members): Record<string, unknown> {
  const rest = withoutDigest(value);
  return { ...rest, [member]: digestOf(rest) };
}

export function withoutDigest({ [member]: _, ...rest }: Members): Record<string, unknown> {
  return rest;
}

/** `fits`: as we wrote it. `differs`: it was changed since. `none`: it has no digest. */
export function judgeDigest(value: Members): 'fits' | 'differs' | 'none' {
  if (!Object.hasOwn(value, member)) return 'none';
  return value[member] === digestOf(withoutDigest(value)) ? 'fits' : 'differs';
}

function digestOf(rest: Members): string {
  return sha256Hex(JSON.stringify(rest)).slice(0, 16);
}
