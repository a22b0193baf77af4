// What a failing exchange means to a person, as an error with a code.
import type { Failing, Rejected } from '../oauth/outcome.ts';
import { KeyfobError, type VendorWords } from '../api/errors.ts';
import { message, messageOf, type Action, type Message, type ProblemReason } from '../api/problems/index.ts';
import type { Profile } from '../oauth/profile.ts';
import type { Refusal, SignInState } from './record.ts';

/** Our own words for a token that has ended, where the vendor said nothing. */
export const tokenEnded: Refusal = { error: 'token_ended', at: 0 };

/** How an account that does not serve stands. */
type Unserved =
  | { readonly status: Exclude<SignInState['status'], 'sign_in_needed'> }
  | { readonly status: 'sign_in_needed'; readonly cause: Refusal };

/** Words of our own that stand where the vendor gave none. They are not shown as the vendor's. */
function ownWords(error: string): boolean {
  return error === 'token_ended' || error.startsWith('http_');
}

/** Why a sign-in is needed. */
export function whyNoSignIn({ error, error_description: described }: Refusal): Message {
  if (error === tokenEnded.error) {
    return message('token_ended', {});
  }
  if (error.startsWith('http_')) {
    return message('refused_again_and_again', { status: Number(error.slice('http_'.length)) });
  }
  return described === undefined
    ? message('renewal_refused', { error })
    : message('renewal_refused_because', { error, description: described });
}

/** Why a token was not renewed. `here`: what went wrong is on Keyfob's side. */
export function whyNotRenewed(
  failing: Failing | { readonly kind: 'here'; readonly error: KeyfobError },
): Message {
  switch (failing.kind) {
    case 'here':
      return messageOf(failing.error.problem);
    case 'rejected':
      return message('vendor_refuses', { error: failing.words.error });
    case 'ambiguous':
    case 'transient':
      return failing.message;
  }
}

/**
 * What a new sign-in mends: `invalid_grant` (RFC 6749 section 5.2), and the words that vendors use in its place when
 * a token, a consent or a password is no longer good (RFC 6749 section 4.1.2.1, RFC 6750 section 3.1, OpenID
 * Connect Core section 3.1.2.6). The others speak of the client, its scope or its request.
 */
const mendedBySigningIn: ReadonlySet<string> = new Set([
  'invalid_grant',
  'access_denied',
  'invalid_token',
  'expired_token',
  'login_required',
  'interaction_required',
  'consent_required',
]);

/** Whether an OAuth error says that what the person once gave is no longer good. */
export function endsSignIn(error: string): boolean {
  return mendedBySigningIn.has(error);
}

/** The error for an account that does not serve: `sign_in_needed`, or `vendor_refused` for what no sign-in mends. */
export function refusalError(account: string, profile: Profile, state: Unserved): KeyfobError {
  const action = { type: 'sign_in', params: { account } } as const;
  if (state.status === 'signed_out') {
    return new KeyfobError('not_signed_in', { account }, { action });
  }
  const refusal = state.status === 'sign_in_needed' ? state.cause : tokenEnded;
  const vendor = ownWords(refusal.error) ? undefined : vendorOf(refusal);
  if (vendor === undefined || endsSignIn(refusal.error)) {
    return new KeyfobError(
      'person_needed',
      { account, why: whyNoSignIn(refusal) },
      { action, ...(vendor === undefined ? {} : { vendor }) },
    );
  }
  return vendorRefused(account, profile, vendor);
}

function vendorOf({ error, error_description: description }: Refusal): VendorWords {
  return description === undefined ? { error } : { error, error_description: description };
}

/** `vendor_refused` with the vendor's words and what the profile knows to do about them. */
export function vendorRefused(account: string, profile: Profile, vendor: VendorWords): KeyfobError {
  const reason = ownMember(refusals, vendor.error) ?? 'refused';
  const advice = ownMember(profile.refusal_hints, vendor.error);
  const action = advice === undefined ? mendingOf(reason, account, profile) : undefined;
  return new KeyfobError(
    reason,
    { provider: profile.name, error: vendor.error },
    { vendor, ...(advice === undefined ? {} : { advice }), ...(action === undefined ? {} : { action }) },
  );
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
 * `vendor_unreachable`, or `unusable_answer` where the vendor did answer; `waitMs` until the next try by itself.
 */
export function unreachableError(failing: Exclude<Failing, Rejected>, waitMs: number | null): KeyfobError {
  const why = failing.message;
  const unusable = failing.kind === 'transient' && failing.unusable === true;
  if (waitMs !== null) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    const reason = unusable ? 'answer_unusable_retried' : 'vendor_retried';
    return new KeyfobError(reason, { why, seconds }, { retryAfter: seconds });
  }
  if (unusable) {
    return new KeyfobError('answer_unusable', { why });
  }
  return new KeyfobError(failing.status === null ? 'vendor_out_of_reach' : 'vendor_not_ready', { why });
}

/** The error of a failed sign-in, when the person is there: every refusal is the vendor's word. */
export function signInError(account: string, profile: Profile, failing: Failing): KeyfobError {
  switch (failing.kind) {
    case 'rejected':
      return vendorRefused(account, profile, failing.words);
    case 'ambiguous':
      return new KeyfobError('refused_without_reason', { why: failing.message });
    case 'transient':
      return unreachableError(failing, null);
  }
}
