// What is waited for when Keyfob ends.
import type { Account } from './account.ts';
import type { Clock } from '../oauth/ports.ts';

/** Ms that whatever is under way may take. */
const limit = 1_000;
/** Ms where a refresh token was sent: the vendor may hold no other good than the one on its way. */
const spendingLimit = 24_500;

/** Waits 1 s for what the accounts do, and 25 s at most until what came for a refresh token is in the vault. */
export async function settleAtEnd(accounts: readonly Account[], clock: Clock): Promise<void> {
  const begun = clock.steady();
  await within(clock, limit, Promise.all(accounts.map((account) => account.settled())));
  const until = begun + spendingLimit;
  const spending = accounts.filter((account) => account.renewal.isSpending);
  await within(clock, until - clock.steady(), Promise.all(spending.map((account) => account.finish(until))));
}

async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(Math.max(0, ms), late.resolve);
  await Promise.race([work, late.promise]);
  cancel();
}
