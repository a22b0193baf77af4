// A token as it is kept, and what renews it.
import { z } from 'zod';

export const session = z.object({
  access_token: z.string().min(1),
  token_type: z.string(),
  /** Unix ms at which the token was asked for: its life is counted from here. */
  obtained_at: z.number(),
  /** Ms, as the vendor said when the token was new; null when it did not. */
  lifetime: z.number().nonnegative().nullable(),
  /** Null: the vendor gave none, or it was used up. */
  refresh_token: z.string().min(1).nullable(),
  scope: z.string().nullable(),
  /** What was wrong with an ID token that came with it, and from which nothing was taken. */
  id_token_fault: z.string().optional(),
  bound: z.object({ redirect_uri: z.string().nullable(), scope: z.string().nullable() }),
});
/** One token and what renews it. */
export type Session = z.infer<typeof session>;

/** When the token was obtained by the steady clock; null after a restart, when only the wall clock knows. */
export type SteadyMark = number | null;
