// Accounts on their way from one home to another.
import { z } from 'zod';
import { message } from './message.ts';
import type { Wire } from './wire.ts';

/** What became of one account or profile of an import. */
export const importResult = z.strictObject({
  kind: z.enum(['account', 'profile']),
  name: z.string(),
  outcome: z
    .enum(['added', 'skipped', 'refused'])
    .describe('`skipped`: there is one of this name, which stays as it is'),
  why: z.array(message).describe('Why not, or what is left to do; empty when it was added whole'),
});
export type ImportResult = Wire<typeof importResult>;
const importResultAnswer = importResult.extend({
  why: z.string().nullable().describe('A sentence, unless it was added whole'),
});
export type ImportResultAnswer = Wire<typeof importResultAnswer>;

export const exportRequest = z.strictObject({
  secrets: z.boolean().default(false),
  passphrase: z.exactOptional(z.string()).describe('Seals the secrets; at least 8 characters'),
});
export const importRequest = z.strictObject({
  document: z.unknown().describe('What POST /v1/export answered'),
  passphrase: z.exactOptional(z.string()),
});
export const importAnswer = z.strictObject({ results: z.array(importResultAnswer) });
