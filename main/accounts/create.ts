// Makes the façade over the ports. Reads top to bottom as what Keyfob does; how is in the files it calls.
import { createEmitter } from '../platform/emitter.ts';
import { createQueue } from '../platform/serial-queue.ts';
import type { OriginChange } from '../api/origins.ts';
import { namePattern } from '../api/common.ts';
import type { AccountView } from '../api/accounts.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { AddedProvider } from '../api/providers.ts';
import { planChange, withoutEmpty } from './account-change.ts';
import { Account } from './account.ts';
import { Catalogue, type BuiltInProviders } from '../providers/registry.ts';
import { isDirect, signInDirectly } from '../oauth/direct-sign-in.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, messageOf, sentence, type Message } from '../api/problems/index.ts';
import { settleAtEnd } from './end.ts';
import { createExchange } from '../oauth/exchange.ts';
import { checkFields, grantOf, providerForm, providerView } from '../oauth/fields.ts';
import { createInspection } from './inspection.ts';
import type { Keyfob } from './keyfob.ts';
import { destinations } from './origins.ts';
import type { Ports } from './ports.ts';
import type { Profile } from '../oauth/profile.ts';
import { lockedError } from './record-keeper.ts';
import type { Origins } from './record.ts';
import { signInError } from './refusal.ts';
import { revokeAtVendor } from './revocation.ts';
import { SettingsKeeper, withAccount, withoutAccount, withSelected } from './settings-keeper.ts';
import type { AccountSettings, Settings } from './settings.ts';
import { createSignIns } from './sign-in.ts';
import { createTimer } from './timer.ts';
import { createTransfer } from './transfer.ts';
import type { TokenRequest } from './views.ts';

/** Records read from the vault at a time. */
const loadAtOnce = 16;

export interface KeyfobOptions extends Ports {
  readonly builtInProviders: BuiltInProviders;
  /** Turns what fetch threw into a sentence without secrets. */
  readonly describeFailure: (error: unknown) => string;
  /** The kind of vault, kept in the settings once an account lives in it. */
  readonly rememberVault: boolean;
  /** Seconds before its end at which a token is renewed at the latest, where the person wants it sooner than usual. */
  readonly refreshAhead?: () => number;
}

/** The façade, and its settings for those who keep more in them (the endpoint's clients). */
export interface KeyfobWithSettings extends Keyfob {
  readonly settings: {
    read(): Settings;
    change(mutate: (settings: Settings) => Settings): Promise<void>;
  };
  /** Own profiles and settings that could not be used. */
  readonly notices: readonly Message[];
}

export function createKeyfob(options: KeyfobOptions): KeyfobWithSettings {
  const { vault, clock, signIn } = options;
  const catalogue = new Catalogue(options.builtInProviders, options.profiles);
  const settings = new SettingsKeeper(options.settings);
  const accounts = new Map<string, Account>();
  const notices: Message[] = [];
  let locked = vault.locked;
  let ending: Promise<void> | null = null;

  const { on, emit } = createEmitter<[KeyfobEvent]>();
  const transport = {
    fetch: options.fetch,
    clock,
    describeFailure: options.describeFailure,
    ending: () => ending !== null,
  };
  const exchange = createExchange(transport);
  const signIns = createSignIns({ clock, exchange, signIn, emit });
  const timer = createTimer(clock, () => accounts.values());
  const accountPorts = {
    vault,
    clock,
    exchange,
    emit,
    reschedule: timer.reschedule,
    leastLead: () => (options.refreshAhead?.() ?? 0) * 1000,
  };

  function find(name: string): Account {
    const account = accounts.get(name);
    if (account === undefined) {
      throw new KeyfobError('no_such_account', `There is no account "${name}".`, {
        hint:
          accounts.size === 0
            ? 'Add one: `keyfob add NAME --provider ID`.'
            : 'See `keyfob accounts` for those there are.',
      });
    }
    return account;
  }

  function view(account: Account): AccountView {
    const now = settings.read();
    const session = account.record?.session ?? null;
    const left = account.left();
    const end = session === null || left === null ? null : session.obtained_at + (session.lifetime ?? 0);
    return {
      name: account.name,
      provider: account.settings.provider,
      grant: account.settings.grant,
      state: locked ? 'locked' : account.state(),
      expires_at: end === null ? null : Math.floor(end / 1000),
      lifetime: session === null || session.lifetime === null ? null : Math.floor(session.lifetime / 1000),
      next_refresh_at: locked ? null : account.nextRefreshAt(),
      scope: session?.scope ?? null,
      selected: now.selected === account.name,
      selected_for_provider: now.selected_by_provider[account.settings.provider] === account.name,
      notice: account.notice(),
    };
  }

  function open(): void {
    if (ending !== null) {
      throw new KeyfobError('not_running', 'Keyfob is ending.', {
        hint: 'Start it again with `npm start` or `keyfob serve`.',
      });
    }
    if (locked) {
      throw lockedError();
    }
  }

  async function loadRecords(): Promise<void> {
    const waiting = [...accounts.values()].filter((account) => account.record === null);
    const worker = async (): Promise<void> => {
      for (let account = waiting.pop(); account !== undefined; account = waiting.pop()) {
        try {
          await account.load();
        } catch (error) {
          notices.push(
            error instanceof KeyfobError
              ? messageOf(error.problem)
              : message('entry_unread', { account: account.name }),
          );
        }
      }
    };
    await Promise.all(Array.from({ length: loadAtOnce }, worker));
    timer.reschedule();
  }

  /** A change is planned on what the one before it left. */
  const oneByOne = createQueue();

  async function addKnown(name: string, own: AccountSettings): Promise<void> {
    const profile = catalogue.has(own.provider) ? await catalogue.get(own.provider) : null;
    if (profile === null) {
      notices.push(message('left_out_without_provider', { account: name, provider: own.provider }));
    } else if (Object.hasOwn(profile.grants, own.grant)) {
      accounts.set(name, new Account(name, own, profile, accountPorts));
    } else {
      notices.push(
        message('left_out_without_grant', { account: name, provider: own.provider, grant: own.grant }),
      );
    }
  }

  function selected(provider?: string): string | null {
    const now = settings.read();
    return provider === undefined ? now.selected : (now.selected_by_provider[provider] ?? null);
  }

  /** The account a request means: by name, the selected one of a provider, or the selected one. */
  function meant(request: TokenRequest): Account {
    if (request.account !== undefined) {
      const account = find(request.account);
      if (request.provider !== undefined && account.settings.provider !== request.provider) {
        throw new KeyfobError('bad_request', `${request.account} is not an account of ${request.provider}.`, {
          hint: 'Leave out one of the two.',
        });
      }
      return account;
    }
    const name = selected(request.provider);
    if (request.provider !== undefined) {
      catalogue.demand(request.provider);
    }
    if (name === null) {
      throw new KeyfobError(
        'no_account_selected',
        request.provider === undefined
          ? 'No account is selected.'
          : `No account of ${request.provider} is selected.`,
        {
          hint:
            accounts.size === 0
              ? 'Add one: `keyfob add NAME --provider ID`.'
              : 'Select one: `keyfob use NAME`.',
        },
      );
    }
    return find(name);
  }

  /** Keeps a new account: in vault and settings, or in neither. */
  async function create(
    name: string,
    own: AccountSettings,
    profile: Profile,
    secrets: Readonly<Record<string, string>>,
    origins: Origins | null = null,
  ): Promise<AccountView> {
    const account = new Account(name, own, profile, accountPorts);
    accounts.set(name, account);
    try {
      await account.create(secrets, origins);
      await settings.change((now) => ({
        ...withAccount(now, name, own),
        vault: options.rememberVault && vault.kind !== 'memory' ? vault.kind : now.vault,
      }));
    } catch (error) {
      accounts.delete(name);
      await account.remove().catch(() => undefined);
      throw error;
    }
    emit({ type: 'account.added', account: name });
    return view(account);
  }

  /** The origins that get nothing secret of an account yet, and that a person can allow. */
  function asksOf(account: Account): OriginChange[] {
    const known = account.record?.origins.known ?? [];
    return account.gate.waiting().map((asked) => ({ account: account.name, known, asked }));
  }

  async function addProvider(text: string): Promise<AddedProvider> {
    const of = (id: string): Account[] =>
      [...accounts.values()].filter((account) => account.settings.provider === id);
    const profile = await catalogue.add(text, ({ id, grants }) => {
      for (const { name, settings: own } of of(id)) {
        if (!Object.hasOwn(grants, own.grant)) {
          throw new KeyfobError(
            'bad_request',
            `The account ${name} signs in by ${own.grant}, which the new profile lacks.`,
            {
              hint: `Keep that grant in the profile, or remove the account first: \`keyfob remove ${name}\`.`,
            },
          );
        }
      }
    });
    for (const account of of(profile.id)) {
      account.profile = profile;
      // What failed by the old profile is not waited for.
      account.wake();
    }
    timer.reschedule();
    emit({ type: 'provider.added', provider: profile.id });
    const places = message('secrets_go_to', { places: destinations(profile) });
    return { ...providerView(profile, false), notes: [places], asks: of(profile.id).flatMap(asksOf) };
  }

  /** Puts everything down; see `stop`. What it does before its first wait is done when it returns. */
  async function end(): Promise<void> {
    timer.stop();
    signIns.cancelAll('Keyfob is ending.');
    await settleAtEnd([...accounts.values()], clock);
    await settings.settled();
  }

  return {
    ...createInspection({ ...transport, find, open }),
    ...createTransfer({ accounts, catalogue, settings, open, create, addProvider }),
    notices,
    settings,

    async start() {
      settings.load();
      notices.push(...(await catalogue.load()).map(sentence));
      for (const [name, own] of Object.entries(settings.read().accounts)) {
        await addKnown(name, own);
      }
      if (!locked) {
        await loadRecords();
      }
    },

    stop: () => (ending ??= end()),

    get spending() {
      return [...accounts.values()].filter((account) => account.spending).map(({ name }) => name);
    },

    accounts: () => [...accounts.values()].map(view),
    selected,
    account: (name) => view(find(name)),
    providers: () => catalogue.list(),
    provider: (id) => catalogue.get(id),
    providerFile: (id) => catalogue.merged(id),
    providerForm: async (id) => providerForm(await catalogue.get(id)),
    providerViews: () => catalogue.views(),
    checkProfile: (text) => catalogue.check(text),

    addProvider,

    async add({ name, provider, grant: asked, settings: fields, secrets }) {
      open();
      if (!namePattern.test(name)) {
        throw badName();
      }
      const profile = await catalogue.get(provider);
      const grant = asked ?? profile.default_grant;
      grantOf(profile, grant);
      checkFields(profile, grant, fields, secrets);
      // One that was left out at the start, for want of its provider, is there too.
      if (accounts.has(name) || Object.hasOwn(settings.read().accounts, name)) {
        throw new KeyfobError('already_exists', `There is an account "${name}" already.`, {
          hint: `Change it with \`keyfob set ${name}\`, or choose another name.`,
        });
      }
      return create(name, { provider, grant, fields: withoutEmpty(fields) }, profile, withoutEmpty(secrets));
    },

    set: (name, changes) =>
      oneByOne(async () => {
        open();
        const account = find(name);
        const record = account.record;
        const plan = planChange(account.profile, account.settings, record?.secrets ?? {}, changes);
        const before = record?.origins.known ?? [];
        const origins = account.originsAfter(plan, changes);
        if (plan.effect !== 'keep') {
          signIns.cancelOf(account, 'The account’s settings were changed.');
        }
        await settings.change((now) => ({ ...now, accounts: { ...now.accounts, [name]: plan.settings } }));
        await account.change(plan.settings, plan.secrets, plan.effect, origins);
        const agreed = origins.known.filter((origin) => !before.includes(origin));
        for (const origin of agreed) {
          emit({ type: 'account.origin_allowed', account: name, origin });
        }
        emit({ type: 'account.changed', account: name });
        return {
          account: view(account),
          notes: [
            ...(record?.session == null ? [] : plan.notes),
            ...(agreed.length === 0 ? [] : [message('secrets_may_go', { account: name, origins: agreed })]),
          ],
          asks: asksOf(account),
        };
      }),

    async use(name) {
      const account = find(name);
      await settings.change((now) => withSelected(now, name, account.settings.provider));
      emit({ type: 'account.selected', account: name });
      return view(account);
    },

    async remove(name) {
      open();
      const account = find(name);
      signIns.cancelOf(account, 'The account was removed.');
      // Secrets first: were Keyfob killed in between, an account without them is left, never the reverse.
      await account.remove();
      accounts.delete(name);
      await settings.change((now) => withoutAccount(now, name));
      emit({ type: 'account.removed', account: name });
    },

    async token(request) {
      const account = meant(request);
      open();
      return account.token(request.minValid, { scope: request.scope, audience: request.audience });
    },

    async refresh(name, { rejected } = {}) {
      const account = find(name);
      open();
      await account.refresh(rejected);
      return view(account);
    },

    async login(name, loginOptions = {}) {
      open();
      const account = find(name);
      const party = account.party();
      checkSecrets(account);
      if (!isDirect(account.settings.grant)) {
        return { kind: 'waiting', signIn: withProblem(await signIns.start(account, loginOptions)) };
      }
      signIns.cancelOf(account, 'A newer sign-in was started.');
      const { epoch } = account;
      account.signingIn = 'direct';
      try {
        const outcome = await signInDirectly(exchange, account.settings.grant, party);
        if (!outcome.ok) {
          throw signInError(account.profile, outcome.failing);
        }
        if (!(await account.signedIn(outcome.value, epoch))) {
          throw new KeyfobError('sign_in_cancelled', `${name} was changed while it was being signed in.`, {
            hint: 'Run it again if it is still wanted.',
          });
        }
      } finally {
        if (account.signingIn === 'direct') {
          account.signingIn = null;
        }
      }
      return { kind: 'done', account: view(account) };
    },

    signIn: signIns.get,
    signIns: signIns.list,
    waitForSignIn: signIns.wait,
    pasteRedirect: async (id, url) => signIns.paste(id, url),
    cancelSignIn: async (id) => {
      signIns.cancel(id);
    },

    async revoke(name) {
      open();
      const account = find(name);
      await account.settled();
      const { epoch } = account;
      const message = await revokeAtVendor(account, exchange);
      if (account.epoch === epoch) {
        signIns.cancelOf(account, 'The account was signed out.');
        await account.signOut();
      }
      return { account: view(account), message };
    },

    async logout(name) {
      open();
      const account = find(name);
      signIns.cancelOf(account, 'The account was signed out.');
      await account.signOut();
      return view(account);
    },

    get locked() {
      return locked;
    },

    async lock() {
      if (locked) {
        return;
      }
      locked = true;
      signIns.cancelAll('Keyfob was locked.');
      await Promise.all([...accounts.values()].map((account) => account.unload()));
      await vault.lock();
      emit({ type: 'vault.locked' });
    },

    async unlock(passphrase) {
      // Open already: what could not be read at the start is read again.
      if (locked) {
        await vault.unlock(passphrase);
      }
      await loadRecords();
      if (locked) {
        locked = false;
        emit({ type: 'vault.unlocked' });
      }
      timer.reschedule();
    },

    wake() {
      for (const account of accounts.values()) {
        account.wake();
      }
      timer.reschedule();
    },

    on,
  };
}

/** Throws `bad_request` when a secret that the sign-in needs is not in the vault (one that keeps nothing, say). */
function checkSecrets({ name, profile, settings, record }: Account): void {
  const missing = grantOf(profile, settings.grant).required.filter(
    (field) => profile.fields[field]?.secret === true && record?.secrets[field] === undefined,
  );
  if (missing.length > 0) {
    throw new KeyfobError('bad_request', `The vault does not hold ${missing.join(', ')} of ${name}.`, {
      hint: `Give it again: \`keyfob set ${name} ${missing.map((field) => `--secret ${field}`).join(' ')}\`.`,
    });
  }
}

function badName(): KeyfobError {
  return new KeyfobError(
    'bad_request',
    'An account’s name has 1 to 64 letters, digits, dots, _ and -, and begins with a letter or digit.',
    {
      hint: 'Choose another name.',
    },
  );
}

/** The view of a flow that has just begun: it has no problem. */
function withProblem<T>(state: T): Omit<T, 'problem'> & { problem: null } {
  return { ...state, problem: null };
}
