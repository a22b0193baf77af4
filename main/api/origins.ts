// Origins (scheme, host, port) that an account's secrets may go to, and those that ask for a yes.
import { z } from 'zod';
import { message } from './message.ts';
import type { Wire } from './wire.ts';

/** Secrets of an account went to `known` until now, and would go to `asked`. */
export const originChange = z.strictObject({
  account: z.string(),
  known: z.array(z.string()),
  asked: z.string(),
});
export type OriginChange = Wire<typeof originChange>;

/** What a change has left for a person to read and to answer. */
export const aftermath = z.strictObject({
  notes: z.array(message).describe('For a person to read'),
  asks: z.array(originChange).describe('Origins that get nothing secret until `allow_origins` names them'),
});
export type Aftermath = Wire<typeof aftermath>;

/** The same as the endpoint tells it: `notes` says in sentences what `asks` asks, too. */
export const aftermathInSentences = z.strictObject({
  notes: z.array(z.string()).describe('Sentences for a person to read'),
  asks: aftermath.shape.asks,
});
