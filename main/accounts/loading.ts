// What a start and an unlock make of the vault's records and of their copies in config.json.
//
// Invariants: the record counts, and its copy is mended from it, but for a copy that somebody changed by hand: that
// change is made as `set` would make it, or refused with its line and left standing; either is told. A record
// without a copy is an account; a copy without a record is one without secrets, unless its removal was begun.
import type { AccountChange } from '../api/accounts.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import { fieldFaults } from '../oauth/fields.ts';
import { absent, type Vault, type Version } from '../vaults/port.ts';
import type { Account } from './account.ts';
import { withoutEmpty } from './account-change.ts';
import type { Accounts } from './accounts.ts';
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
  /** Tells a person. */
  tell(note: Message): void;
}

/** A change of the settings that follows from what was read. */
type Mend = (now: Settings) => Settings;

/** Lists the accounts that config.json names, before anything is read of the vault. */
export async function listAccounts({ accounts, settings }: LoadingPorts): Promise<void> {
  for (const [name, { provider, grant, fields }] of Object.entries(settings.read().accounts)) {
    await accounts.addKnown(name, { provider, grant, fields });
  }
}

/** Reads what the vault holds of each account that has no record yet. Never throws; what cannot be read is told. */
export async function loadRecords(ports: LoadingPorts): Promise<void> {
  const { vault, accounts, settings, copies, tell } = ports;
  const ids = await vault.list().catch((error: unknown) => {
    tell(whyOf(error, message('records_unlisted', {})));
    return null;
  });
  const { removing, accounts: listed } = settings.read();
  const unlisted = (ids ?? []).filter((name) => settings.copyOf(name) === undefined);
  if (settings.begunAnew && unlisted.length > 0) {
    tell(message('settings_begun_anew', { accounts: unlisted.toSorted() }));
  }
  const names = new Set([...(ids ?? []), ...Object.keys(listed), ...removing]);
  const waiting = [...names].filter((name) => (accounts.get(name)?.record ?? null) === null);
  const mends: Mend[] = [];
  const worker = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      try {
        const mend = await loadOne(ports, name);
        if (mend !== null) mends.push(mend);
      } catch (error) {
        tell(whyOf(error, message('record_unreadable', { account: name })));
      }
    }
  };
  await Promise.all(Array.from({ length: loadAtOnce }, worker));
  await copies.mend(mends);
}

async function loadOne(ports: LoadingPorts, name: string): Promise<Mend | null> {
  const { vault, accounts, settings, copies } = ports;
  const copy = settings.copyOf(name);
  const isMarked = settings.read().removing.includes(name);
  const found = await vault.get(name);
  if (found === null) {
    if (isMarked && !copies.isAway) {
      accounts.delete(name);
      return (now) => copies.without(now, name);
    }
    const account = accounts.get(name);
    account?.open(newRecord(account.settings, {}, account.presentOrigins()), absent);
    return null;
  }
  const read = readRecord(name, found.entry);
  if (read.version === 2) {
    if (copy !== undefined || !isMarked) return openRecord(ports, name, read, found.version, copy);
    // It was removed while its vault was away.
    await forgetEntry(vault, name);
    return (now) => copies.without(now, name);
  }
  const account = accounts.get(name);
  if (account === undefined) return null;
  account.open(carryOver(read, account.settings, account.presentOrigins()), found.version);
  // A vault that does not take it now is asked again at the next start.
  await account.keepAgain().catch(() => undefined);
  const carried = await copies.of(account.settings);
  return (now) => copies.with(now, name, carried);
}

/** Opens an account with its record, and says what becomes of its copy. */
async function openRecord(
  { accounts, settings, copies, tell }: LoadingPorts,
  name: string,
  record: AccountRecord,
  version: Version,
  copy: AccountCopy | undefined,
): Promise<Mend | null> {
  const { provider, grant } = record.settings;
  const listed = accounts.get(name);
  const fits = listed?.settings.provider === provider && listed.settings.grant === grant;
  const account = fits ? listed : await accounts.addKnown(name, record.settings);
  account?.open(record, version);
  const mended = await copies.of(record.settings);
  const mend: Mend = (now) => copies.with(now, name, mended);
  if (copy === undefined) {
    // One that was never signed in is what a kill in the middle of `add` leaves. Those of settings that are gone are
    // told all at once.
    if (record.epoch > 1 && !settings.begunAnew) {
      tell(message('account_listed_again', { account: name }));
    }
    return mend;
  }
  const isMarked = settings.read().removing.includes(name);
  if (sameSettings(copy, record.settings)) return copy.digest === mended.digest && !isMarked ? null : mend;
  // A kill came between the record and its copy.
  if (copy.digest === (await digestOf(copy))) return mend;
  if (account === null) return null;
  (await takeByHand(account, copy, settings.source)).forEach(tell);
  return null;
}

/** Makes the change that somebody wrote into config.json; what became of it. */
async function takeByHand(account: Account, copy: AccountCopy, source: string | null): Promise<Message[]> {
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
  const change: AccountChange = { settings: differences(settings.fields, copy.fields), secrets: {} };
  const fields = Object.keys(change.settings);
  try {
    const { plan, hadToken } = await account.change(change);
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

/** What a KeyfobError says; `otherwise` for another. */
function whyOf(error: unknown, otherwise: Message): Message {
  return error instanceof KeyfobError ? messageOf(error.problem) : otherwise;
}

/** What has to be set to make the fields of a copy of these; an empty text takes one away. */
function differences(
  before: Readonly<Record<string, string>>,
  copy: Readonly<Record<string, string>>,
): Record<string, string> {
  const after = withoutEmpty(copy);
  const names = new Set([...Object.keys(withoutEmpty(before)), ...Object.keys(after)]);
  return Object.fromEntries(
    [...names].filter((name) => before[name] !== after[name]).map((name) => [name, after[name] ?? '']),
  );
}
