// A line of the audit. A token, key or secret has no member to stand in.
import { z } from 'zod';
import { errorCodes } from './codes.ts';
import { filled, secondsInQuery, unixSeconds } from './common.ts';
import type { Wire } from './wire.ts';

/** Where a request came in; `keyfob`: nobody asked, Keyfob did it by itself. */
export const listener = z.enum([
  'socket',
  'tcp',
  'guest',
  'oidc-agent',
  'console',
  'window',
  'tray',
  'keyfob',
]);
export type Listener = Wire<typeof listener>;

export const auditLine = z.strictObject({
  at: unixSeconds,
  client: z.string().nullable().describe('Null when nobody could be made out'),
  via: listener,
  account: z.string().nullable(),
  provider: z.string().nullable(),
  route: z.string().describe('Method and route, never a raw URL; or the name of a window’s call'),
  outcome: z.enum(['ok', ...errorCodes]),
  program: z.exactOptional(z.string()).describe('The program that asked, where it is known'),
  pid: z.exactOptional(z.int()),
  application: z.exactOptional(z.string()).describe('How the program calls itself'),
  scope: z.exactOptional(z.string()).describe('The one that was asked for'),
  audience: z.exactOptional(z.string()).describe('The one that was asked for'),
  id_token: z.exactOptional(z.literal(true)).describe('The ID token was handed out'),
  about: z
    .exactOptional(z.string())
    .describe('What it was about: a client, provider, hook or question, or the request that a token was for'),
  count: z
    .exactOptional(z.int())
    .describe(
      'Such requests since the last line of them, beyond those that have lines of their own; omitted: one',
    ),
  origin: z.exactOptional(z.string()).describe('The one that was refused or allowed'),
});
export type AuditLine = Wire<typeof auditLine>;

/** Which lines the window wants; all when nothing is said. */
export const auditWanted = z.strictObject({
  since: z.exactOptional(unixSeconds),
  until: z.exactOptional(unixSeconds).describe('Unix seconds: lines before then'),
  client: z.exactOptional(z.string().nullable()),
  via: z.exactOptional(z.array(listener)),
  account: z.exactOptional(z.string()),
  refused: z.exactOptional(z.boolean()).describe('Only what was not done'),
});
export type AuditWanted = Wire<typeof auditWanted>;

export const auditQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a number from 0 to 10000')
    .transform(Number)
    .refine((value) => value <= 10_000, 'must be a number from 0 to 10000')
    .optional(),
  since: secondsInQuery(1e11).optional().describe('Unix seconds: lines from then on'),
  client: filled.optional(),
  account: filled.optional(),
  refused: z.literal('true').optional().describe('Only what was not done'),
});
