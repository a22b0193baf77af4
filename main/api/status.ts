// What a host tells of itself.
import { z } from 'zod';
import { message } from './message.ts';
import type { Wire } from './wire.ts';

export const vaultKind = z.enum(['keychain', 'file', 'memory']);
export type VaultKind = Wire<typeof vaultKind>;

export const hostStatus = z.strictObject({
  host: z.enum(['desktop', 'agent']),
  version: z.string(),
  platform: z.string().describe('As Node’s `process.platform`'),
  pid: z.int(),
  home: z.string().nullable().describe('KEYFOB_HOME; null when the platform’s own places are used'),
  socket: z.string(),
  endpoint: z.string().nullable().describe('`http://127.0.0.1:PORT`; null without a TCP listener'),
  console: z.string().nullable(),
  vault: z.strictObject({
    kind: vaultKind,
    locked: z.boolean(),
    why: message.nullable().describe('Why this kind was chosen'),
    away: message.nullable().describe('Why it is out of reach, though nobody locked it; null: it is there'),
  }),
  notices: z.array(message).describe('What a person should read'),
});
export type HostStatus = Wire<typeof hostStatus>;

/** `GET /v1/status`, in sentences. */
export const statusAnswer = hostStatus.extend({
  vault: hostStatus.shape.vault.extend({
    why: z.string().nullable().describe('Why this kind was chosen'),
    away: z
      .string()
      .nullable()
      .describe('Why it is out of reach, though nobody locked it; null: it is there'),
  }),
  notices: z.array(z.string()).describe('Sentences that a person should read'),
  accounts: z.int(),
  refused: z.record(z.string(), z.int()).describe('Requests turned away since the start, by code'),
});
export type StatusAnswer = Wire<typeof statusAnswer>;

/** What the window is told. */
export const windowStatus = hostStatus.extend({
  online: z.boolean().describe('Whether there is a network, as far as is known'),
  tray_missing: z
    .boolean()
    .describe(
      'Whether the desktop shows no tray icons, as far as is known; false of the agent, which has none',
    ),
});
export type WindowStatus = Wire<typeof windowStatus>;

/** An address that opens something once, for minutes. */
export const oneTimeAddress = z.strictObject({
  url: z.string(),
  confirmation_code: z
    .string()
    .nullable()
    .describe('Six digits that it asks for where it cannot tell who opens it; null where it never does'),
});
export type OneTimeAddress = Wire<typeof oneTimeAddress>;

export const health = z.strictObject({ status: z.literal('ok'), version: z.string() });
