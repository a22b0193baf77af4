// Options that several commands take, and what their numbers may be.
import type { Command } from 'commander';
import type { TokenRequest } from '../../accounts/views.ts';
import { wholeNumber } from '../fields.ts';

const MAX_PORT = 65_535;
/** Seconds that a sign-in may wait: a day. */
export const MAX_TIMEOUT = 86_400;
export const MAX_NUMBER = 1_000_000_000;

/** Gathers an option that may be given again. */
export const each = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

export interface TokenFlags {
  readonly minValid?: string | undefined;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
}

/** `--min-valid`, `--scope` and `--audience`, the same for all that need a token. */
export function withToken(command: Command): Command {
  return command
    .option('--min-valid <S>', 'valid for at least this many more seconds')
    .option('--scope <S>', 'for this scope')
    .option('--audience <A>', 'for this audience');
}

/** What these options ask for. */
export function tokenRequest({ minValid, scope, audience }: TokenFlags): TokenRequest {
  return {
    minValid: minValid === undefined ? undefined : wholeNumber('--min-valid', minValid, 0, MAX_NUMBER),
    scope,
    audience,
  };
}

/** A port of TCP; undefined where none is given. */
export function portIn(option: string, text: string | undefined, min = 0): number | undefined {
  return text === undefined ? undefined : wholeNumber(option, text, min, MAX_PORT);
}
