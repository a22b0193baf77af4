// Commands that run on an event.
import { z } from 'zod';
import { accountEvents } from './events.ts';
import { filled } from './common.ts';
import type { Wire } from './wire.ts';

/** The events of `GET /v1/events`, by name. */
export const eventNames = [
  ...accountEvents,
  'account.sign_in_needed',
  'token.refreshed',
  'token.refresh_failed',
  'sign_in.changed',
  'provider.added',
  'vault.locked',
  'vault.unlocked',
  'vault.away',
  'vault.back',
  'approval.waiting',
  'approval.answered',
  'audit',
] as const;

/** What a program can be given. */
const argument = z
  .string()
  .max(10_000)
  .regex(/^[^\0]*$/, 'must be without NUL');

export const newHook = z.strictObject({
  event: filled,
  command: z
    .array(argument)
    .min(1)
    .max(100)
    .refine(([program]) => program !== '', 'must name a program')
    .describe('A program and its arguments: no shell'),
});
export type NewHook = Wire<typeof newHook>;
export const hook = newHook.extend({ id: z.string() });
export type Hook = Wire<typeof hook>;
