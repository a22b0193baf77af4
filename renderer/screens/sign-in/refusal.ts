// What a vendor's refusal of a sign-in means for the person, and what helps first.
import type { AccountView } from '../../../main/api/accounts.ts';
import type { Problem } from '../../../main/api/problem.ts';
import type { Reason } from '../../../main/api/problems/index.ts';

interface Refusal {
  readonly problem: Problem;
  /** Whether signing in again with the same settings could help. */
  readonly again: boolean;
}

/** Reads a failed sign-in (RFC 6749 sections 4.1.2.1 and 5.2) by the way the account signs in. */
export function refusalOf(problem: Problem, account: AccountView | null, provider: string): Refusal {
  const { code, error, error_description } = problem;
  const refused = (reason: Reason, again = false): Refusal => ({
    problem: {
      code,
      reason,
      params: { provider },
      ...(error === undefined ? {} : { error }),
      ...(error_description === undefined ? {} : { error_description }),
    },
    again,
  });
  const grant = account?.grant ?? '';
  const byPerson = grant === 'direct' || grant === 'password';
  switch (code === 'vendor_refused' ? error : null) {
    case 'access_denied':
      return byPerson ? refused('person_refused') : refused('refused_at_page', true);
    case 'invalid_grant':
      return byPerson ? refused('person_refused') : { problem, again: true };
    case 'invalid_client':
    case 'unauthorized_client':
      return refused('client_refused');
    case 'invalid_scope':
      return refused('scope_refused');
    default:
      return { problem, again: true };
  }
}
