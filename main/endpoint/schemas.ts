// Shapes of what comes in and goes out, as zod schemas: the checks and the OpenAPI description are made of
// the same ones.
//
// Invariant: a sentence about what is wrong names fields and rules, never a value that was sent.
import { z } from 'zod';

import { KeyfobError } from '../core/errors.ts';
import type {
  AccountView,
  AddedProvider,
  ChangedAccount,
  FieldView,
  ProviderView,
  SignInStep,
  TokenAnswer,
  AccountState,
} from '../core/views.ts';
import type { AuditLine } from './audit.ts';
import type { ClientView } from './clients.ts';
import type { ApprovalView } from './types.ts';

const filled = z.string().min(1);
/** A number in a query: digits, with decimals or without. */
function seconds(most: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d{1,10}(\.\d{1,9})?$/, `must be a number of seconds from 0 to ${most}`)
    .transform(Number)
    .refine((value) => value <= most, `must be a number of seconds from 0 to ${most}`);
}

const texts = z.record(z.string(), z.string());
const when = z.int().nullable().describe('Unix seconds, or null');
export const approve = z.enum(['always', 'session', 'ask']);

export const none = z.strictObject({});

export const tokenQuery = z.strictObject({
  account: filled.optional().describe('The account; the selected one when left out'),
  provider: filled.optional().describe('The account selected for this provider'),
  min_valid: seconds(1e9).optional().describe('Seconds the token must still be valid; strict when stated'),
  scope: filled.optional(),
  audience: filled.optional(),
});
export const signInQuery = z.strictObject({ wait: seconds(30).optional() });
export const auditQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a number from 0 to 10000')
    .transform(Number)
    .refine((value) => value <= 10_000, 'must be a number from 0 to 10000')
    .optional(),
});

export const refreshBody = z.strictObject({
  rejected: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be the hex SHA-256 of the token that was refused')
    .optional(),
});
export const loginBody = z.strictObject({
  paste: z.boolean().optional(),
  browser: z
    .boolean()
    .optional()
    .describe('The system’s browser instead of a window of the host’s; as the profile says when unsaid'),
  timeout: z.number().positive().max(86_400).optional().describe('Seconds'),
});
export const addBody = z.strictObject({
  name: filled,
  provider: filled,
  grant: filled.optional(),
  settings: texts.optional(),
  secrets: texts.optional(),
});
export const setBody = z.strictObject({
  settings: texts.optional(),
  secrets: texts.optional(),
  allow_origins: z
    .array(filled)
    .max(20)
    .optional()
    .describe('Origins (scheme, host, port) that the secrets may go to from now on'),
});
export const redirectBody = z.strictObject({ url: filled });
export const unlockBody = z.strictObject({ passphrase: z.string().optional() });
export const clientBody = z.strictObject({
  name: filled,
  accounts: z.array(filled).nullable().optional(),
  scopes: z.array(filled).nullable().optional(),
  approve: approve.optional(),
  /** Unix seconds. */
  expires_at: z.int().positive().nullable().optional(),
});
export const approvalBody = z.strictObject({ allow: z.boolean() });

const states = [
  'signed_out',
  'signing_in',
  'live',
  'refreshing',
  'retrying',
  'sign_in_needed',
  'locked',
] as const satisfies readonly AccountState[];

export const account: z.ZodType<AccountView> = z.strictObject({
  name: z.string(),
  provider: z.string(),
  grant: z.string(),
  state: z.enum(states),
  expires_at: when,
  lifetime: z.int().nullable().describe('Seconds that the token lives in all, or null'),
  next_refresh_at: when,
  scope: z.string().nullable(),
  selected: z.boolean(),
  selected_for_provider: z.boolean(),
  notice: z.string().nullable(),
});

export const token: z.ZodType<TokenAnswer> = z.strictObject({
  account: z.string(),
  provider: z.string(),
  access_token: z.string(),
  token_type: z.string(),
  expires_at: when,
  expires_in: z.int().nullable().describe('Seconds left, or null'),
  scope: z.string().nullable(),
  headers: texts.describe("Headers to send to the vendor's API"),
  query: texts.describe("Query parameters to send to the vendor's API"),
});

const field: z.ZodType<FieldView> = z.strictObject({
  name: z.string(),
  label: z.string(),
  help: z.string().nullable(),
  secret: z.boolean(),
  default: z.string().nullable(),
  choices: z.array(z.string()).nullable(),
  grants: z.array(z.string()),
  required_for: z.array(z.string()),
});

const originChange = z.strictObject({
  account: z.string(),
  known: z.array(z.string()),
  asked: z.string(),
});
const aftermath = {
  notes: z.array(z.string()).describe('For a person to read'),
  asks: z.array(originChange).describe('Origins that get nothing secret until `allow_origins` names them'),
};
export const changedAccount: z.ZodType<ChangedAccount> = z.strictObject({ account, ...aftermath });

const providerShape = {
  id: z.string(),
  name: z.string(),
  built_in: z.boolean(),
  grants: z.array(z.string()),
  default_grant: z.string(),
  credentials_help: z.string(),
  fields: z.array(field),
};
export const provider: z.ZodType<ProviderView> = z.strictObject(providerShape);
export const addedProvider: z.ZodType<AddedProvider> = z.strictObject({
  ...providerShape,
  ...aftermath,
});

const steps = [
  'page_opened',
  'redirect_caught',
  'code_exchanged',
  'token_kept',
] as const satisfies readonly SignInStep[];

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  hint: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  retry_after: z.number().optional().describe('Seconds'),
  origins: originChange
    .optional()
    .describe('An origin that the account’s secrets were not entered for; allowed by `allow_origins`'),
});

export const signIn = z.strictObject({
  id: z.string(),
  account: z.string(),
  state: z.enum(['waiting', 'done', 'failed']),
  url: z.string().nullable(),
  user_code: z.string().nullable(),
  confirmation_code: z
    .string()
    .nullable()
    .describe('Six digits that the address asks for where it cannot tell who opens it'),
  expires_at: z.int(),
  steps: z.array(z.enum(steps)),
  problem: problem.nullable(),
});

export const client: z.ZodType<ClientView> = z.strictObject({
  name: z.string(),
  accounts: z.array(z.string()).nullable(),
  scopes: z.array(z.string()).nullable(),
  approve,
  expires_at: when,
  created_at: z.int(),
  last_used_at: when,
});

const question = {
  id: z.string(),
  client: z.string(),
  asked_by: z.string().nullable().describe('The program that asks, where it is known'),
  asked_at: z.int(),
  expires_at: z.int(),
};
export const approval: z.ZodType<ApprovalView> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('request'),
    ...question,
    account: z.string(),
    approve: z.enum(['session', 'ask']),
  }),
  z.strictObject({
    kind: z.literal('pairing'),
    ...question,
    accounts: z.array(z.string()).nullable(),
    code: z.string(),
  }),
]);

export const pairBody = z.strictObject({
  name: filled,
  accounts: z.array(filled).min(1).max(100).nullable().optional().describe('All when left out'),
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
  z.strictObject({ state: z.literal('paired'), client, key: z.string() }),
]);

export const auditLine: z.ZodType<Omit<AuditLine, 'outcome'> & { readonly outcome: string }> = z.strictObject(
  {
    at: z.int(),
    client: z.string().nullable(),
    door: z.enum(['socket', 'tcp', 'console', 'window', 'tray', 'guest', 'oidc-agent', 'keyfob']),
    account: z.string().nullable(),
    provider: z.string().nullable(),
    route: z.string(),
    outcome: z.string().describe('`ok` or a code'),
    program: z.string().optional(),
    pid: z.int().optional(),
    application: z.string().optional(),
    origin: z.string().optional().describe('The one that was refused or allowed'),
  },
);

export const status = z.strictObject({
  version: z.string(),
  host: z.enum(['desktop', 'agent']),
  pid: z.int(),
  home: z.string().nullable(),
  socket: z.string(),
  endpoint: z.string().nullable(),
  console: z.string().nullable(),
  vault: z.strictObject({
    kind: z.enum(['keychain', 'file', 'memory']),
    locked: z.boolean(),
    why: z.string().nullable(),
  }),
  notices: z.array(z.string()),
  accounts: z.int(),
  refused: z.record(z.string(), z.int()).describe('Requests turned away since the start, by code'),
});

/** A name as it may be repeated in a sentence; one that could hold a secret or a page's mark-up may not. */
function naming(name: string): string {
  return /^[A-Za-z0-9_.-]{1,40}$/.test(name) && !/kf_/i.test(name) ? `\`${name}\`` : 'one that is not shown';
}

/** What is wrong with a value, in words that name the fields and no value. */
export function inWords(error: z.ZodError): string {
  const parts: string[] = [];
  for (const issue of error.issues) {
    const place = issue.path.map((step) => naming(String(step))).join(' / ');
    if (issue.code === 'unrecognized_keys') {
      const names = issue.keys.slice(0, 5).map(naming).join(', ');
      parts.push(`${place === '' ? '' : `${place}: `}unknown ${names}`);
    } else if (issue.code === 'too_small') parts.push(`${place} must not be empty or too small`);
    else if (issue.code === 'invalid_type' && place === '') parts.push(`it must be a JSON object`);
    else if (issue.code === 'invalid_type') parts.push(`${place} must be there and be a ${issue.expected}`);
    else if (issue.code === 'invalid_format' || issue.code === 'custom')
      parts.push(`${place} ${issue.message}`);
    else if (issue.code === 'invalid_value')
      parts.push(`${place} must be one of ${issue.values.map(String).join(', ')}`);
    else parts.push(`${place} is not as it should be`);
  }
  return [...new Set(parts)].join('; ');
}

/** Checks a value. Throws `bad_request` with one sentence that names the fields. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: 'query' | 'body'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = what === 'query' ? 'The query' : 'The body';
  throw new KeyfobError('bad_request', `${where} cannot be taken: ${inWords(result.error)}.`, {
    hint: 'GET /v1/openapi.json says what each route takes.',
  });
}
