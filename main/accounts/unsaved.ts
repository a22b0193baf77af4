// What was granted and is on its way into the vault, which may not take it at once.
import { KeyfobError } from '../api/errors.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { Session } from '../oauth/token.ts';

/** What was granted and the vault did not take. */
export interface Unsaved {
  readonly granted: IssuedToken;
  /** It counts in this epoch alone. */
  readonly epoch: number;
}

/** Why what was granted is not in the vault. */
export function notKept(thrown: unknown): KeyfobError {
  return thrown instanceof KeyfobError
    ? thrown
    : new KeyfobError(
        'token_not_kept',
        {},
        { action: { type: 'look_at_doctor', params: {} }, cause: thrown },
      );
}

/** The vendor repeated its token: its life goes on as it was, however much the new answer says is left. */
export function sameToken(previous: Session | null, granted: IssuedToken): IssuedToken {
  const { session, mark } = granted;
  const lifetime = previous?.lifetime ?? null;
  if (lifetime === null || session.lifetime === null || session.lifetime > lifetime) {
    return granted;
  }
  const used = lifetime - session.lifetime;
  return {
    session: { ...session, lifetime, obtained_at: session.obtained_at - used },
    mark: mark === null ? null : mark - used,
  };
}
