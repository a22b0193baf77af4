// What is told of a renewal, for `GET /v1/events` and the window. Pure.
import type { KeyfobEvent } from '../api/events.ts';
import type { Failing } from '../oauth/outcome.ts';
import type { Profile } from '../oauth/profile.ts';
import type { Refusal } from './record.ts';
import { whyNoSignIn, whyNotRenewed } from './refusal.ts';

/** `end`: Unix ms at which the new token ends; null: not known. */
export function tokenRefreshed(account: string, end: number | null): KeyfobEvent {
  return { type: 'token.refreshed', account, expires_at: end === null ? null : Math.floor(end / 1000) };
}

/** `nextTryAt`: Unix ms. */
export function refreshFailed(
  account: string,
  profile: Profile,
  failing: Failing,
  nextTryAt: number,
): KeyfobEvent {
  return {
    type: 'token.refresh_failed',
    account,
    error: failing.kind === 'rejected' ? failing.vendorError.error : null,
    why: whyNotRenewed(account, profile, failing),
    next_try_at: Math.ceil(nextTryAt / 1000),
  };
}

export function signInNeeded(account: string, cause: Refusal): KeyfobEvent {
  return { type: 'account.sign_in_needed', account, error: cause.error, why: whyNoSignIn(cause) };
}
