// What a vendor's refusal of a sign-in means for the person who stands before it, and what helps first.
import type { AccountView } from '../../main/api/accounts.ts';
import type { Problem } from '../../main/api/problem.ts';
import { lang } from '../words/lang.svelte.ts';

interface Refusal {
  readonly problem: Problem;
  /** Whether signing in again with the same settings could help. */
  readonly again: boolean;
}

/** Reads a failed sign-in (RFC 6749 sections 4.1.2.1 and 5.2) by the way the account signs in. */
export function refusalOf(problem: Problem, account: AccountView | null, provider: string): Refusal {
  const words = lang.words.signIn.refusals;
  const said = (detail: string, hint: string, again: boolean): Refusal => ({
    problem: { ...problem, reason: 'text', params: { text: detail, hint } },
    again,
  });
  const grant = account?.grant ?? '';
  const byPerson = grant === 'direct' || grant === 'password';
  switch (problem.code === 'vendor_refused' ? problem.error : null) {
    case 'access_denied':
      return byPerson
        ? said(words.person(provider), words.personDo, false)
        : said(words.page, words.pageDo, true);
    case 'invalid_grant':
      return byPerson ? said(words.person(provider), words.personDo, false) : { problem, again: true };
    case 'invalid_client':
    case 'unauthorized_client':
      return said(words.client(provider), words.clientDo, false);
    case 'invalid_scope':
      return said(words.scope(provider), words.scopeDo, false);
    default:
      return { problem, again: true };
  }
}
