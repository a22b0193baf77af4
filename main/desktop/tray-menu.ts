// What the tray shows, as plain data: menu, icon and tooltip. Pure.
//
// Invariants: the first entry copies the selected account's token and its label begins with `Copy`; each
// account is a radio entry whose label begins with its name; the last entry is `Quit`; labels change by the
// minute at most, since a rebuilt menu has new ids on D-Bus and closes under the hand that uses it.
import { inEnglish } from '../oauth/profile.ts';
import type { AccountView } from '../api/accounts.ts';
import type { ProviderSummary } from '../api/providers.ts';
import type { CopyForm } from '../api/window.ts';
import { timeLeft } from './time-left.ts';

export type TrayAction =
  | { readonly do: 'copy'; readonly account: string; readonly form: CopyForm }
  | { readonly do: 'use' | 'refresh' | 'sign_in'; readonly account: string }
  | { readonly do: 'approvals' | 'open' | 'panel' | 'add' | 'settings' | 'lock' | 'unlock' | 'quit' };

export interface TrayEntry {
  readonly id: string;
  /** As people read it; see `menuLabel` for Electron's form. */
  readonly label: string;
  readonly type: 'normal' | 'radio' | 'separator' | 'submenu';
  readonly enabled: boolean;
  readonly checked: boolean;
  readonly action: TrayAction | null;
  readonly submenu: readonly TrayEntry[];
}

export const trayIcons = ['fine', 'refreshing', 'sign-in-needed', 'locked', 'offline'] as const;
export type TrayIcon = (typeof trayIcons)[number];

export interface TrayFacts {
  readonly accounts: readonly AccountView[];
  readonly providers: readonly ProviderSummary[];
  readonly locked: boolean;
  readonly online: boolean;
  /** How many approvals wait for a person. */
  readonly approvals: number;
  /** Unix ms. */
  readonly now: number;
}

export interface TrayModel {
  readonly entries: readonly TrayEntry[];
  readonly icon: TrayIcon;
  readonly tooltip: string;
  /** Ms until something shown changes by time alone; null: nothing does. */
  readonly changesIn: number | null;
}

/** More accounts than this stand in submenus by provider. */
const maxInOneMenu = 10;
/** More sign-ins than this are left to the window. */
const maxSignIns = 3;
/** Ms after which a refresh that was due is looked at: a quick one shows nothing. */
const refreshShows = 300;
/** Ms between two looks at what is under way. */
const whileUnderWay = 1_000;

/** Makes what the tray shows out of how things stand. */
export function trayModel(facts: TrayFacts): TrayModel {
  const selected = facts.accounts.find((account) => account.selected) ?? null;
  const copy = copying(selected, facts);
  const entries = [
    ...copy.entries,
    separator('after-copy'),
    ...accountEntries(facts),
    ...(facts.accounts.length > 0 ? [separator('after-accounts')] : []),
    ...doing(selected, facts),
    separator('after-doing'),
    ...approvalsWaiting(facts.approvals),
    entry('open', 'Open Keyfob', { do: 'open' }),
    entry('settings', 'Settings…', { do: 'settings' }),
    facts.locked ? entry('unlock', 'Unlock…', { do: 'unlock' }) : entry('lock', 'Lock', { do: 'lock' }),
    separator('before-quit'),
    entry('quit', 'Quit', { do: 'quit' }),
  ];
  return { entries, icon: iconOf(facts), tooltip: `Keyfob · ${copy.status}`, changesIn: nextChange(facts) };
}

/** Whether two models show the same menu. */
export function sameMenu(one: readonly TrayEntry[], other: readonly TrayEntry[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A label as Electron's menus want it: a lone `&` would underline what follows it. */
export function menuLabel(label: string): string {
  return label.replaceAll('&', '&&');
}

/** Why the token of an account cannot be copied now, or how long it lives; in a few words, or none. */
function statusOf(account: AccountView, now: number): { text: string | null; copies: boolean } {
  const left = timeLeft(account.expires_at, now);
  const inHand = account.expires_at !== null && left.alive;
  switch (account.state) {
    case 'locked':
      return { text: 'locked', copies: false };
    case 'signed_out':
      return { text: 'signed out', copies: false };
    case 'signing_in':
      return inHand ? { text: left.text, copies: true } : { text: 'signing in', copies: false };
    case 'sign_in_needed':
      // The token in hand is served until it ends.
      return inHand
        ? { text: `${left.text ?? ''} · sign-in needed`, copies: true }
        : { text: 'sign-in needed', copies: false };
    case 'retrying':
      return inHand ? { text: left.text, copies: true } : { text: 'trying again', copies: true };
    case 'live':
    case 'refreshing':
      // One that has ended is renewed for whoever asks for it.
      return left.alive ? { text: left.text, copies: true } : { text: 'renewed when copied', copies: true };
  }
}

function copying(
  selected: AccountView | null,
  { accounts, locked, now }: TrayFacts,
): { entries: TrayEntry[]; status: string } {
  if (selected === null) {
    const why = accounts.length === 0 ? 'no account yet' : 'no account is selected';
    return { entries: [disabled('copy-token', `Copy token · ${why}`)], status: why };
  }
  const { name } = selected;
  const { text, copies } = locked ? { text: 'locked', copies: false } : statusOf(selected, now);
  const behind = text === null ? '' : ` · ${text}`;
  const item = (form: CopyForm, label: string): TrayEntry =>
    copies
      ? entry(`copy-${form}`, label, { do: 'copy', account: name, form })
      : disabled(`copy-${form}`, label);
  return {
    entries: [
      item('token', `Copy token of ${name}${behind}`),
      item('header', 'Copy as header'),
      item('curl', 'Copy as curl command'),
    ],
    status: `${name}${behind}`,
  };
}

function accountEntries({ accounts, providers, locked, now }: TrayFacts): TrayEntry[] {
  const radio = (account: AccountView): TrayEntry => {
    const { text } = locked ? { text: null } : statusOf(account, now);
    return {
      ...entry(`use-${account.name}`, text === null ? account.name : `${account.name} · ${text}`, {
        do: 'use',
        account: account.name,
      }),
      type: 'radio',
      checked: account.selected,
    };
  };
  if (accounts.length <= maxInOneMenu) return accounts.map(radio);
  const groups = Map.groupBy(accounts, (account) => account.provider);
  return [...groups].map(([provider, members]) => {
    const chosen = members.find((account) => account.selected);
    const name = inEnglish(providers.find(({ id }) => id === provider)?.name ?? provider);
    return {
      ...entry(`provider-${provider}`, chosen === undefined ? name : `${name} · ${chosen.name}`, null),
      type: 'submenu',
      submenu: members.map(radio),
    };
  });
}

function doing(selected: AccountView | null, { accounts, locked }: TrayFacts): TrayEntry[] {
  if (accounts.length === 0) return [entry('add', 'Add an account…', { do: 'add' })];
  if (locked) return [];
  const renewable = selected !== null && !['signed_out', 'signing_in'].includes(selected.state);
  const refresh =
    selected !== null && renewable
      ? [entry('refresh', `Refresh ${selected.name} now`, { do: 'refresh', account: selected.name })]
      : [];
  const needing = accounts.filter(
    ({ name, state }) => name !== selected?.name && (state === 'sign_in_needed' || state === 'signed_out'),
  );
  const signIns = [...(selected === null ? [] : [selected]), ...needing.slice(0, maxSignIns)];
  return [
    ...refresh,
    ...signIns.map(({ name, state }) =>
      state === 'signing_in'
        ? disabled(`sign-in-${name}`, `Signing in to ${name}…`)
        : entry(`sign-in-${name}`, `Sign in to ${name}…`, { do: 'sign_in', account: name }),
    ),
  ];
}

function approvalsWaiting(count: number): TrayEntry[] {
  if (count === 0) return [];
  const label = count === 1 ? '1 request waits for you…' : `${count} requests wait for you…`;
  return [entry('approvals', label, { do: 'approvals' })];
}

function iconOf({ accounts, locked, online }: TrayFacts): TrayIcon {
  if (locked) return 'locked';
  if (!online) return 'offline';
  if (accounts.some(({ state }) => state === 'sign_in_needed')) return 'sign-in-needed';
  return accounts.some(({ state }) => state === 'refreshing') ? 'refreshing' : 'fine';
}

function nextChange({ accounts, locked, now }: TrayFacts): number | null {
  if (locked) return null;
  const moments = accounts.flatMap((account) => {
    const refresh = account.next_refresh_at === null ? -1 : account.next_refresh_at * 1000 - now;
    return [
      timeLeft(account.expires_at, now).changesIn,
      refresh >= 0 ? refresh + refreshShows : null,
      account.state === 'refreshing' || account.state === 'signing_in' ? whileUnderWay : null,
    ];
  });
  const soonest = Math.min(...moments.filter((moment) => moment !== null));
  return Number.isFinite(soonest) ? soonest : null;
}

function entry(id: string, label: string, action: TrayAction | null): TrayEntry {
  return { id, label, type: 'normal', enabled: true, checked: false, action, submenu: [] };
}

function disabled(id: string, label: string): TrayEntry {
  return { ...entry(id, label, null), enabled: false };
}

function separator(id: string): TrayEntry {
  return { ...entry(id, '', null), type: 'separator' };
}
