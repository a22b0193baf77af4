// Taking accounts from one home to another: what leaves, and what is let in.
//
// Invariants: tokens never leave, for a refresh token that is used in two places ends both; secrets leave only
// when asked for, all at once, and whoever carries them seals them. Nothing that is here already is overwritten:
// each account and each profile is added whole, or not at all, with the reason.
import type { ImportResult } from '../api/transfer.ts';
import type { AccountLabels } from '../api/account-labels.ts';
import { namePattern } from '../api/common.ts';
import type { Accounts } from './accounts.ts';
import type { Annotations } from './annotations.ts';
import type { Catalogue } from '../providers/registry.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import { checkFields, missingSecrets, withoutEmpty } from '../oauth/fields.ts';
import { originNote } from './origins.ts';
import type { Profile } from '../oauth/profile.ts';
import type { Origins } from './record.ts';
import type { SettingsKeeper } from './settings-keeper.ts';
import { withSelected } from './settings-keeper.ts';
import type { AccountSettings, Settings } from './settings.ts';

export interface TransferredAccount {
  readonly name: string;
  readonly provider: string;
  readonly grant: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Where its secrets may go, when they come along. */
  readonly origins?: Origins | undefined;
  /** The person's own, where there are any. */
  readonly labels?: AccountLabels | undefined;
}

/** The secrets of accounts, by account and field. */
export type TransferredSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Transferred {
  readonly accounts: readonly TransferredAccount[];
  readonly selected: string | null;
  readonly selected_by_provider: Readonly<Record<string, string>>;
  /** Own profiles, as their files hold them. */
  readonly profiles: readonly unknown[];
  /** Null when they were not asked for. */
  readonly secrets: TransferredSecrets | null;
}

export interface Transfer {
  /** Accounts, own profiles and what is selected. Throws `vault_locked` when secrets are wanted of a locked one. */
  exportAccounts(options: { readonly secrets: boolean }): Promise<Transferred>;
  /** Adds what is not there yet. Throws `vault_locked`; what is wrong with one item is said in its result. */
  importAccounts(from: Transferred): Promise<ImportResult[]>;
}

interface Dependencies {
  readonly accounts: Accounts;
  readonly annotations: Annotations;
  readonly catalogue: Catalogue;
  readonly settings: SettingsKeeper;
  /** Resolves once all records were read. Throws `vault_locked`. */
  ready(): Promise<void>;
  /** Keeps a new account, whole or not at all. */
  create(
    name: string,
    own: AccountSettings,
    profile: Profile,
    secrets: Readonly<Record<string, string>>,
    /** Null: those of its addresses now. */
    origins: Origins | null,
  ): Promise<unknown>;
  addProvider(text: string): Promise<unknown>;
}

export function createTransfer({
  accounts,
  annotations,
  catalogue,
  settings,
  ready,
  create,
  addProvider,
}: Dependencies): Transfer {
  function secretsOf(name: string): Readonly<Record<string, string>> {
    const account = accounts.get(name);
    if (account !== undefined && account.record === null) {
      const action = { type: 'unlock', params: {} } as const;
      throw new KeyfobError('record_unreadable', { account: name }, { action });
    }
    return account?.record?.secrets ?? {};
  }

  async function addProfile(profile: unknown): Promise<ImportResult> {
    const id = idOf(profile);
    if (catalogue.has(id)) {
      return { kind: 'profile', name: id, outcome: 'skipped', why: [message('provider_there', {})] };
    }
    await addProvider(JSON.stringify(profile, undefined, 2));
    return { kind: 'profile', name: id, outcome: 'added', why: [] };
  }

  async function addAccount(
    { name, provider, grant, fields, origins, labels }: TransferredAccount,
    secrets: Readonly<Record<string, string>>,
  ): Promise<ImportResult> {
    const kind = 'account';
    if (accounts.isTaken(name)) {
      return { kind, name, outcome: 'skipped', why: [message('account_there', {})] };
    }
    if (!namePattern.test(name)) {
      return { kind, name, outcome: 'refused', why: [message('name_not_possible', {})] };
    }
    const profile = await catalogue.get(provider);
    const missing = missingSecrets(profile, grant, secrets);
    // Secrets that stayed behind are given later; all else must be as it is for a new account.
    checkFields(profile, grant, fields, {
      ...secrets,
      ...Object.fromEntries(missing.map((field) => [field, 'given later'])),
    });
    const own = { provider, grant, fields: withoutEmpty(profile, fields) };
    const kept = withoutEmpty(profile, secrets);
    // Without secrets nothing was entered for anything yet.
    const from = Object.keys(kept).length === 0 ? null : (origins ?? null);
    await create(name, own, profile, kept, from);
    if (labels !== undefined) await annotations.keepLabels(name, labels);
    const asked = accounts.get(name)?.gate.waiting() ?? [];
    const why = [
      ...missing.map((field) =>
        message('secret_to_give', { field }, { type: 'give_secret', params: { account: name, field } }),
      ),
      ...asked.map((origin) => originNote({ account: name, known: from?.known ?? [], asked: origin })),
    ];
    return { kind, name, outcome: 'added', why };
  }

  return {
    async exportAccounts({ secrets }) {
      if (secrets) await ready();
      const now = settings.read();
      return {
        accounts: Object.entries(now.accounts).map(([name, copy]) => {
          const account = accounts.get(name);
          const { provider, grant, fields } = account?.settings ?? copy;
          const origins = secrets ? account?.record?.origins : undefined;
          const { labels } = annotations.of(name);
          return {
            ...{ name, provider, grant, fields },
            ...(origins === undefined ? {} : { origins }),
            ...(labels === undefined ? {} : { labels }),
          };
        }),
        selected: now.selected,
        selected_by_provider: now.selected_by_provider,
        profiles: catalogue.own(),
        secrets: secrets
          ? Object.fromEntries(Object.keys(now.accounts).map((name) => [name, secretsOf(name)]))
          : null,
      };
    },

    async importAccounts(from) {
      await ready();
      const before = settings.read();
      const results: ImportResult[] = [];
      for (const profile of from.profiles) {
        results.push(await orWhy('profile', idOf(profile), addProfile(profile)));
      }
      for (const account of from.accounts) {
        const secrets =
          from.secrets !== null && Object.hasOwn(from.secrets, account.name)
            ? (from.secrets[account.name] ?? {})
            : {};
        results.push(await orWhy('account', account.name, addAccount(account, secrets)));
      }
      const added = results.filter(({ kind, outcome }) => kind === 'account' && outcome === 'added');
      const names = new Set(added.map(({ name }) => name));
      // What was added stays added, and is told as such, where the selection cannot be kept.
      const why = await settings
        .change((now) => withSelectionOf(from, names, before, now))
        .then(
          () => [],
          (error: unknown) => [reasonOf(error)],
        );
      return results.map((one) => (added.includes(one) ? { ...one, why: [...one.why, ...why] } : one));
    },
  };
}

/** What was selected there is selected here, as far as nothing was before. `names`: the accounts that were added. */
function withSelectionOf(
  from: Transferred,
  names: ReadonlySet<string>,
  before: Settings,
  now: Settings,
): Settings {
  let next = now;
  for (const [provider, name] of Object.entries(from.selected_by_provider)) {
    const mine = names.has(name) && now.accounts[name]?.provider === provider;
    if (mine && !Object.hasOwn(before.selected_by_provider, provider)) {
      next = { ...next, selected_by_provider: { ...next.selected_by_provider, [provider]: name } };
    }
  }
  const { selected } = from;
  const provider = selected === null ? undefined : now.accounts[selected]?.provider;
  if (selected === null || provider === undefined || before.selected !== null || !names.has(selected)) {
    return next;
  }
  return Object.hasOwn(before.selected_by_provider, provider)
    ? { ...next, selected }
    : withSelected(next, selected, provider);
}

function idOf(profile: unknown): string {
  const id = typeof profile === 'object' && profile !== null && 'id' in profile ? profile.id : undefined;
  return typeof id === 'string' ? id : '(without an id)';
}

async function orWhy(
  kind: ImportResult['kind'],
  name: string,
  adding: Promise<ImportResult>,
): Promise<ImportResult> {
  try {
    return await adding;
  } catch (error) {
    return { kind, name, outcome: 'refused', why: [reasonOf(error)] };
  }
}

/** What a KeyfobError says; throws any other. */
function reasonOf(error: unknown): Message {
  if (error instanceof KeyfobError) return messageOf(error.problem);
  throw error;
}
