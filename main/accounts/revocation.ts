// Revoking at the vendor: what is asked, and what the answer means to the person.
import type { Account } from './account.ts';
import { ReceivedProblem } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import type { Exchange } from '../oauth/exchange.ts';
import { signInError } from './refusal.ts';

/**
 * Revokes an account's tokens at its vendor (RFC 7009, or as the profile says) and tells what became of it.
 * Throws `vendor_unreachable`, `unusable_answer` or `vendor_refused`: then nothing was revoked.
 */
export async function revokeAtVendor(account: Account, exchange: Exchange): Promise<Message> {
  const { profile, session } = account;
  if (session === null) {
    return message('nothing_to_revoke', {});
  }
  const ended = account.left() === 0;
  const outcome = await exchange.revoke(account.clientContext(), session);
  if (outcome.kind !== 'granted') {
    if (ended && outcome.kind !== 'transient') {
      return message('had_ended', {});
    }
    const { problem } = signInError(account.name, profile, outcome);
    const action = { type: 'forget_tokens', params: { account: account.name } } as const;
    throw new ReceivedProblem({
      ...problem,
      reason: 'not_revoked',
      params: { why: messageOf(problem) },
      action,
    });
  }
  if (outcome.value === 'done') {
    return message('revoked', { provider: profile.name });
  }
  return profile.revoke !== undefined && 'not_offered' in profile.revoke
    ? message('profile_text', { text: profile.revoke.not_offered })
    : message('revoked_here', { provider: profile.name });
}
