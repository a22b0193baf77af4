// Problems and messages as tests compare them: a message in a line is `is_missing(no_choice(basic, query))`.
import { KeyfobError } from '../main/api/errors.ts';
import type { Problem } from '../main/api/problem.ts';
import type { Message, Param } from '../main/api/problems/index.ts';

/** The reason, and in brackets what its sentence names, in the order in which it was given. */
export function short({ reason, params }: Message): string {
  const named = Object.values(params).map(shown);
  return named.length === 0 ? reason : `${reason}(${named.join(', ')})`;
}

function shown(value: Param): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if ('reason' in value) return short(value);
  if ('en' in value) return value.en;
  return value.map(shown).join(', ');
}

/** The error that a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<KeyfobError> {
  return promise.then(
    () => {
      throw new Error('it was expected to be refused');
    },
    (error: unknown) => {
      if (error instanceof KeyfobError) return error;
      throw error;
    },
  );
}

/** The problem that a call throws. */
export function problemOf(run: () => unknown): Problem {
  try {
    run();
  } catch (error) {
    if (error instanceof KeyfobError) return error.problem;
    throw error;
  }
  throw new Error('it was expected to be refused');
}

/** A problem with a sentence of its own, for tests of those who only pass it on. */
export { commandError as problem } from '../main/cli/fail.ts';
