// What a failing exchange means to a person, as an error with a code.
import type { Failing, Rejected } from '../oauth/outcome.ts';
import { KeyfobError, type VendorWords } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import type { Profile } from '../oauth/profile.ts';
import type { AccountRecord, Refusal } from './record.ts';

/** Words of our own that stand where the vendor gave none. They are not shown as the vendor's. */
function ownWords(error: string): boolean {
  return error === 'token_ended' || error.startsWith('http_');
}

/** Why a sign-in is needed. */
export function whyNoSignIn(refusal: Refusal | null): Message {
  if (refusal === null) {
    return message('not_signed_in', {});
  }
  const { error } = refusal;
  if (error === 'token_ended') {
    return message('token_ended', {});
  }
  if (error.startsWith('http_')) {
    return message('refused_unexplained', { status: error.slice(5) });
  }
  const description = refusal.error_description?.replace(/\.$/, '');
  return description === undefined
    ? message('renewal_refused', { error })
    : message('renewal_refused_described', { error, description });
}

/** Why a token was not renewed. `here`: what went wrong is on Keyfob's side. */
export function whyNotRenewed(
  failing: Failing | { readonly kind: 'here'; readonly error: KeyfobError },
): Message {
  switch (failing.kind) {
    case 'here':
      return messageOf(failing.error.problem);
    case 'rejected':
      return message('vendor_refused_once', { error: failing.words.error });
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
export function refusalError(
  account: string,
  profile: Profile,
  standing: AccountRecord['standing'],
  refusal: Refusal | null,
): KeyfobError {
  if (standing === 'signed_out' || refusal === null) {
    return new KeyfobError('sign_in_needed', `${account} is not signed in.`, { hint: signInHint(account) });
  }
  const vendor = ownWords(refusal.error) ? undefined : vendorOf(refusal);
  if (vendor === undefined || endsSignIn(refusal.error)) {
    return new KeyfobError(
      'needs_sign_in',
      { account, why: whyNoSignIn(refusal) },
      {
        action: { type: 'sign_in', params: { account } },
        ...(vendor === undefined ? {} : { vendor }),
      },
    );
  }
  return vendorRefused(profile, vendor);
}

function signInHint(account: string): string {
  return `Run \`keyfob login ${account}\`.`;
}

function vendorOf({ error, error_description: description }: Refusal): VendorWords {
  return description === undefined ? { error } : { error, error_description: description };
}

/** `vendor_refused` with the vendor's words and what the profile knows to do about them. */
export function vendorRefused(profile: Profile, vendor: VendorWords): KeyfobError {
  return new KeyfobError('vendor_refused', `${profile.name} refused: ${vendor.error}.`, {
    hint:
      ownText(profile.refusal_hints, vendor.error) ??
      ownText(generalHints, vendor.error) ??
      'Check the account’s settings and secrets.',
    vendor,
  });
}

/** The vendor chooses the key: it may be the name of something that every object has. */
function ownText(texts: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return texts !== undefined && Object.hasOwn(texts, key) ? texts[key] : undefined;
}

/** RFC 6749 section 5.2 and 4.1.2.1. */
const generalHints: Readonly<Record<string, string>> = {
  invalid_client: 'Check the client ID and the client secret (`keyfob set NAME --secret client_secret`).',
  invalid_grant: 'Check user name and password, or sign in anew: codes are good for a short time and once.',
  invalid_scope: 'Ask for another scope (`keyfob set NAME --set scope=…`).',
  unauthorized_client: 'Ask the vendor to allow this grant for your client.',
  unsupported_grant_type: 'Choose another grant: this vendor does not take this one.',
  access_denied: 'Sign in again and allow the access.',
};

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
export function signInError(profile: Profile, failing: Failing): KeyfobError {
  switch (failing.kind) {
    case 'rejected':
      return vendorRefused(profile, failing.words);
    case 'ambiguous':
      return new KeyfobError('refused_without_reason', { why: failing.message });
    case 'transient':
      return unreachableError(failing, null);
  }
}
