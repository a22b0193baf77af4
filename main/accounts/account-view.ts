// How an account stands, for whoever looks: made when it is looked at, of its record and of what is under way.
import type { AccountState, AccountView } from '../api/accounts.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { Account } from './account.ts';
import { hostOf } from './account-host.ts';
import type { Annotations } from './annotations.ts';
import { tokenEnded, whyNoSignIn, whyNotRenewed } from './refusal.ts';
import type { Settings } from './settings.ts';

/** An account as it is shown. `vault`: whether nothing can be served, and why, where nobody locked it. */
export function viewAccount(
  account: Account,
  settings: Settings,
  annotations: Annotations,
  vault: { readonly locked: boolean; readonly reading: boolean; readonly away: Message | null },
): AccountView {
  const { locked } = vault;
  const { name, session } = account;
  const { provider, grant, fields } = account.settings;
  const { end } = account;
  const state = locked ? 'locked' : stateOf(account);
  const { last_error: failed = null, person, last_used_at: usedAt } = annotations.of(name);
  const username = fields['username'] ?? '';
  return {
    name,
    provider,
    grant,
    state,
    expires_at: end === null ? null : Math.floor(end / 1000),
    lifetime: session === null || session.lifetime === null ? null : Math.floor(session.lifetime / 1000),
    next_refresh_at: locked ? null : account.nextRefreshAt(),
    scope: session?.scope ?? null,
    selected: settings.selected === name,
    selected_for_provider: settings.selected_by_provider[provider] === name,
    notice: noticeOf(account, vault),
    needs: needsOf(state, failed?.message ?? null),
    can_refresh: !locked && account.renewal.possible(),
    last_error: failed,
    labels: annotations.labels(name),
    host: hostOf(account.settings, account.profile),
    person: username === '' ? (person ?? null) : username,
    last_used_at: usedAt ?? null,
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

/** What a person has to do before there is another token. */
function needsOf(state: AccountState, failed: Message | null): AccountView['needs'] {
  if (state === 'locked') return null;
  if (failed?.action?.type === 'give_secret') return 'client_secret';
  return state === 'sign_in_needed' || state === 'signed_out' ? 'sign_in' : null;
}

/** What a person should know; null when all is well. */
function noticeOf(
  account: Account,
  { reading, away }: { readonly reading: boolean; readonly away: Message | null },
): Message | null {
  const { record, renewal } = account;
  if (record === null) {
    if (reading && account.whyNoRecord === null) return message('record_being_read', {});
    return account.whyNoRecord ?? away ?? message('locked', {}, { type: 'unlock', params: {} });
  }
  const state = stateOf(account);
  if (state === 'sign_in_needed') {
    const why = whyNoSignIn(record.state.status === 'sign_in_needed' ? record.state.cause : tokenEnded);
    return account.left() === 0 ? why : message('served_until_its_end', { why });
  }
  const failing = renewal.attempts.failure?.failing;
  if (failing !== undefined && state === 'retrying') {
    return whyNotRenewed(account.name, account.profile, failing);
  }
  if (failing?.kind === 'rejected' && state === 'live') {
    return message('refused_before_the_end', { error: failing.vendorError.error });
  }
  if (state === 'live' && !renewal.possible()) return message('not_renewed_without_you', {});
  const detail = account.session?.id_token_fault;
  return state === 'live' && detail !== undefined ? message('id_token_not_taken', { detail }) : null;
}
