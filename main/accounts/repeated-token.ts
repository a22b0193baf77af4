// A vendor that gives the very same token again: what its life is then, and what comes after it.
import type { Outcome } from '../oauth/outcome.ts';
import type { Clock } from '../oauth/ports.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { Session, SteadyMark } from '../oauth/token.ts';
import type { RecordKeeper } from './record-keeper.ts';
import * as schedule from './schedule.ts';

/** Ms after a token's end, as the vendor told it, at which one that repeated it is asked again. */
const pastTheEnd = 1.25 * schedule.seconds;

/**
 * The vendor repeated a token that has ended by what it told, and that it may hold good a moment longer (a life in
 * whole seconds is rounded down): what comes after is waited for, twice at most. `ask`: null: it is not asked twice.
 */
export async function orLater(
  granted: IssuedToken,
  ask: (() => Promise<Outcome<IssuedToken>>) | null,
  keeper: RecordKeeper,
  clock: Clock,
): Promise<IssuedToken> {
  const previous = keeper.session;
  let latest = granted;
  for (let again = 0; again < 2; again++) {
    const { session, mark } = latest;
    if (ask === null || session.access_token !== previous?.access_token) {
      return latest;
    }
    const left = schedule.remaining(session, keeper.now(), mark);
    if (left === null || left > schedule.seconds || previous.lifetime === 0 || keeper.alive()) {
      return latest;
    }
    await new Promise<void>((resolve) => {
      clock.after(left + pastTheEnd, resolve);
    });
    const outcome = await ask().catch(() => null);
    latest = outcome?.kind === 'granted' ? outcome.value : latest;
  }
  return latest;
}

/** The vendor repeated its token: its life goes on as it was, however much the new answer says is left. */
export function sameToken(previous: Session, previousMark: SteadyMark, granted: IssuedToken): IssuedToken {
  const { session, mark, lifetimeAssumed } = granted;
  const { lifetime, obtained_at, clocks, earlier_lifetime } = previous;
  if (lifetime !== null && lifetimeAssumed) {
    const known = earlier_lifetime === undefined ? {} : { earlier_lifetime };
    return { session: { ...session, ...known, lifetime, obtained_at, clocks }, mark: previousMark };
  }
  if (lifetime === null || session.lifetime === null || session.lifetime > lifetime) {
    return granted;
  }
  const used = lifetime - session.lifetime;
  const { boot = null, ahead = null } = session.clocks ?? {};
  return {
    session: {
      ...session,
      lifetime,
      obtained_at: session.obtained_at - used,
      clocks: { ahead, boot: boot === null ? null : { ...boot, ms: boot.ms - used } },
    },
    mark: mark === null ? null : mark - used,
  };
}
