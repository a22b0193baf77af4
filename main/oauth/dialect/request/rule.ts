// A rule of a profile about a request: one member of a request's form, what it may be, and what it makes of the request.
//
// Invariants: rules are pure, and know nothing of accounts. They are applied in the registry's order, each to what the
// one before it made.
import type { z } from 'zod';
import type { ClientValues, FieldValues } from '../../template.ts';
import type { OutgoingRequest } from '../../ports.ts';

/** Where the parameters of a request travel. `header` and `query` have an empty body. */
export type ParameterLocation = 'header' | 'query' | 'form' | 'json';

/** A parameter: a text, or what a JSON body has besides. */
export type ParameterValue =
  string | number | boolean | null | readonly ParameterValue[] | { readonly [name: string]: ParameterValue };

/** A request before it is written out. */
export interface Draft {
  readonly method: OutgoingRequest['method'];
  readonly in: ParameterLocation;
  /** Decoded, in the order in which they are written. */
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What templates are filled with. */
export interface RequestValues extends ClientValues {
  /** What this one request alone has: names of `ownValues`. */
  readonly own: FieldValues;
  /** Parameters of its own standard message: names of `messageValues`. A field of such a name is meant in their place. */
  readonly message?: FieldValues;
}

export interface RequestRule<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** Templates in it may name secret fields: what they make passes the account's gate, as every secret does. */
  readonly takesSecrets?: true;
  apply(draft: Draft, value: z.output<Schema>, values: RequestValues): Draft;
}
