// Local programs with a key, what they may do, and what waits for a person's yes.
import { z } from 'zod';
import { filled, namePattern, unixSeconds, unixSecondsOrNull } from './common.ts';
import type { DeepReadonly, Wire } from './wire.ts';

/** Whether a person is asked before a client gets what it asked for. */
export const approve = z.enum(['always', 'session', 'ask']);
export type Approve = Wire<typeof approve>;

const clientName = z.string().regex(namePattern);

/** A client as it is kept. The key itself stands nowhere. */
export const clientRecord = z.object({
  name: clientName,
  key_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Hex SHA-256 of the key'),
  accounts: z.array(clientName).nullable().describe('Null: all, later ones too'),
  scopes: z.array(z.string()).nullable().default(null).describe('Scopes it may get tokens of; null: any'),
  approve,
  expires_at: z
    .number()
    .nullable()
    .default(null)
    .describe('Unix seconds after which the key opens nothing, or null'),
  created_at: z.number().describe('Unix seconds'),
  last_used_at: z.number().nullable().describe('Unix seconds, or null'),
});
export type ClientRecord = Wire<typeof clientRecord>;

/** A client as it is shown. */
export const clientView = z.strictObject({
  name: z.string(),
  accounts: z.array(z.string()).nullable(),
  scopes: z.array(z.string()).nullable(),
  approve,
  expires_at: unixSecondsOrNull,
  created_at: unixSeconds,
  last_used_at: unixSecondsOrNull,
});
export type ClientView = Wire<typeof clientView>;

export const newClient = z.strictObject({
  name: filled,
  accounts: z.array(filled).nullable().default(null),
  scopes: z.array(filled).nullable().default(null),
  approve: approve.default('always'),
  expires_at: z.int().positive().nullable().default(null).describe('Unix seconds'),
});
/** What is asked for; what is omitted gets its default. */
export type NewClient = DeepReadonly<z.input<typeof newClient>>;

/** The key is shown this once. */
export const clientWithKey = z.strictObject({ client: clientView, key: z.string() });

/** A program that asks, as far as it is known: one of the two is. */
export const asker = z.strictObject({
  program: z.string().nullable().describe('`python3 (pid 123)`, by the system; or null'),
  application: z.string().nullable().describe('What it calls itself, or null'),
});
export type Asker = Wire<typeof asker>;

const question = {
  id: z.string(),
  client: z.string(),
  askers: z.array(asker).describe('Who asks, of all that share the question, as far as they are known'),
  asked_at: unixSeconds,
  expires_at: unixSeconds.describe('Unix seconds; unanswered by then it counts as denied'),
};
/** What a client may ask a person's yes for. `export`: the secrets of all accounts leave. */
export const approvalAction = z.enum(['token', 'use', 'revoke', 'login', 'export']);
export type ApprovalAction = Wire<typeof approvalAction>;
/** A request of a client that waits for a person's yes or no. */
export const requestView = z.strictObject({
  kind: z.literal('request'),
  ...question,
  account: z.string(),
  action: approvalAction.describe('What the yes is for, and nothing else'),
  scope: z.string().nullable().describe('Of a token with a scope of its own; null: that of the sign-in'),
  audience: z.string().nullable().describe('Of a token for an audience of its own, or null'),
  id_token: z
    .exactOptional(z.literal(true))
    .describe('The ID token is asked for too, which says who signed in'),
  approve: z.enum(['session', 'ask']),
});
/** A program that wants a key. */
export const pairingView = z.strictObject({
  kind: z.literal('pairing'),
  ...question,
  accounts: z.array(z.string()).nullable().describe('Null: all, later ones too'),
  code: z.string().describe('Six digits that the program shows too'),
});
export const approvalView = z.discriminatedUnion('kind', [requestView, pairingView]);
export type RequestView = Wire<typeof requestView>;
export type PairingView = Wire<typeof pairingView>;
export type ApprovalView = Wire<typeof approvalView>;

export const approvalAnswer = z.strictObject({ allow: z.boolean() });

export const pairRequest = z.strictObject({
  name: filled,
  accounts: z.array(filled).min(1).max(100).nullable().default(null).describe('All when left out'),
});
export const pairing = z.strictObject({
  id: z.string(),
  secret: z.string().describe('Sent back as `Keyfob-Pairing` to fetch the key'),
  code: z.string().describe('Six digits, to show to the person'),
  poll_seconds: z.int(),
  expires_at: z.int(),
});
export const pairingState = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('waiting'), poll_seconds: z.int() }),
  z.strictObject({ state: z.literal('paired'), client: clientView, key: z.string() }),
]);
export type Pairing = Wire<typeof pairing>;
export type PairingState = Wire<typeof pairingState>;
