// A line of the log: what Keyfob did, for whoever looks for the reason of something.
//
// Invariants: no member holds a text from outside. Each is one of ours, a number, or a word (a name, a host, an
// error's code) of a shape in which no token, secret, address or sentence can stand.
import { z } from 'zod';
import type { Wire } from './wire.ts';

/** A name, a host with its port, or a code. */
const word = z.string().regex(/^[\w[][\w.:[\]-]{0,79}$/);
const at = z.iso.datetime().describe('UTC');
const account = word;
const seconds = z.int().nullable();

const line = <Event extends string, Shape extends z.ZodRawShape>(event: Event, shape: Shape) =>
  z.strictObject({ at, event: z.literal(event), ...shape });

export const logLine = z.discriminatedUnion('event', [
  line('host.started', {
    host: word,
    version: word,
    node: word,
    platform: word,
    vault: word,
    accounts: z.int(),
  }),
  line('host.stopping', { spending: z.int().describe('Accounts whose refresh token is under way') }),
  line('account.changed', { account, what: word.describe('The event of `GET /v1/events`') }),
  line('account.sign_in_needed', { account, error: word.nullable() }),
  line('token.refreshed', { account, lives_for: seconds }),
  line('token.refresh_failed', { account, error: word.nullable(), next_try_in: seconds }),
  line('vendor.answered', {
    method: word,
    host: word,
    status: z.int().nullable().describe('HTTP status; null: no answer'),
    failure: word.nullable().describe('The system’s or the runtime’s code'),
    milliseconds: z.int(),
  }),
  line('vault.locked', {}),
  line('vault.unlocked', {}),
  line('unexpected', {
    error: word,
    places: z.array(z.string().regex(/^[\w .<>[\]]{0,80}\([\w.-]{1,80}:\d+:\d+\)$/)),
  }),
]);
export type LogLine = Wire<typeof logLine>;

/** A text as a word; null where it is none. */
export function wordOf(text: string): string | null {
  return word.safeParse(text).success ? text : null;
}
