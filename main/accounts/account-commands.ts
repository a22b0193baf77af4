// What is done to accounts as such: added, changed, selected, removed; one change after the other, so that each is
// planned on what the one before it left.
import type { AccountChange, AccountView, ChangedAccount, NewAccount } from '../api/accounts.ts';
import type { LabelsChange } from '../api/account-labels.ts';
import { namePattern } from '../api/common.ts';
import { KeyfobError } from '../api/errors.ts';
import type { KeyfobEvent } from '../api/events.ts';
import { message } from '../api/problems/index.ts';
import type { OriginChange } from '../api/origins.ts';
import type { AddedProvider } from '../api/providers.ts';
import { checkFields, withoutEmpty } from '../oauth/fields.ts';
import { providerView } from '../providers/views.ts';
import type { Profile } from '../oauth/profile.ts';
import { createQueue } from '../platform/serial-queue.ts';
import type { Catalogue } from '../providers/registry.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { Annotations } from './annotations.ts';
import { destinations } from './origins.ts';
import type { Origins } from './record.ts';
import { withSelected, type SettingsKeeper } from './settings-keeper.ts';
import type { AccountSettings } from './settings.ts';
import type { SignIns } from './sign-in.ts';

export interface CommandPorts {
  readonly accounts: Accounts;
  readonly annotations: Annotations;
  readonly catalogue: Catalogue;
  readonly settings: SettingsKeeper;
  readonly signIns: SignIns;
  emit(event: KeyfobEvent): void;
  reschedule(): void;
  view(account: Account): AccountView;
  /** Resolves once an account's record was read, or all were. Throws `vault_locked`, `not_running`. */
  ready(name?: string): Promise<void>;
}

export type AccountCommands = ReturnType<typeof createAccountCommands>;

export function createAccountCommands(ports: CommandPorts) {
  const { accounts, annotations, catalogue, settings, signIns, emit, view, ready } = ports;
  const oneByOne = createQueue();

  const create = creationOf(ports);

  async function add({
    name,
    provider,
    grant: asked,
    settings: fields,
    secrets,
  }: NewAccount): Promise<AccountView> {
    await ready();
    if (!namePattern.test(name)) {
      throw new KeyfobError('account_name_bad', {}, { field: 'name' });
    }
    const profile = await catalogue.get(provider);
    const grant = asked ?? profile.default_grant;
    checkFields(profile, grant, fields, secrets);
    if (accounts.isTaken(name)) {
      throw new KeyfobError(
        'account_name_taken',
        { account: name },
        { field: 'name', action: { type: 'change_account', params: { account: name } } },
      );
    }
    const own = { provider, grant, fields: withoutEmpty(profile, fields) };
    return create(name, own, profile, withoutEmpty(profile, secrets));
  }

  async function set(name: string, change: AccountChange): Promise<ChangedAccount> {
    await ready(name);
    const account = accounts.find(name);
    const { plan, hadToken, agreed } = await account.change(change);
    // What was refused is not what is there now.
    const isGiven = Object.keys({ ...change.settings, ...change.secrets }).length > 0;
    if (isGiven || agreed.length > 0) annotations.mended(name);
    if (plan.effect !== 'keep') {
      signIns.cancelOf(account, message('was_changed', {}));
    }
    for (const origin of agreed) {
      emit({ type: 'account.origin_allowed', account: name, origin });
    }
    emit({ type: 'account.changed', account: name });
    return {
      account: view(account),
      notes: [
        ...(hadToken ? plan.notes : []),
        ...(agreed.length === 0 ? [] : [message('secrets_may_go', { account: name, origins: agreed })]),
      ],
      asks: asksOf(account),
    };
  }

  async function remove(name: string): Promise<void> {
    await ready(name);
    const account = accounts.find(name);
    signIns.cancelOf(account, message('was_removed', {}));
    await account.remove(() => {
      accounts.delete(name);
    });
    emit({ type: 'account.removed', account: name });
  }

  async function addProvider(text: string): Promise<AddedProvider> {
    const of = (id: string): Account[] =>
      accounts.all().filter((account) => account.settings.provider === id);
    const profile = await catalogue.add(text, ({ id, grants }) => {
      for (const { name, settings: own } of of(id)) {
        if (!Object.hasOwn(grants, own.grant)) {
          throw new KeyfobError(
            'profile_lacks_grant',
            { account: name, grant: own.grant },
            { action: { type: 'drop_account', params: { account: name } } },
          );
        }
      }
    });
    for (const account of of(profile.id)) {
      account.useProfile(profile);
    }
    ports.reschedule();
    emit({ type: 'provider.added', provider: profile.id });
    const note = message('secrets_go_to', { destinations: destinations(profile) });
    return { ...providerView(profile, false), notes: [note], asks: of(profile.id).flatMap(asksOf) };
  }

  return {
    create,
    addProvider,
    add: (account: NewAccount) => oneByOne(() => add(account)),
    set: (name: string, change: AccountChange) => oneByOne(() => set(name, change)),
    remove: (name: string) => oneByOne(() => remove(name)),

    async setLabels(name: string, change: LabelsChange): Promise<AccountView> {
      const account = accounts.find(name);
      await annotations.setLabels(name, change);
      return view(account);
    },

    async use(name: string): Promise<AccountView> {
      const account = accounts.find(name);
      annotations.used(name);
      await settings.change((now) => withSelected(now, name, account.settings.provider));
      emit({ type: 'account.selected', account: name });
      return view(account);
    },

    /** Does something with all accounts between two of these. */
    oneByOne,
  };
}

/** The origins that get nothing secret of an account yet, and that a person can allow. */
function asksOf(account: Account): OriginChange[] {
  const known = account.record?.origins.known ?? [];
  return account.gate.waiting().map((asked) => ({ account: account.name, known, asked }));
}

/** What keeps a new account, whole or not at all. `origins`: null: those of its addresses now. */
function creationOf({ accounts, emit, view }: CommandPorts) {
  return async function create(
    name: string,
    own: AccountSettings,
    profile: Profile,
    secrets: Readonly<Record<string, string>>,
    origins: Origins | null = null,
  ): Promise<AccountView> {
    const account = accounts.make(name, own, profile);
    try {
      await account.create(secrets, origins);
      // Not before it is whole: a caller would hear that it is locked.
      accounts.admit(account);
    } catch (error) {
      accounts.delete(name);
      await account.undoCreate().catch(() => undefined);
      throw error;
    }
    emit({ type: 'account.added', account: name });
    return view(account);
  };
}
