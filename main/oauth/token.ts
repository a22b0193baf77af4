// A token as it is kept, and what renews it.
import { z } from 'zod';
import { proofKey } from './sender-constraint/proof-key.ts';

const bootTime = z.object({
  /** Another one after each start of the machine. */
  id: z.string(),
  /** Ms since it started, sleep counted. */
  ms: z.number(),
});
/** A moment between two starts of a machine: no set clock moves it, and every process reads the same. */
export type BootTime = z.infer<typeof bootTime>;

export const session = z.object({
  access_token: z.string().min(1),
  token_type: z.string(),
  /** Unix ms at which the token was asked for: its life is counted from here. */
  obtained_at: z.number(),
  /** What else told the time then, for its age after a restart; an older Keyfob left it out. */
  clocks: z
    .object({
      /** Ms that our wall clock was ahead of the vendor's `Date` (negative: behind); null: it sent none. */
      ahead: z.number().nullable(),
      /** Null: the system does not tell it. */
      boot: bootTime.nullable(),
    })
    .optional(),
  /** Ms in all, as was said when the token was new or holds for it; null when nothing is known. */
  lifetime: z.number().nonnegative().nullable(),
  /** Ms that the tokens before it lived, where its own life is none or longer than can be; left out: nothing is known. */
  earlier_lifetime: z.number().positive().optional(),
  /** Null: the vendor gave none, or it was used up. */
  refresh_token: z.string().min(1).nullable(),
  scope: z.string().nullable(),
  /** The ID token that came last, and holds. */
  id_token: z.string().min(1).optional(),
  /** Its signature was not looked at yet: the issuer's keys were not at hand. */
  id_token_unchecked: z.literal(true).optional(),
  /** What was wrong with an ID token that came with it, and from which nothing was taken. */
  id_token_fault: z.string().optional(),
  /** Values of the redirect and of answers that the profile keeps, by its names (`kept_values`). */
  kept: z.record(z.string(), z.string()).optional(),
  /** The key that the token is bound to (RFC 9449), and its refresh token with it; left out: whoever has them uses them. */
  proof_key: proofKey.optional(),
  bound: z.object({ redirect_uri: z.string().nullable(), scope: z.string().nullable() }),
});
/** One token and what renews it. */
export type Session = z.infer<typeof session>;

/** When the token was obtained by the steady clock of this process; null: only the session's own clocks know. */
export type SteadyMark = number | null;
