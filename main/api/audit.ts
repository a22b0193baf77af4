// A line of the audit. A token, key or secret has no member to stand in.
import { z } from 'zod';
import { errorCodes } from './codes.ts';
import { unixSeconds } from './common.ts';
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
  door: listener,
  account: z.string().nullable(),
  provider: z.string().nullable(),
  route: z.string().describe('Method and route, never a raw URL; or the name of a window’s call'),
  outcome: z.enum(['ok', ...errorCodes]),
  program: z.exactOptional(z.string()).describe('The program that asked, where it is known'),
  pid: z.exactOptional(z.int()),
  application: z.exactOptional(z.string()).describe('How the program calls itself'),
  scope: z.exactOptional(z.string()).describe('The one that was asked for'),
  audience: z.exactOptional(z.string()).describe('The one that was asked for'),
  origin: z.exactOptional(z.string()).describe('The one that was refused or allowed'),
});
export type AuditLine = Wire<typeof auditLine>;

export const auditQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a number from 0 to 10000')
    .transform(Number)
    .refine((value) => value <= 10_000, 'must be a number from 0 to 10000')
    .optional(),
});
