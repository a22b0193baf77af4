// What a row of the tables of problems is made of. No schema here: the command line reads the tables at every start.
import type { ErrorCode } from '../codes.ts';
import type { LocalizedText } from '../common.ts';

/** What fills a placeholder of a sentence: never a secret, a token, a code or a vendor's whole answer. */
export type Param = string | number | readonly string[] | LocalizedText | Message | readonly Message[];
export type Params = Readonly<Record<string, Param>>;

/** Something to tell a person, as data: `main/messages/` has the sentence for each reason, in each language. */
export interface Message {
  readonly reason: string;
  readonly params: Params;
  /** What the person can do about it; see actions.ts. */
  readonly action?: { readonly type: string; readonly params: Params };
}

/** A row of a table: the code that programs branch on (null: a note, no problem) and what its sentence names. */
export interface Kind<Named extends Params = Params, Code extends ErrorCode | null = ErrorCode | null> {
  readonly code: Code;
  /** For the compiler alone. */
  readonly named?: Named;
}

/** No params. */
export type Nothing = Readonly<Record<string, never>>;

/** A problem of a code; the type argument names the params of its sentence. */
export const problem = <Named extends Params = Nothing>(code: ErrorCode): Kind<Named, ErrorCode> => ({
  code,
});

/** Something to tell that is no problem by itself: what follows a change, a part of another sentence. */
export const note = <Named extends Params = Nothing>(): Kind<Named, null> => ({ code: null });
