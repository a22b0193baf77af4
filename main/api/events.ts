// Server-sent events of `GET /v1/events`: `type` is the event's name. No secrets.
import { z } from 'zod';
import { auditLine } from './audit.ts';
import { pairingView, requestView } from './clients.ts';
import { unixSecondsOrNull, unixSeconds } from './common.ts';
import { message } from './message.ts';
import type { Wire } from './wire.ts';

const account = z.string();

/** Why there is no new token. */
const failure = z.strictObject({
  account,
  error: z.string().nullable().describe('The vendor’s OAuth error, or Keyfob’s own word; null without one'),
  why: message,
});
const signInNeeded = failure.extend({ type: z.literal('account.sign_in_needed') });
const refreshFailed = failure.extend({
  type: z.literal('token.refresh_failed'),
  next_try_at: unixSecondsOrNull,
});

const changes = [
  'account.added',
  'account.removed',
  'account.changed',
  'account.selected',
  'account.signed_in',
  'account.signed_out',
] as const;
const originEvents = ['account.origin_refused', 'account.origin_allowed'] as const;
const endingSoon = 'account.ending_soon';
/** What happens to accounts, apart from their tokens. */
export const accountEvents = [...changes, ...originEvents, endingSoon] as const;

const otherEvents = [
  z.strictObject({
    type: z.enum(changes),
    account,
  }),
  /** Something secret would have gone to an origin that it was not entered for; and the yes to such ones. */
  z.strictObject({
    type: z.enum(originEvents),
    account,
    origin: z.string(),
  }),
  z.strictObject({ type: z.literal(endingSoon), account, expires_at: unixSeconds }),
  z.strictObject({ type: z.literal('token.refreshed'), account, expires_at: unixSecondsOrNull }),
  z.strictObject({ type: z.literal('sign_in.changed'), account, id: z.string() }),
  z.strictObject({ type: z.literal('provider.added'), provider: z.string() }),
  /** `away` and `back`: its service or its file, though nobody locked it. */
  z.strictObject({ type: z.enum(['vault.locked', 'vault.unlocked', 'vault.away', 'vault.back']) }),
] as const;

/** Events of the core. */
export const keyfobEvent = z.discriminatedUnion('type', [...otherEvents, signInNeeded, refreshFailed]);
export type KeyfobEvent = Wire<typeof keyfobEvent>;

/** The same as the endpoint tells them: `reason` is the error, or a sentence where there is none. */
const toldFailure = { error: true, why: true } as const;
const reason = { reason: z.string() };
export const keyfobEventAnswer = z.discriminatedUnion('type', [
  ...otherEvents,
  signInNeeded.omit(toldFailure).extend(reason),
  refreshFailed.omit(toldFailure).extend(reason),
]);
export type KeyfobEventAnswer = Wire<typeof keyfobEventAnswer>;

export const approvalEvent = z.union([
  requestView.extend({ type: z.literal('approval.waiting') }),
  pairingView.extend({ type: z.literal('approval.waiting') }),
  z.strictObject({
    type: z.literal('approval.answered'),
    id: z.string(),
    kind: z.enum(['request', 'pairing']),
    client: z.string(),
    account: z.string().nullable().describe('Null for a pairing'),
    answer: z.enum(['yes', 'no', 'timeout']),
  }),
]);
export type ApprovalEvent = Wire<typeof approvalEvent>;

/** All that `GET /v1/events` may carry. */
export const endpointEvent = z.union([
  keyfobEventAnswer,
  approvalEvent,
  auditLine.extend({ type: z.literal('audit') }),
]);
export type EndpointEvent = Wire<typeof endpointEvent>;
