// What a start and an unlock make of the vault's records and of their copies in config.json.
//
// Invariants: the record counts, and its copy is mended from it, but for a copy that somebody changed by hand: that
// change is made as `set` would make it, or refused with its line and left standing; either is told. A record
// without a copy is an account; a copy without a record is one without secrets, unless its removal was begun.
import type { AccountChange } from '../api/accounts.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import { fieldFaults, withoutEmpty } from '../oauth/fields.ts';
import type { Profile } from '../oauth/profile.ts';
import { createYield } from '../platform/yield.ts';
import { absent, type Vault, type Version, type Versioned } from '../vaults/port.ts';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import type { Annotations } from './annotations.ts';
import { digestOf, type Copies } from './copies.ts';
import { originNote } from './origins.ts';
import { carryOver, newRecord, readRecord, type AccountRecord } from './record.ts';
import { forgetEntry } from './record-keeper.ts';
import type { SettingsKeeper } from './settings-keeper.ts';
import { lineOf, sameSettings, type AccountCopy, type Settings } from './settings.ts';

/** Records read from the vault at a time. */
const loadAtOnce = 16;

export interface LoadingPorts {
  readonly vault: Vault;
  readonly accounts: Accounts;
  readonly settings: SettingsKeeper;
  readonly copies: Copies;
  readonly annotations: Annotations;
  /** Tells a person. */
  tell(note: Message): void;
}

/** What follows from what was read for an account's copy: another one, or (`gone`) none. */
type Mend = AccountCopy | 'gone';

/** Lists the accounts that config.json names, before anything is read of the vault. */
export async function listAccounts({ accounts, settings }: LoadingPorts): Promise<void> {
  const letOthersIn = createYield();
  for (const [name, { provider, grant, fields }] of Object.entries(settings.read().accounts)) {
    await letOthersIn();
    await accounts.addKnown(name, { provider, grant, fields });
  }
}

export interface LoadOptions {
  /** A vault that holds none of the accounts is a new one. */
  readonly begin?: boolean;
  /** Whether it is still wanted: a lock or an end may come between. */
  readonly goesOn: () => boolean;
}

/** Reads the accounts' records; one that somebody waits for comes before the others. */
export class Loading {
  readonly #ports: LoadingPorts;
  /** Accounts of config.json whose turn has not come. */
  readonly #waiting = new Set<string>();
  readonly #underWay = new Map<string, Promise<void>>();
  /** What is not in the vault, until it is known what is. */
  readonly #notFound = new Set<string>();
  /** What becomes of copies, and the settings that it was judged by. */
  readonly #mends = new Map<string, { readonly copy: AccountCopy | null; readonly judgedBy: Settings }>();
  /** What was read of the vault at once, and was not taken yet. */
  #readAtOnce: ReadonlyMap<string, Versioned> | null = null;
  #run: Promise<boolean> | null = null;
  /** Whether the run under way is still wanted. */
  #goesOn: () => boolean = () => false;

  constructor(ports: LoadingPorts) {
    this.#ports = ports;
  }

  get isUnderWay(): boolean {
    return this.#run !== null;
  }

  /** Resolves once a record was read, or all were, or could not be; at once where nothing is under way. */
  async settled(name?: string): Promise<void> {
    const { accounts } = this.#ports;
    if (this.#run === null) return;
    if (name !== undefined) {
      await (this.#underWay.get(name) ?? (this.#waiting.has(name) ? this.#load(name) : null));
      if (accounts.get(name)?.isRead === true) return;
    }
    await this.#run.catch(() => undefined);
  }

  /**
   * Reads what the vault holds of each account that has no record yet; what cannot be read of one is told. Those that
   * config.json names come first: to list what is in a keychain takes longer than to read it. Throws what the vault
   * throws where it is out of reach, and `vault_unavailable` where it holds nothing of accounts that are kept in it:
   * another one stands in its place. Whether all were read: false where it was cut short.
   */
  async run({ begin = false, goesOn }: LoadOptions): Promise<boolean> {
    await this.settled();
    this.#goesOn = goesOn;
    const run = this.#read(begin).finally(() => {
      this.#run = null;
      this.#waiting.clear();
      this.#notFound.clear();
      this.#readAtOnce = null;
    });
    this.#run = run;
    return run;
  }

  async #read(begin: boolean): Promise<boolean> {
    const { vault, accounts, settings, tell } = this.#ports;
    const { removing, accounts: listed } = settings.read();
    for (const name of Object.keys(listed)) {
      if ((accounts.get(name)?.record ?? null) === null) this.#waiting.add(name);
    }
    this.#readAtOnce = await vault.getAll();
    await this.#loadWaiting();
    if (!this.#goesOn()) return false;
    const ids = await vault.list();
    if (!this.#goesOn()) return false;
    const kept = Object.keys(listed).filter((name) => isKeptHere(this.#ports, name));
    if (ids.length === 0 && kept.length > 0 && !begin) {
      throw new KeyfobError(
        'vault_entries_gone',
        { count: kept.length },
        { action: { type: 'begin_vault', params: {} } },
      );
    }
    const unlisted = ids.filter((name) => settings.copyOf(name) === undefined);
    if (settings.begunAnew && unlisted.length > 0) {
      tell(message('settings_begun_anew', { accounts: unlisted.toSorted() }));
    }
    for (const name of this.#notFound) await this.#judged(name, () => notInVault(this.#ports, name, begin));
    for (const name of [...unlisted, ...removing]) {
      if ((accounts.get(name)?.record ?? null) === null) this.#waiting.add(name);
    }
    this.#notFound.clear();
    await this.#loadWaiting();
    for (const name of this.#notFound) await this.#judged(name, () => notInVault(this.#ports, name, begin));
    if (!this.#goesOn()) return false;
    await this.#mend();
    // It went away meanwhile: what is missing is read when it is back.
    if (vault.away !== null) throw vault.away;
    return this.#goesOn();
  }

  /** Writes what follows for the copies; one that was changed since, or its account removed, counts as it is. */
  async #mend(): Promise<void> {
    const { accounts, copies } = this.#ports;
    const mends = new Map([...this.#mends].map(([name, { copy }]) => [name, copy]));
    await copies.mend(mends, (now, name) => {
      const mend = this.#mends.get(name);
      return (
        mend !== undefined &&
        now.accounts[name] === mend.judgedBy.accounts[name] &&
        now.removing.includes(name) === mend.judgedBy.removing.includes(name) &&
        (mend.copy === null || accounts.isTaken(name))
      );
    });
    this.#mends.clear();
  }

  async #loadWaiting(): Promise<void> {
    const letOthersIn = createYield();
    const worker = async (): Promise<void> => {
      for (;;) {
        await letOthersIn();
        const [name] = this.#waiting;
        if (name === undefined || !this.#goesOn()) return;
        await this.#load(name);
      }
    };
    await Promise.all(Array.from({ length: loadAtOnce }, worker));
    await Promise.all(this.#underWay.values());
  }

  #load(name: string): Promise<void> {
    this.#waiting.delete(name);
    const load = this.#judged(name, async () => {
      const found = this.#readAtOnce?.get(name) ?? (await this.#ports.vault.get(name));
      const mend = this.#goesOn() ? await loadOne(this.#ports, name, found) : null;
      if (mend === 'not found') this.#notFound.add(name);
      return mend === 'not found' ? null : mend;
    }).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, load);
    return load;
  }

  /** Notes what follows for the copy; what could not be read is told. */
  async #judged(name: string, read: () => Promise<Mend | null>): Promise<void> {
    const { vault, accounts, settings, tell } = this.#ports;
    const judgedBy = settings.read();
    try {
      const mend = await read();
      if (mend === null) this.#mends.delete(name);
      else this.#mends.set(name, { copy: mend === 'gone' ? null : mend, judgedBy });
      accounts.get(name)?.scheduled();
    } catch (thrown) {
      const error =
        thrown instanceof KeyfobError ? thrown : new KeyfobError('record_unreadable', { account: name });
      accounts.get(name)?.notRead(error);
      if (vault.away === null) tell(messageOf(error.problem));
    }
  }
}

/** Whether config.json says that the vault in use holds an account: Keyfob wrote its copy after its record. */
function isKeptHere({ vault, settings }: LoadingPorts, name: string): boolean {
  const { vault: own, removing } = settings.read();
  return own === vault.kind && !removing.includes(name) && settings.copyOf(name)?.digest !== undefined;
}

/** An account without an entry in the vault. */
async function notInVault(ports: LoadingPorts, name: string, begin: boolean): Promise<Mend | null> {
  const { accounts, settings, copies, tell } = ports;
  if (settings.read().removing.includes(name) && !copies.isAway) {
    accounts.delete(name);
    return 'gone';
  }
  const account = accounts.get(name);
  account?.open(newRecord(account.settings, {}, account.presentOrigins()), absent);
  if (begin) await account?.keepAgain();
  else if (isKeptHere(ports, name)) tell(message('vault_entry_gone', { account: name }));
  return null;
}

async function loadOne(
  ports: LoadingPorts,
  name: string,
  found: Versioned | null,
): Promise<Mend | 'not found' | null> {
  const { vault, accounts, settings, copies } = ports;
  const copy = settings.copyOf(name);
  const isMarked = settings.read().removing.includes(name);
  if (found === null) return 'not found';
  const read = readRecord(name, found.entry);
  if (read.version === 2) {
    if (copy !== undefined || !isMarked) return openRecord(ports, name, read, found.version, copy);
    // It was removed while its vault was away.
    await forgetEntry(vault, name);
    return 'gone';
  }
  const account = accounts.get(name);
  if (account === undefined) return null;
  account.open(carryOver(read, account.settings, account.presentOrigins()), found.version);
  // A vault that does not take it now is asked again at the next start.
  await account.keepAgain().catch(() => undefined);
  return copies.of(account.settings);
}

/** Opens an account with its record, and says what becomes of its copy. */
async function openRecord(
  { accounts, settings, copies, annotations, tell }: LoadingPorts,
  name: string,
  record: AccountRecord,
  version: Version,
  copy: AccountCopy | undefined,
): Promise<Mend | null> {
  const { provider, grant } = record.settings;
  const listed = accounts.get(name);
  const fits = listed?.settings.provider === provider && listed.settings.grant === grant;
  const account = fits ? listed : await accounts.addKnown(name, record.settings);
  const isSame = account !== null && sameSettings(account.settings, record.settings);
  // Of the same settings one is held in memory.
  account?.open(isSame ? { ...record, settings: account.settings } : record, version);
  const mended = await copies.of(record.settings);
  if (copy === undefined) {
    // One that was never signed in is what a kill in the middle of `add` leaves. Those of settings that are gone are
    // told all at once.
    if (record.epoch > 1 && !settings.begunAnew) {
      tell(message('account_listed_again', { account: name }));
    }
    return mended;
  }
  const isMarked = settings.read().removing.includes(name);
  if (sameSettings(copy, record.settings)) return copy.digest === mended.digest && !isMarked ? null : mended;
  // A kill came between the record and its copy.
  if (copy.digest === (await digestOf(copy))) return mended;
  if (account === null) return null;
  (await takeByHand(account, copy, settings.source, annotations)).forEach(tell);
  return null;
}

/** Makes the change that somebody wrote into config.json; what became of it. */
async function takeByHand(
  account: Account,
  copy: AccountCopy,
  source: string | null,
  annotations: Annotations,
): Promise<Message[]> {
  const { name, settings } = account;
  const at = (...path: string[]): Message => {
    const line = lineOf(source, ['accounts', name, ...path]);
    return line === null ? message('in_config', {}) : message('in_config_line', { line });
  };
  if (copy.provider !== settings.provider) {
    const where = at('provider');
    return [message('hand_change_of_provider', { where, account: name, kept: settings.provider })];
  }
  if (copy.grant !== settings.grant) {
    return [message('hand_change_of_grant', { where: at('grant'), account: name, kept: settings.grant })];
  }
  const change: AccountChange = {
    settings: differences(account.profile, settings.fields, copy.fields),
    secrets: {},
  };
  const fields = Object.keys(change.settings);
  try {
    const { plan, hadToken } = await account.change(change);
    annotations.mended(name);
    const where = at('fields', fields[0] ?? '');
    const known = account.record?.origins.known ?? [];
    const asks = account.gate.waiting().map((asked) => originNote({ account: name, known, asked }));
    return [
      message('hand_change_taken', { where, account: name, fields }),
      ...(hadToken ? plan.notes : []),
      ...asks,
    ];
  } catch (error) {
    if (!(error instanceof KeyfobError)) throw error;
    const why = messageOf(error.problem);
    const faults = new Set(fieldFaults(account.profile, copy.fields).map(({ field }) => field));
    const field = fields.find((one) => faults.has(one)) ?? fields[0] ?? '';
    return [message('hand_change_refused', { where: at('fields', field), account: name, fields, why })];
  }
}

/** What has to be set to make the fields of a copy of these; an empty text, or the default, takes one away. */
function differences(
  profile: Profile,
  before: Readonly<Record<string, string>>,
  copy: Readonly<Record<string, string>>,
): Record<string, string> {
  const after = withoutEmpty(profile, copy);
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const none = (name: string): string => {
    const field = Object.hasOwn(profile.fields, name) ? profile.fields[name] : undefined;
    return field?.may_be_empty === true ? (field.default ?? '') : '';
  };
  return Object.fromEntries(
    [...names]
      .filter((name) => before[name] !== after[name])
      .map((name) => [name, after[name] ?? none(name)]),
  );
}
