// The façade in memory, for tests of doors: accounts and tokens are given, nothing is asked of anybody.
import type { AccountView } from '../main/api/accounts.ts';
import type { KeyfobEvent } from '../main/api/events.ts';
import type { SignInView } from '../main/api/sign-ins.ts';
import { KeyfobError } from '../main/api/errors.ts';
import { message } from '../main/api/problems/index.ts';
import { problem } from './short-message.ts';
import type { Keyfob } from '../main/accounts/keyfob.ts';
import type { TokenRequest } from '../main/accounts/views.ts';

export interface FakeKeyfob extends Keyfob {
  /** What was called, as `name(arguments as JSON)`. */
  readonly calls: string[];
  emit(event: KeyfobEvent): void;
  /** How many listen. */
  listeners(): number;
  put(account: AccountView): void;
  /** Runs inside `token`, before it answers. */
  beforeToken: (request: TokenRequest) => Promise<void> | void;
}

/** An account as doors see it; live, unless said otherwise. */
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
    ...over,
  };
}

export function fakeKeyfob(...start: AccountView[]): FakeKeyfob {
  const accounts = new Map(start.map((account) => [account.name, account]));
  const listening = new Set<(event: KeyfobEvent) => void>();
  const calls: string[] = [];
  let locked = false;
  const nobody = async (): Promise<never> => {
    throw new KeyfobError('unknown_provider', { provider: 'nobody', ids: [] });
  };
  const said = (name: string, ...args: unknown[]): void =>
    void calls.push(`${name}(${JSON.stringify(args).slice(1, -1)})`);
  const get = (name: string): AccountView => {
    const found = accounts.get(name);
    if (found === undefined)
      throw new KeyfobError(
        'unknown_account',
        { account: name },
        { action: { type: 'list_accounts', params: {} } },
      );
    return found;
  };
  const emit = (event: KeyfobEvent): void => {
    for (const listener of [...listening]) listener(event);
  };
  const signIn: SignInView = {
    id: 'flow-1',
    account: 'hq',
    state: 'waiting',
    url: 'http://127.0.0.1:1/keyfob/start/x',
    user_code: null,
    confirmation_code: null,
    expires_at: 1_800_000_000,
    steps: ['page_opened'],
    problem: null,
    notice: null,
  };
  const flow = (id: string): SignInView & { problem: null } => {
    if (id !== signIn.id) throw problem('no_such_sign_in', 'There is no such sign-in.');
    return { ...signIn, problem: null };
  };
  const fake: FakeKeyfob = {
    calls,
    emit,
    listeners: () => listening.size,
    put: (account) => void accounts.set(account.name, account),
    beforeToken: () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
    spending: [],
    away: null,
    accounts: () => [...accounts.values()],
    account: get,
    selected: (provider) =>
      [...accounts.values()].find((one) =>
        provider === undefined ? one.selected : one.provider === provider && one.selected_for_provider,
      )?.name ?? null,
    providers: () => [],
    provider: nobody,
    providerFile: nobody,
    providerForm: nobody,
    providerViews: async () => [],
    checkProfile: async () => ({
      ok: false,
      problems: [{ line: 1, column: 1, path: '', problem: message('json_empty', {}) }],
    }),
    async addProvider(text) {
      said('addProvider', text);
      throw problem('bad_request', 'Line 1: this is not a profile.');
    },
    facts: (name) => ({
      provider_name: get(name).provider,
      docs: null,
      fields: [],
      who_am_i: null,
      origins: { known: [], waiting: [] },
      can_revoke: false,
    }),
    claims: () => null,
    async whoAmI(name) {
      said('whoAmI', name);
      return { name: 'alice', status: 200, milliseconds: 1 };
    },
    exportAccounts: () => ({
      accounts: [],
      selected: null,
      selected_by_provider: {},
      profiles: [],
      secrets: null,
    }),
    async importAccounts(from) {
      said('importAccounts', from);
      return [];
    },
    async add(account) {
      said('add', account);
      const view = accountView(account.name, { provider: account.provider, state: 'signed_out' });
      accounts.set(account.name, view);
      return view;
    },
    async set(name, change) {
      said('set', name, change);
      return {
        account: get(name),
        notes: [message('tokens_forgotten', { fields: ['client_id'] })],
        asks: [],
      };
    },
    async use(name) {
      said('use', name);
      return { ...get(name), selected: true };
    },
    async remove(name) {
      said('remove', name);
      get(name);
      accounts.delete(name);
      emit({ type: 'account.removed', account: name });
    },
    async token(request) {
      said('token', request);
      await fake.beforeToken(request);
      const name = request.account ?? [...accounts.values()].find((account) => account.selected)?.name;
      if (name === undefined)
        throw problem('no_account_selected', 'No account is selected.', 'keyfob use NAME');
      const account = get(name);
      return {
        account: name,
        provider: account.provider,
        access_token: `token-of-${name}`,
        token_type: 'Bearer',
        expires_at: account.expires_at,
        expires_in: 100,
        scope: account.scope,
        headers: { Authorization: `Bearer token-of-${name}` },
        query: {},
      };
    },
    async refresh(name, options) {
      said('refresh', name, options);
      return get(name);
    },
    async login(name, options) {
      said('login', name, options);
      if (options?.paste === true) return { kind: 'waiting', signIn };
      return { kind: 'done', account: get(name) };
    },
    signIn: flow,
    signIns: () => [flow(signIn.id)],
    async waitForSignIn(id, ms) {
      said('waitForSignIn', id, ms);
      return flow(id);
    },
    async pasteRedirect(id, url) {
      said('pasteRedirect', id, url);
      return flow(id);
    },
    async cancelSignIn(id) {
      said('cancelSignIn', id);
      flow(id);
    },
    async revoke(name) {
      said('revoke', name);
      return { account: get(name), message: message('revoked_here', { provider: 'Example' }) };
    },
    async logout(name) {
      said('logout', name);
      return get(name);
    },
    get locked() {
      return locked;
    },
    async lock() {
      locked = true;
      emit({ type: 'vault.locked' });
    },
    async unlock(passphrase) {
      if (passphrase === 'wrong') throw new KeyfobError('wrong_passphrase', { file: 'vault.json' });
      locked = false;
      emit({ type: 'vault.unlocked' });
    },
    wake: () => undefined,
    on(listener) {
      listening.add(listener);
      return () => listening.delete(listener);
    },
  };
  return fake;
}
