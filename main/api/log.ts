// A line of the log: what Keyfob did, for whoever looks for the reason of something.
//
// Invariants: no member holds a text from outside but names: of accounts, and of hosts that were asked. What a vendor
// said is one of the errors that OAuth knows, or `other`: an unknown one may be anything, a secret of ours too.
import { z } from 'zod';
import { namePattern } from './common.ts';
import { accountEvents } from './events.ts';
import { vaultKind } from './status.ts';
import type { Wire } from './wire.ts';

/** Errors that are registered (RFC 6749, 6750, 7009, 8628, 8707, 9126, 9449, OpenID Connect Core 1.0), and our own. */
const oauthError = z.enum([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
  'unsupported_response_type',
  'server_error',
  'temporarily_unavailable',
  'invalid_token',
  'insufficient_scope',
  'unsupported_token_type',
  'authorization_pending',
  'slow_down',
  'expired_token',
  'invalid_target',
  'invalid_request_uri',
  'invalid_request_object',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'token_ended',
  'client_gone',
  'http_400',
  'http_401',
  'http_403',
  'other',
]);
/** Of the system or the runtime: `ECONNREFUSED`, `AbortError`, `net::ERR_FAILED`. */
const code = z.string().regex(/^(?:net::)?[A-Z][A-Za-z]{0,30}(?:_[A-Z0-9]{1,20}){0,5}$/);
const host = z.string().regex(/^[\w[][\w.:[\]-]{0,254}$/);
const version = z.string().regex(/^v?\d[\w.+-]{0,40}$/);
const at = z.iso.datetime().describe('UTC');
const account = z.string().regex(namePattern);
const seconds = z.int().nullable();

const line = <Event extends string, Shape extends z.ZodRawShape>(event: Event, shape: Shape) =>
  z.strictObject({ at, event: z.literal(event), ...shape });

export const logLine = z.discriminatedUnion('event', [
  line('host.started', {
    host: z.enum(['desktop', 'agent']),
    version,
    node: version,
    platform: z.string().regex(/^[a-z0-9]{1,20}$/),
    vault: vaultKind,
    accounts: z.int(),
  }),
  line('host.stopping', { spending: z.int().describe('Accounts whose refresh token is under way') }),
  line('account.changed', { account, what: z.enum(accountEvents).describe('The event of `GET /v1/events`') }),
  line('account.sign_in_needed', { account, error: oauthError.nullable() }),
  line('token.refreshed', { account, lifetime: seconds }),
  line('token.refresh_failed', { account, error: oauthError.nullable(), next_try_in: seconds }),
  line('vendor.answered', {
    method: z.enum(['GET', 'POST']),
    host,
    status: z.int().nullable().describe('HTTP status; null: no answer'),
    failure: code.nullable().describe('The system’s or the runtime’s code'),
    milliseconds: z.int(),
  }),
  line('vault.locked', {}),
  line('vault.unlocked', {}),
  line('vault.away', {}),
  line('vault.back', {}),
  line('unexpected', {
    error: code,
    frames: z.array(z.string().regex(/^[\w .<>[\]]{0,80}\([\w.-]{1,80}:\d+:\d+\)$/)),
  }),
]);
export type LogLine = Wire<typeof logLine>;

/** What a vendor gave as its error, as the log has it. */
export function loggedError(error: string | null): z.infer<typeof oauthError> | null {
  return error === null ? null : (oauthError.safeParse(error).data ?? 'other');
}

/** A code of the system; null for what does not look like one. */
export function loggedCode(text: string): string | null {
  return code.safeParse(text).data ?? null;
}
