// How an account stands, for whoever looks: made when it is looked at, of its record and of what is under way.
import type { AccountState, AccountView } from '../api/accounts.ts';
import type { Message } from '../api/problems/index.ts';
import type { Account } from './account.ts';
import { tokenEnded, whyNoSignIn } from './refusal.ts';
import type { Settings } from './settings.ts';

export interface Viewing {
  /** The vault is. */
  readonly locked: boolean;
  /** Until notices are data: their sentence. */
  readonly sentenceOf: (message: Message) => string;
}

/** An account as doors show it. */
export function viewAccount(
  account: Account,
  settings: Settings,
  { locked, sentenceOf }: Viewing,
): AccountView {
  const { name, session } = account;
  const { provider, grant } = account.settings;
  const left = account.left();
  const end = session === null || left === null ? null : session.obtained_at + (session.lifetime ?? 0);
  return {
    name,
    provider,
    grant,
    state: locked ? 'locked' : stateOf(account),
    expires_at: end === null ? null : Math.floor(end / 1000),
    lifetime: session === null || session.lifetime === null ? null : Math.floor(session.lifetime / 1000),
    next_refresh_at: locked ? null : account.nextRefreshAt(),
    scope: session?.scope ?? null,
    selected: settings.selected === name,
    selected_for_provider: settings.selected_by_provider[provider] === name,
    notice: noticeOf(account, sentenceOf),
  };
}

function stateOf(account: Account): AccountState {
  const { record, renewal } = account;
  if (record === null) {
    return 'locked';
  }
  if (account.signingIn !== null) {
    return 'signing_in';
  }
  if (renewal.underWay) {
    return 'refreshing';
  }
  if (record.state.status !== 'signed_in') {
    return record.state.status;
  }
  const alive = account.left() !== 0;
  if (!alive && !renewal.possible()) {
    return 'sign_in_needed';
  }
  // A vendor that has nothing before the end was asked early: what it said then is no failure of the token.
  const { failure, refusedEarly } = renewal.attempts;
  return failure === null || (refusedEarly && alive) ? 'live' : 'retrying';
}

/** In words, what a person should know; null when all is well. */
function noticeOf(account: Account, sentenceOf: Viewing['sentenceOf']): string | null {
  const { record, renewal } = account;
  if (record === null) {
    return 'Locked: run `keyfob unlock`.';
  }
  const state = stateOf(account);
  if (state === 'sign_in_needed') {
    const cause = record.state.status === 'sign_in_needed' ? record.state.cause : tokenEnded;
    const alive = account.left() === 0 ? '' : ' The token in hand is served until it ends.';
    return whyNoSignIn(cause) + alive;
  }
  const failing = renewal.attempts.failure?.failing;
  if (failing !== undefined && state === 'retrying') {
    switch (failing.kind) {
      case 'here':
        return sentenceOf(failing.error.problem);
      case 'rejected':
        return `The vendor refused (${failing.words.error}).`;
      case 'ambiguous':
      case 'transient':
        return sentenceOf(failing.message);
    }
  }
  if (failing?.kind === 'rejected' && state === 'live') {
    return `The vendor would not renew the token before it ends (${failing.words.error}): it is served until then, and the vendor is asked again.`;
  }
  return state === 'live' && !renewal.possible()
    ? 'This token cannot be renewed without you: sign in again when it ends.'
    : null;
}
