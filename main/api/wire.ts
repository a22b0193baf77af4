// The type of what a schema lets through, as everybody but its author handles it: read and passed on, never changed.
import type { z } from 'zod';

type Leaf = string | number | boolean | bigint | symbol | null | undefined;

/** The same shape, nothing of which can be assigned to. */
export type DeepReadonly<T> = unknown extends T
  ? T
  : T extends Leaf
    ? T
    : T extends readonly (infer Item)[]
      ? readonly DeepReadonly<Item>[]
      : { readonly [Key in keyof T]: DeepReadonly<T[Key]> };

/** What a schema gives after it has judged a value. */
export type Wire<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;
