// What a failing exchange means to a person, as an error with a code.
import type { Failing, Rejected, Transient } from '../oauth/outcome.ts';
import { KeyfobError, type VendorError } from '../api/errors.ts';
import { message, messageOf, type Action, type Message, type ProblemReason } from '../api/problems/index.ts';
import type { Profile, RenewalStep } from '../oauth/profile.ts';
import type { Refusal, SignInState } from './record.ts';

/** Our own words for a token that has ended, where the vendor said nothing. */
export const tokenEnded: Refusal = { error: 'token_ended', at: 0 };

/** Our own word for a client that the vendor had registered, and does not know any more. */
export const clientGone: VendorError = { error: 'client_gone' };

/** The vendor gave nothing that will do in the time that a caller has. */
export const notInTime: Transient = {
  kind: 'transient',
  status: null,
  message: message('vendor_not_in_time', {}),
  retryAfterMs: null,
};

/** How an account that does not serve stands. */
type Unserved =
  | { readonly status: Exclude<SignInState['status'], 'sign_in_needed'> }
  | { readonly status: 'sign_in_needed'; readonly cause: Refusal };

/** The status in our own word for an answer that had none of the vendor's (`http_401`); null: another word. */
function statusIn(error: string): number | null {
  return /^http_\d{3}$/.test(error) ? Number(error.slice('http_'.length)) : null;
}

/** Words of our own that stand where the vendor gave none. They are not shown as the vendor's. */
function isOurs(error: string): boolean {
  return error === tokenEnded.error || error === clientGone.error || statusIn(error) !== null;
}

/** Why a sign-in is needed. */
export function whyNoSignIn({ error, error_description: described }: Refusal): Message {
  if (error === tokenEnded.error) {
    return message('token_ended', {});
  }
  if (error === clientGone.error) return message('client_gone', {});
  const status = statusIn(error);
  if (status !== null) {
    return described === undefined
      ? message('refused_status_only', { status })
      : message('refused_status_because', { status, description: described });
  }
  return described === undefined
    ? message('renewal_refused', { error })
    : message('renewal_refused_because', { error, description: described });
}

/** Why a token was not renewed, and what mends it. `here`: what went wrong is on Keyfob's side. */
export function whyNotRenewed(
  account: string,
  profile: Profile,
  failing: Failing | { readonly kind: 'here'; readonly error: KeyfobError },
): Message {
  switch (failing.kind) {
    case 'here':
      return messageOf(failing.error.problem);
    case 'rejected': {
      const { error, error_description: description } = failing.vendorError;
      const action = mendingOf(reasonOf(error), account, profile);
      if (action?.type === 'give_secret') return message('client_secret_rejected', { error }, action);
      return description === undefined
        ? message('vendor_refuses', { error }, action)
        : message('vendor_refuses_because', { error, description }, action);
    }
    case 'ambiguous':
    case 'transient':
      return failing.message;
  }
}

/**
 * The grant is gone: `invalid_grant` (RFC 6749 section 5.2), and the words that vendors use in its place (RFC 6750
 * section 3.1 among them). A profile names more of its vendor's.
 */
const grantGone: ReadonlySet<string> = new Set([
  'invalid_grant',
  'bad_refresh_token',
  'invalid_refresh_token',
  'refresh_token_expired',
  'refresh_token_reused',
  'token_expired',
  'invalid_token',
  'expired_token',
]);
/** The person is asked for something (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6). */
const personAsked: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
]);

/** Whether a vendor's error says that the grant is no longer good, whatever is asked for by it. */
export function isGrantGone(error: string, { ends_sign_in: more = [] }: Profile): boolean {
  return grantGone.has(error) || more.includes(error);
}

/** Whether a vendor's error says what a new sign-in mends, and nothing else. */
export function endsSignIn(error: string, profile: Profile): boolean {
  return isGrantGone(error, profile) || personAsked.has(error);
}

/** What the settings at Keyfob or at the vendor mend, and no sign-in does (RFC 6749 section 5.2). */
const clientRefused: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'unsupported_grant_type',
]);

/** Whether the vendor refuses the client, whatever the grant is worth. */
export function isClientRefused(failing: Failing): boolean {
  return failing.kind === 'rejected' && clientRefused.has(failing.vendorError.error);
}

/** Whether the vendor does not know the client any more. */
export function isClientGone(failing: Failing): boolean {
  return failing.kind === 'rejected' && failing.vendorError.error === 'invalid_client';
}

/**
 * What an answer that brought no token says of what it was asked with. `ended`: it is no longer good, in the words
 * given (our own where the vendor had none); `maybe_counted`: it may count as a try with a wrong password;
 * `not_judged`: nothing. RFC 6749 section 5.2. `isRegistered`: the vendor registered the client by itself.
 */
export type Judgement =
  | { readonly kind: 'ended'; readonly vendorError: VendorError }
  | { readonly kind: 'maybe_counted' | 'not_judged' };

export function judge(
  step: RenewalStep,
  failing: Failing,
  profile: Profile,
  isRegistered = false,
): Judgement {
  if (isRegistered && isClientGone(failing)) return { kind: 'ended', vendorError: clientGone };
  const vendorError = failing.kind === 'rejected' ? failing.vendorError : null;
  if (vendorError !== null && endsSignIn(vendorError.error, profile)) {
    return { kind: 'ended', vendorError };
  }
  const isVendors = vendorError !== null || (failing.kind === 'ambiguous' && failing.isJson);
  if (step !== 'stored_password' || !isVendors) {
    return { kind: 'not_judged' };
  }
  if (failing.status !== 401 || isClientRefused(failing)) return { kind: 'maybe_counted' };
  const words = failing.kind === 'ambiguous' ? failing.words : undefined;
  const ours = { error: 'http_401', ...(words === undefined ? {} : { error_description: words }) };
  return { kind: 'ended', vendorError: vendorError ?? ours };
}

/** The error for an account that does not serve: `sign_in_needed`, or `vendor_refused` for what no sign-in mends. */
export function refusalError(account: string, profile: Profile, state: Unserved): KeyfobError {
  const action = { type: 'sign_in', params: { account } } as const;
  if (state.status === 'signed_out') {
    return new KeyfobError('not_signed_in', { account }, { action });
  }
  const refusal = state.status === 'sign_in_needed' ? state.cause : tokenEnded;
  const vendor = isOurs(refusal.error) ? undefined : vendorOf(refusal);
  if (vendor === undefined || !clientRefused.has(refusal.error)) {
    return new KeyfobError(
      'person_needed',
      { account, why: whyNoSignIn(refusal) },
      { action, ...(vendor === undefined ? {} : { vendor }) },
    );
  }
  return vendorRefused(account, profile, vendor);
}

function vendorOf({ error, error_description: description }: Refusal): VendorError {
  return description === undefined ? { error } : { error, error_description: description };
}

/** Whether Keyfob asks again by itself, or waits for a caller to. */
type AskedBy = 'itself' | 'callers';

/**
 * `vendor_refused` with the vendor's words and what the profile knows to do about them; `waitMs` until Keyfob asks
 * again by itself, or does when it is asked to.
 */
export function vendorRefused(
  account: string,
  profile: Profile,
  vendor: VendorError,
  waitMs: number | null = null,
  by: AskedBy = 'itself',
): KeyfobError {
  const reason = reasonOf(vendor.error);
  const advice = ownMember(profile.refusal_hints, vendor.error);
  const action = advice === undefined ? mendingOf(reason, account, profile) : undefined;
  const params = { provider: profile.name, error: vendor.error };
  const options = {
    vendor,
    ...(advice === undefined ? {} : { advice }),
    ...(action === undefined ? {} : { action }),
  };
  if (waitMs === null) return new KeyfobError(reason, params, options);
  const seconds = wholeSeconds(waitMs);
  const retried = { ...options, retryAfter: seconds };
  return reason === 'refused' && by === 'itself'
    ? new KeyfobError('refused_retried', { ...params, seconds }, retried)
    : new KeyfobError(reason, params, retried);
}

function retriable(waitMs: number | null): { readonly retryAfter?: number } {
  return waitMs === null ? {} : { retryAfter: wholeSeconds(waitMs) };
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

function reasonOf(error: string) {
  return ownMember(refusals, error) ?? 'refused';
}

/** The field that a refusal is about, where the profile has it. */
function mendingOf(reason: ProblemReason, account: string, { fields }: Profile): Action | undefined {
  if (reason === 'refused_client' && fields['client_secret']?.secret === true) {
    return { type: 'give_secret', params: { account, field: 'client_secret' } };
  }
  return reason === 'refused_scope' && fields['scope'] !== undefined
    ? { type: 'set_field', params: { account, field: 'scope' } }
    : undefined;
}

/** The vendor chooses the key: it may be the name of something that every object has. */
function ownMember<T>(members: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return members !== undefined && Object.hasOwn(members, key) ? members[key] : undefined;
}

/** RFC 6749 section 5.2 and 4.1.2.1. */
const refusals = {
  invalid_client: 'refused_client',
  invalid_grant: 'refused_grant',
  invalid_scope: 'refused_scope',
  unauthorized_client: 'refused_grant_for_client',
  unsupported_grant_type: 'refused_grant_type',
  access_denied: 'refused_access',
} as const satisfies Readonly<Record<string, ProblemReason>>;

/**
 * `vendor_unreachable`, or `unusable_answer` where the vendor did answer; `waitMs` until the next try by itself, or the
 * next that a caller may make.
 */
export function unreachableError(
  failing: Exclude<Failing, Rejected>,
  waitMs: number | null,
  by: AskedBy = 'itself',
): KeyfobError {
  const why = failing.message;
  const unusable = failing.kind === 'transient' && failing.unusable === true;
  if (waitMs !== null && by === 'itself') {
    const seconds = wholeSeconds(waitMs);
    const reason = unusable ? 'answer_unusable_retried' : 'vendor_retried';
    return new KeyfobError(reason, { why, seconds }, { retryAfter: seconds });
  }
  const options = retriable(waitMs);
  if (unusable) {
    return new KeyfobError('answer_unusable', { why }, options);
  }
  const reason = failing.status === null ? 'vendor_out_of_reach' : 'vendor_not_ready';
  return new KeyfobError(reason, { why }, options);
}

/** The error for a caller whose token was not renewed and is wanted; `waitMs` until the next try by itself. */
export function notRenewedError(
  account: string,
  profile: Profile,
  failing: Failing,
  waitMs: number | null,
): KeyfobError {
  if (failing.kind !== 'rejected') return unreachableError(failing, waitMs);
  return endsSignIn(failing.vendorError.error, profile)
    ? refusalError(account, profile, { status: 'sign_in_needed', cause: { ...failing.vendorError, at: 0 } })
    : vendorRefused(account, profile, failing.vendorError, waitMs);
}

/**
 * The error of a failed sign-in, when the person is there, or of a request for a scope of its own: every refusal is the
 * vendor's word. `waitMs` until it may be asked again; null: at once.
 */
export function signInError(
  account: string,
  profile: Profile,
  failing: Failing,
  waitMs: number | null = null,
): KeyfobError {
  switch (failing.kind) {
    case 'rejected':
      return vendorRefused(account, profile, failing.vendorError, waitMs, 'callers');
    case 'ambiguous':
      return new KeyfobError('refused_without_reason', { why: failing.message }, retriable(waitMs));
    case 'transient':
      return unreachableError(failing, waitMs, 'callers');
  }
}
