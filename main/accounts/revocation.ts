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
  const { profile, name } = account;
  const session = account.record?.session ?? null;
  if (session === null) {
    return message('nothing_to_revoke', {});
  }
  const ended = account.left() === 0;
  const outcome = await exchange.revoke(account.party(), session);
  if (!outcome.ok) {
    if (ended && outcome.failing.kind !== 'passing') {
      return message('had_ended', {});
    }
    const error = signInError(profile, outcome.failing);
    throw new KeyfobError(error.code, `Not revoked: ${error.message}`, {
      hint: `Nothing was forgotten; try again, or forget the tokens here with \`keyfob logout ${name}\`.`,
      ...(error.vendor === undefined ? {} : { vendor: error.vendor }),
      ...(error.problem.retry_after === undefined ? {} : { retryAfter: error.problem.retry_after }),
    });
  }
  if (outcome.value === 'done') {
    return message('revoked', { provider: profile.name });
  }
  return profile.revoke !== undefined && 'not_offered' in profile.revoke
    ? message('profile_text', { text: profile.revoke.not_offered })
    : message('revoked_here', { provider: profile.name });
}
