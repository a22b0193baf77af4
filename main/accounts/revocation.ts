// Revoking at the vendor: what is asked, and what the answer means to the person.
import type { Account } from './account.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { Exchange } from '../oauth/exchange.ts';
import { signInError } from './refusal.ts';

/**
 * Revokes an account's tokens at its vendor (RFC 7009, or as the profile says) and tells what became of it.
 * Throws `vendor_unreachable` or `vendor_refused`: then nothing was revoked.
 */
export async function revokeAtVendor(account: Account, exchange: Exchange): Promise<Message> {
  const { profile, session } = account;
  if (session === null) {
    return message('nothing_to_revoke', {});
  }
  const ended = account.left() === 0;
  const outcome = await exchange.revoke(account.party(), session);
  if (outcome.kind !== 'granted') {
    if (ended && outcome.kind !== 'transient') {
      return message('had_ended', {});
    }
    const { problem, vendor } = signInError(profile, outcome);
    const { code, reason, params, retry_after: retryAfter } = problem;
    const name = code === 'vendor_refused' ? 'not_revoked_refused' : 'not_revoked_unreachable';
    throw new KeyfobError(
      code === 'unusable_answer' ? 'not_revoked_unusable' : name,
      { why: { reason, params } },
      {
        action: { type: 'forget_tokens', params: { account: account.name } },
        ...(vendor === undefined ? {} : { vendor }),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
    );
  }
  if (outcome.value === 'done') {
    return message('revoked', { provider: profile.name });
  }
  return profile.revoke !== undefined && 'not_offered' in profile.revoke
    ? message('profile_text', { text: profile.revoke.not_offered })
    : message('revoked_here', { provider: profile.name });
}
