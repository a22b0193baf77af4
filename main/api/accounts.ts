// Accounts and their tokens, as every caller sees them. No secret but the access token of a token answer.
import { z } from 'zod';
import { accountLabels } from './account-labels.ts';
import { filled, secondsInQuery, texts, unixSeconds, unixSecondsOrNull } from './common.ts';
import { message } from './message.ts';
import { aftermath, aftermathInSentences } from './origins.ts';
import type { Wire } from './wire.ts';

export const accountState = z.enum([
  'signed_out',
  'signing_in',
  'live',
  'refreshing',
  'retrying',
  'sign_in_needed',
  'locked',
]);
export type AccountState = Wire<typeof accountState>;

export const accountView = z.strictObject({
  name: z.string(),
  provider: z.string(),
  grant: z.string(),
  state: accountState,
  expires_at: unixSecondsOrNull.describe('Unix seconds; null without a token or when its end is not known'),
  lifetime: z.int().nullable().describe('Seconds that the token lives in all, or null'),
  next_refresh_at: unixSecondsOrNull,
  scope: z.string().nullable(),
  selected: z.boolean().describe('Over all'),
  selected_for_provider: z.boolean(),
  notice: message.nullable().describe('What a person should know: why a sign-in is needed, say'),
  needs: z
    .enum(['sign_in', 'client_secret'])
    .nullable()
    .describe('What a person has to do before there is another token; null: nothing'),
  can_refresh: z.boolean().describe('Whether it can come to a new token without a person'),
  last_error: z
    .strictObject({ message, at: unixSeconds })
    .nullable()
    .describe('The last failed sign-in or refresh; null once one went well'),
  labels: accountLabels.describe('The person’s own'),
  host: z.string().nullable().describe('The host where it signs in, or of its API'),
  person: z.string().nullable().describe('Who it stands for, as far as it is known'),
  last_used_at: unixSecondsOrNull.describe(
    'When it was last selected, or the person copied its token in the window, tray or panel; what is only fetched does not count',
  ),
});
export type AccountView = Wire<typeof accountView>;

/** The same as the endpoint tells it. */
export const accountAnswer = accountView.extend({
  notice: z
    .string()
    .nullable()
    .describe('A sentence that a person should know: why a sign-in is needed, say'),
  last_error: z
    .strictObject({ message: z.string().describe('A sentence'), at: unixSeconds })
    .nullable()
    .describe('The last failed sign-in or refresh; null once one went well'),
});
export type AccountAnswer = Wire<typeof accountAnswer>;

/** What became of a wish for a new token: there is one; a newer one than the rejected one was there; see below. */
export const refreshResult = z
  .enum(['refreshed', 'newer_token', 'rejected_too_soon'])
  .describe(
    '`newer_token`: another token than the rejected one is in hand already; `rejected_too_soon`: the rejected one has just come in place of another rejected one, and is not replaced for a while',
  );
export type RefreshResult = Wire<typeof refreshResult>;
export const refreshedAccountAnswer = accountAnswer.extend({ result: refreshResult });
export type RefreshedAccountAnswer = Wire<typeof refreshedAccountAnswer>;

export const tokenAnswer = z.strictObject({
  account: z.string(),
  provider: z.string(),
  access_token: z.string(),
  token_type: z.string(),
  expires_at: unixSecondsOrNull,
  expires_in: z.int().nullable().describe('Seconds left, rounded down, or null'),
  scope: z.string().nullable(),
  headers: texts.describe("Headers to send to the vendor's API"),
  query: texts.describe("Query parameters to send to the vendor's API"),
  values: texts
    .optional()
    .describe(
      'What the vendor told beside the token and the profile keeps: an account’s id, the address of its API',
    ),
  id_token: z.exactOptional(z.string()).describe('With `id_token`: the ID token, checked'),
  id_token_expires_at: z.exactOptional(unixSeconds),
  api_base: z.exactOptional(z.string()).describe('With `path`: where the token is meant for'),
  url: z.exactOptional(z.string()).describe('With `path`: its address under `api_base`'),
});
export type TokenAnswer = Wire<typeof tokenAnswer>;

/** A scope or audience of one request: no longer than a person who is asked can read. */
const ofOwn = filled.max(2_000);
/** Characters of a path of an API: encoded once more it stands in the head of a request here. */
export const maxPath = 4_000;
export const tokenQuery = z.strictObject({
  account: filled.optional().describe('The account; the selected one when left out'),
  provider: filled.optional().describe('The account selected for this provider'),
  min_valid: secondsInQuery(1e9)
    .optional()
    .describe('Seconds the token must still be valid; strict when stated'),
  scope: ofOwn.optional(),
  audience: ofOwn.optional(),
  path: filled
    .max(maxPath)
    .optional()
    .describe('A path of the account’s API, without its query: `url` of the answer is its address'),
  force_new: z.literal('true').optional().describe('A token that is newer than the one in hand'),
  holder: filled
    .max(100)
    .optional()
    .describe(
      'Which process asks, where it asks again only when its token was rejected: one that it was given before, and that is still in hand, is replaced',
    ),
});

/** How the program that asks calls itself: long enough for a host's name. */
const application = filled
  .max(300)
  .describe(
    'How the program calls itself, and what it needs this for (`git github.example`): for people to read in the audit and in questions, and nothing is allowed by it',
  );

/** The same with the request to the API that the token is for. */
export const tokenRouteQuery = tokenQuery
  .extend({
    application: application.optional(),
    id_token: z
      .enum(['1', 'preferred'])
      .optional()
      .describe(
        'The ID token too, which `min_valid` is about as well; `preferred`: where the account has one',
      ),
    method: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,31}$/, 'must be a method of HTTP')
      .optional()
      .describe(
        'With `url` or `path`: the request that the token is for. Where it is bound to a key (DPoP), `headers` holds a proof for this one request',
      ),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an address of http or https' })
      .max(8_000)
      .optional()
      .describe('Where that request goes'),
    nonce: z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,1000}$/, 'must be what the API sent as DPoP-Nonce')
      .optional()
      .describe('With both: what the API asked for with the header `DPoP-Nonce`'),
  })
  .refine(
    ({ method, url, path, nonce }) =>
      (url === undefined || (method !== undefined && path === undefined)) &&
      (method === undefined || url !== undefined || path !== undefined) &&
      (nonce === undefined || method !== undefined),
    { path: ['url'], error: 'goes with `method`, `path` in its place, and `nonce` with both' },
  );

/** Where an account's token is meant for. */
export const accountApi = z.strictObject({ account: z.string(), api_base: z.string() });
export type AccountApi = Wire<typeof accountApi>;

export const newAccount = z.strictObject({
  name: filled,
  provider: filled,
  grant: z.exactOptional(filled),
  settings: texts.default({}),
  secrets: texts.default({}),
});
/** Once it has been judged. */
export type NewAccount = Wire<typeof newAccount>;

export const accountChange = z.strictObject({
  settings: texts.default({}).describe('An empty text takes a setting away (back to its default)'),
  secrets: texts.default({}),
  allow_origins: z
    .exactOptional(z.array(filled).max(20))
    .describe('A yes: origins that the secrets may go to from now on, beside those they were entered for'),
});
export type AccountChange = Wire<typeof accountChange>;

export const changedAccount = aftermath.extend({ account: accountView });
export type ChangedAccount = Wire<typeof changedAccount>;
export const changedAccountAnswer = aftermathInSentences.extend({ account: accountAnswer });
export type ChangedAccountAnswer = Wire<typeof changedAccountAnswer>;

export const revokedAccount = z.strictObject({ account: accountView, message });
export type RevokedAccount = Wire<typeof revokedAccount>;
export const revokedAccountAnswer = z.strictObject({
  account: accountAnswer,
  message: z.string().describe('What became of it, in a sentence'),
});
export type RevokedAccountAnswer = Wire<typeof revokedAccountAnswer>;

export const refreshRequest = z.strictObject({
  rejected: z.exactOptional(
    z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'must be the hex SHA-256 of the token that was refused')
      .transform((hash) => hash.toLowerCase()),
  ),
  application: z.exactOptional(application),
});

export const lockState = z.strictObject({ locked: z.boolean() });
export const passphraseRequest = z.strictObject({ passphrase: z.exactOptional(z.string().max(1024)) });
export const unlockRequest = passphraseRequest.extend({
  new_vault: z.exactOptional(
    z
      .boolean()
      .describe('Begin a new one where it is missing, cannot be used, or holds none of the accounts'),
  ),
});
