// An account as every caller sees it, for tests of those who only show it.
import type { AccountAnswer, AccountView } from '../main/api/accounts.ts';

/** Live, and of client credentials, unless `over` says otherwise. */
export function accountView(name: string, over: Partial<AccountView> = {}): AccountView {
  return {
    name,
    provider: 'oauth2',
    grant: 'client_credentials',
    state: 'live',
    expires_at: 1_800_000_000,
    lifetime: 3600,
    next_refresh_at: 1_799_999_000,
    scope: 'read',
    selected: false,
    selected_for_provider: false,
    notice: null,
    needs: null,
    can_refresh: true,
    last_error: null,
    labels: {
      display_name: null,
      environment: null,
      color: null,
      letters: null,
      pinned: false,
      ask_before_copy: false,
    },
    host: 'vendor.example',
    person: null,
    last_used_at: null,
    ...over,
  };
}

/** The same as the endpoint tells it. */
export function accountAnswer(name: string, over: Partial<AccountAnswer> = {}): AccountAnswer {
  return { ...accountView(name), notice: null, last_error: null, ...over };
}
