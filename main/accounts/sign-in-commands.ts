// Signing in and out, and asking for tokens.
import type { AccountView, TokenAnswer } from '../api/accounts.ts';
import { KeyfobError, toProblem } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { LoginOptions } from '../api/sign-ins.ts';
import type { Exchange } from '../oauth/exchange.ts';
import type { Clock } from '../oauth/ports.ts';
import { grantType } from '../oauth/grants/index.ts';
import { missingSecrets } from '../oauth/fields.ts';
import type { Catalogue } from '../providers/registry.ts';
import { patience, type Account } from './account.ts';
import { apiAddress } from './account-api.ts';
import type { Accounts } from './accounts.ts';
import type { Annotations } from './annotations.ts';
import type { DemandedSignIns } from './demanded-sign-ins.ts';
import type { LoginResult } from './keyfob.ts';
import { signInError } from './refusal.ts';
import { askAsClient } from './registration.ts';
import { revokeAtVendor } from './revocation.ts';
import type { SettingsKeeper } from './settings-keeper.ts';
import type { SignIns } from './sign-in.ts';
import type { RefreshedAccount, RefreshOptions, TokenRequest } from './views.ts';

export interface SignInCommandPorts {
  readonly accounts: Accounts;
  readonly annotations: Annotations;
  readonly catalogue: Catalogue;
  readonly settings: SettingsKeeper;
  readonly exchange: Exchange;
  readonly signIns: SignIns;
  readonly demanded: DemandedSignIns;
  readonly clock: Clock;
  view(account: Account): AccountView;
  /** Throws `vault_locked`, `not_running`. */
  open(): void;
  /** The same, once an account's record was read. */
  ready(name: string): Promise<void>;
}

export function createSignInCommands(ports: SignInCommandPorts) {
  const { accounts, annotations, catalogue, settings, exchange, signIns, demanded, view, open, ready } =
    ports;

  function selected(provider?: string): string | null {
    const now = settings.read();
    return provider === undefined ? now.selected : (now.selected_by_provider[provider] ?? null);
  }

  /** The account a request means: by name, the selected one of a provider, or the selected one. */
  function meant(request: TokenRequest): Account {
    if (request.account !== undefined) {
      const account = accounts.find(request.account);
      if (request.provider !== undefined && account.settings.provider !== request.provider) {
        const { account: named, provider } = request;
        throw new KeyfobError('account_of_another_provider', { account: named, provider });
      }
      return account;
    }
    const name = selected(request.provider);
    if (request.provider !== undefined) {
      catalogue.demand(request.provider);
    }
    if (name === null) {
      const action = { type: accounts.size === 0 ? 'add_account' : 'select_account', params: {} } as const;
      throw request.provider === undefined
        ? new KeyfobError('none_selected', {}, { action })
        : new KeyfobError('none_selected_of', { provider: request.provider }, { action });
    }
    return accounts.find(name);
  }

  /** The account of a name, whose record was read. Throws as `ready`, and `no_such_account`. */
  async function read(name: string): Promise<Account> {
    await ready(name);
    return accounts.find(name);
  }

  /** Signs in where the vendor is asked without a person. */
  async function loginDirectly(account: Account): Promise<LoginResult> {
    signIns.cancelOf(account, message('newer_sign_in', {}));
    account.beginSignIn('direct');
    try {
      await askDirectly(account).finally(() => {
        account.endSignIn('direct');
      });
    } catch (error) {
      annotations.signInFailed(account.name, toProblem(error));
      throw error;
    }
    return { kind: 'done', account: view(account) };
  }

  async function askDirectly(account: Account): Promise<void> {
    const { epoch } = account;
    const { grant } = account.settings;
    const { outcome } = await askAsClient(account, ports, (context) => exchange.signIn(context, grant));
    if (outcome.kind !== 'granted') {
      throw signInError(account.name, account.profile, outcome);
    }
    if (!(await account.signedIn(outcome.value, epoch))) {
      open();
      throw new KeyfobError('changed_while_signing_in', { account: account.name });
    }
  }

  return {
    selected,

    async token(request: TokenRequest): Promise<TokenAnswer> {
      let account = meant(request);
      open();
      if (account.record === null) account = await read(account.name);
      const { holder, path } = request;
      const api = path === undefined ? {} : apiAddress(account, path);
      const asked = (): Promise<TokenAnswer> => account.serving.token({ ...request, ...api });
      const answer = await (holder === undefined ? asked() : account.serving.tokenFor(holder, asked));
      // Settings may have changed since, and with them where the token may go.
      return path === undefined ? answer : { ...answer, ...apiAddress(account, path) };
    },

    async refresh(name: string, { rejected, isPersons }: RefreshOptions = {}): Promise<RefreshedAccount> {
      accounts.find(name);
      const account = await read(name);
      const result = await account.serving.refresh(rejected, isPersons);
      return { account: view(account), result };
    },

    async login(name: string, options: LoginOptions = {}): Promise<LoginResult> {
      const account = await read(name);
      checkSecrets(account);
      const begin = async (): Promise<LoginResult> =>
        grantType(account.settings.grant).mode === 'direct'
          ? loginDirectly(account)
          : { kind: 'waiting', signIn: withProblem(await signIns.start(account, options)) };
      if (options.on_demand !== undefined) return demanded.begin(account, options.on_demand, begin);
      demanded.acted(name);
      return begin();
    },

    async revoke(name: string): Promise<{ account: AccountView; message: Message }> {
      const account = await read(name);
      await account.settled(patience);
      const { epoch } = account;
      const told = await revokeAtVendor(account, exchange);
      if (account.epoch === epoch) {
        signIns.cancelOf(account, message('was_signed_out', {}));
        await account.signOut();
      }
      return { account: view(account), message: told };
    },

    async logout(name: string): Promise<AccountView> {
      const account = await read(name);
      signIns.cancelOf(account, message('was_signed_out', {}));
      await account.signOut();
      return view(account);
    },
  };
}

/** Throws `bad_request` when a secret that the sign-in needs is not in the vault (one that keeps nothing, say). */
function checkSecrets({ name, profile, settings, record }: Account): void {
  const missing = missingSecrets(profile, settings.grant, record?.secrets ?? {});
  if (missing.length > 0) {
    const [field = ''] = missing;
    throw new KeyfobError(
      'secrets_not_held',
      { account: name, fields: missing },
      {
        field,
        action:
          missing.length === 1
            ? { type: 'give_secret', params: { account: name, field } }
            : { type: 'give_secrets', params: { account: name } },
      },
    );
  }
}

/** The view of a flow that has just begun: it has no problem. */
function withProblem<T>(state: T): Omit<T, 'problem'> & { problem: null } {
  return { ...state, problem: null };
}
