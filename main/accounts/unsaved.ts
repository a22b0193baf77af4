// What was granted and is on its way into the vault, which may not take it at once.
import { KeyfobError } from '../api/errors.ts';
import type { IssuedToken } from '../oauth/response.ts';

/** What was granted. */
export interface GrantedToken {
  readonly issued: IssuedToken;
  /** In which it was asked for: it counts in this one alone. */
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
