// What the tray shows, as plain data: menu, icon and tooltip. Pure.
//
// Invariants: the first entry copies the default account's token and in English its label begins with `Copy`; what
// waits for the person comes right after copying; each account can be selected by exactly one entry, whose label
// begins with its name (what the person calls it stands behind); at most one entry of the whole menu bears a mark; the last entry is `Quit`; all times are told
// at one moment, the next full minute of the clock, so that time alone changes the labels once a minute however many
// accounts there are (the default's in its last minute by 10 s), since a rebuilt menu has new ids on D-Bus and closes
// under the hand that uses it; no time told is more than there is.
import type { AccountView } from '../api/accounts.ts';
import { byRecency } from '../api/account-mark.ts';
import type { DotColor } from './account-dots.ts';
import { shownText } from '../api/shown-text.ts';
import type { CopyForm } from '../api/window.ts';
import type { DesktopTexts, Language } from '../messages/desktop/index.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import { timeLeft } from '../messages/time-left.ts';

export type TrayAction =
  | { readonly do: 'copy'; readonly account: string; readonly form: CopyForm }
  | { readonly do: 'use' | 'refresh' | 'sign_in' | 'update_secret'; readonly account: string }
  | { readonly do: 'approvals' | 'open' | 'panel' | 'add' | 'settings' | 'lock' | 'unlock' | 'quit' };

export interface TrayEntry {
  readonly id: string;
  /** As people read it; see `menuLabel` for Electron's form. */
  readonly label: string;
  readonly type: 'normal' | 'radio' | 'separator' | 'submenu';
  readonly enabled: boolean;
  readonly checked: boolean;
  /** Keys that do the same from anywhere, as Electron writes them; shown beside the label. */
  readonly accelerator: string | null;
  /** A dot before the label, in the colour that the person gave the account; clear beside others that have one. */
  readonly dot: DotColor | null;
  readonly action: TrayAction | null;
  readonly submenu: readonly TrayEntry[];
}

export const trayIcons = ['fine', 'refreshing', 'sign-in-needed', 'locked', 'offline'] as const;
export type TrayIcon = (typeof trayIcons)[number];

export interface TrayFacts {
  readonly accounts: readonly AccountView[];
  readonly locked: boolean;
  readonly online: boolean;
  /** How many approvals wait for a person. */
  readonly approvals: number;
  readonly language: Language;
  /** The keys that do so from anywhere, as Electron writes them. */
  readonly keys: { readonly copy: string | null; readonly panel: string | null };
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

/** Of more accounts than this, those used last (and the default) stand in a menu, all others in a submenu. */
const maxInOneMenu = 10;
const recent = 5;
/** Characters of a display name, in a menu that is as wide as its longest entry. */
const maxDisplayName = 40;
/** More accounts that need the person are left to the window. */
const maxNeeds = 3;
/** Ms after which a refresh that was due is looked at: a quick one shows nothing. */
const refreshShows = 300;
/** Ms between two looks at what is under way. */
const whileUnderWay = 1_000;
const minute = 60_000;

/** Makes what the tray shows out of how things stand. */
export function trayModel(facts: TrayFacts): TrayModel {
  const texts = desktopTexts[facts.language].tray;
  const selected = facts.accounts.find((account) => account.selected) ?? null;
  const copy = copying(selected, facts, texts);
  const groups = [
    copy.entries,
    waiting(facts, texts),
    accountEntries(facts, texts),
    doing(selected, facts, texts),
    [
      { ...entry('panel', texts.panel, { do: 'panel' }), accelerator: facts.keys.panel },
      entry('open', texts.open, { do: 'open' }),
      entry('settings', texts.settings, { do: 'settings' }),
      facts.locked
        ? entry('unlock', texts.unlock, { do: 'unlock' })
        : entry('lock', texts.lock, { do: 'lock' }),
    ],
    [entry('quit', texts.quit, { do: 'quit' })],
  ];
  const entries = groups
    .filter((group) => group.length > 0)
    .flatMap((group, at) => (at === 0 ? group : [separator(`separator-${group[0]?.id ?? ''}`), ...group]));
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

/** Whether a refused client secret is all that an account lacks. Where no sign-in stands, one is what helps. */
export function secretRejected({ needs, state }: Pick<AccountView, 'needs' | 'state'>): boolean {
  return needs === 'client_secret' && state !== 'sign_in_needed' && state !== 'signed_out';
}

/** Whether a token of an account can be had now: the one in hand until it ends, or one that is fetched for who asks. */
export function tokenCanBeHad(
  account: Pick<AccountView, 'expires_at' | 'needs' | 'state'>,
  { locked, now }: Pick<TrayFacts, 'locked' | 'now'>,
): boolean {
  if (locked) return false;
  const inHand = account.expires_at !== null && account.expires_at * 1000 > now;
  if (secretRejected(account)) return inHand;
  switch (account.state) {
    case 'locked':
    case 'signed_out':
      return false;
    case 'sign_in_needed':
    case 'signing_in':
      return inHand;
    case 'retrying':
    case 'live':
    case 'refreshing':
      return true;
  }
}

type Texts = DesktopTexts['tray'];

/** The moment (Unix ms) at which all times in the menu are told. */
function nextMinute(now: number): number {
  return now - (now % minute) + minute;
}

/** Whether a token has its last moments at the moment of the menu's times; one that has ended has none. */
function endsSoon(expiresAt: number | null, now: number): boolean {
  const left = expiresAt === null ? 0 : expiresAt * 1000 - now;
  return left > 0 && left - (nextMinute(now) - now) < minute;
}

/** How long a token lives: `43 min left`; of the default account's in its last moments by 10 s. */
function leftOf(
  { expires_at: end, selected }: AccountView,
  { now, language }: TrayFacts,
  texts: Texts,
): { text: string | null; alive: boolean } {
  const soon = endsSoon(end, now);
  if (soon && !selected) return { text: texts.expiresSoon, alive: true };
  const { text, alive } = timeLeft(end, soon ? now : nextMinute(now));
  return { text: text?.[language] ?? null, alive };
}

/** Why the token of an account cannot be copied now, or how long it lives; in a few words, or none. */
function statusOf(account: AccountView, facts: TrayFacts, texts: Texts): string | null {
  if (facts.locked || account.state === 'locked') return texts.locked;
  const { text, alive } = leftOf(account, facts, texts);
  const inHand = account.expires_at !== null && alive;
  const needing = (why: string): string => (inHand ? `${text ?? ''} · ${why}` : why);
  if (secretRejected(account)) return needing(texts.secretRejected);
  switch (account.state) {
    case 'signed_out':
      return texts.signedOut;
    case 'sign_in_needed':
      return needing(texts.signInNeeded);
    case 'signing_in':
      return inHand ? text : texts.signingIn;
    case 'retrying':
      return inHand ? text : texts.retrying;
    case 'live':
    case 'refreshing':
      // One that has ended is renewed for whoever asks for it.
      return alive ? text : texts.renewedWhenCopied;
  }
}

/** Its name, and behind it what the person calls it and its environment. */
function calledOf({ name, labels: { display_name: own, environment } }: AccountView): string {
  return `${name}${own === null || own === name ? '' : ` (${shownText(own, maxDisplayName)})`}${behind(environment)}`;
}

const behind = (text: string | null): string => (text === null ? '' : ` · ${text}`);

function copying(
  selected: AccountView | null,
  facts: TrayFacts,
  texts: Texts,
): { entries: TrayEntry[]; status: string } {
  const others = copyingOthers(selected, facts, texts);
  if (selected === null) {
    const why = facts.accounts.length === 0 ? texts.noAccount : texts.noneSelected;
    return { entries: [disabled('copy-token', `${texts.copyToken} · ${why}`), ...others], status: why };
  }
  const { name } = selected;
  const text = statusOf(selected, facts, texts);
  const copies = tokenCanBeHad(selected, facts);
  const item = (form: CopyForm, label: string): TrayEntry =>
    copies
      ? entry(`copy-${form}`, label, { do: 'copy', account: name, form })
      : disabled(`copy-${form}`, label);
  const token = item('token', `${texts.copyTokenOf(calledOf(selected))}${behind(text)}`);
  const forms = (['header', 'curl', 'environment'] as const).map((form) => item(form, texts.copyForms[form]));
  return {
    entries: [
      { ...token, accelerator: facts.keys.copy },
      ...(copies ? [submenu('copy-as', texts.copyAs, forms)] : []),
      ...others,
    ],
    status: `${calledOf(selected)}${behind(text)}`,
  };
}

/** The tokens of all others, in one opening: those used last first. */
function copyingOthers(selected: AccountView | null, facts: TrayFacts, texts: Texts): TrayEntry[] {
  const entries = facts.accounts
    .filter((account) => account !== selected && tokenCanBeHad(account, facts))
    .toSorted(byRecency)
    .map((account): TrayEntry => {
      const { name } = account;
      // Not by the name alone: an entry that begins with an account's name selects it.
      const label = texts.tokenOf(labelOf(account, facts, texts));
      return {
        ...entry(`copy-of-${name}`, label, { do: 'copy', account: name, form: 'token' }),
        dot: dotOf(account, facts),
      };
    });
  if (entries.length === 0) return [];
  const rest = entries.length > maxInOneMenu ? entries.splice(recent) : [];
  const more = rest.length === 0 ? [] : [submenu('copy-of-more', texts.moreAccounts(rest.length), rest)];
  return [submenu('copy-of', texts.copyOther, [...entries, ...more])];
}

/** What waits for the person: requests of programs, then accounts. */
function waiting({ accounts, approvals, locked }: TrayFacts, texts: Texts): TrayEntry[] {
  const requests =
    approvals === 0 ? [] : [entry('approvals', texts.approvals(approvals), { do: 'approvals' })];
  if (locked) return requests;
  const noDefault = accounts.every(({ selected }) => !selected);
  const needing = accounts.flatMap((account): TrayEntry[] => {
    const { name, state } = account;
    if (state === 'signing_in') return [disabled(`sign-in-${name}`, texts.signingInTo(name))];
    if (secretRejected(account))
      return [entry(`secret-${name}`, texts.updateSecret(name), { do: 'update_secret', account: name })];
    // One that the person signed out waits for nobody, unless it is the default or none is.
    const needs = state === 'sign_in_needed' || (state === 'signed_out' && (account.selected || noDefault));
    return needs ? [entry(`sign-in-${name}`, texts.signIn(name), { do: 'sign_in', account: name })] : [];
  });
  const more = needing.length - maxNeeds;
  return [
    ...requests,
    ...needing.slice(0, maxNeeds),
    ...(more > 0 ? [entry('more-need', texts.moreNeed(more), { do: 'open' })] : []),
  ];
}

function dotOf({ labels }: AccountView, { accounts }: TrayFacts): DotColor | null {
  return labels.color ?? (accounts.some((one) => one.labels.color !== null) ? 'clear' : null);
}

function labelOf(account: AccountView, facts: TrayFacts, texts: Texts): string {
  const text = facts.locked ? null : statusOf(account, facts, texts);
  return `${calledOf(account)}${behind(text)}`;
}

function accountEntries(facts: TrayFacts, texts: Texts): TrayEntry[] {
  const { accounts } = facts;
  const use = (account: AccountView): TrayEntry => ({
    ...entry(`use-${account.name}`, labelOf(account, facts, texts), { do: 'use', account: account.name }),
    dot: dotOf(account, facts),
  });
  const radio = (account: AccountView): TrayEntry => ({
    ...use(account),
    type: 'radio',
    checked: account.selected,
  });
  if (accounts.length <= maxInOneMenu) return accounts.map(radio);
  const [first, rest] = [
    accounts.filter(({ selected }) => selected),
    accounts.filter(({ selected }) => !selected),
  ];
  rest.sort(byRecency);
  // No radios in the submenu: the runtime marks the first of a group that has no mark.
  return [
    ...[...first, ...rest.slice(0, recent)].map(radio),
    submenu('more-accounts', texts.moreAccounts(rest.length - recent), rest.slice(recent).map(use)),
  ];
}

function doing(selected: AccountView | null, { accounts, locked }: TrayFacts, texts: Texts): TrayEntry[] {
  if (accounts.length === 0) return [entry('add', texts.add, { do: 'add' })];
  const refreshes =
    selected !== null &&
    !locked &&
    selected.can_refresh &&
    !['signed_out', 'signing_in'].includes(selected.state);
  return refreshes
    ? [entry('refresh', texts.refresh(selected.name), { do: 'refresh', account: selected.name })]
    : [];
}

function iconOf({ accounts, locked, online }: TrayFacts): TrayIcon {
  if (locked) return 'locked';
  if (!online) return 'offline';
  if (accounts.some((account) => account.state === 'sign_in_needed' || secretRejected(account)))
    return 'sign-in-needed';
  return accounts.some(({ state }) => state === 'refreshing') ? 'refreshing' : 'fine';
}

function nextChange({ accounts, locked, now }: TrayFacts): number | null {
  if (locked) return null;
  const moments = accounts.flatMap(({ expires_at: end, next_refresh_at: next, selected, state }) => {
    const refresh = next === null ? -1 : next * 1000 - now;
    return [
      end !== null && end * 1000 > now ? nextMinute(now) - now : null,
      selected && endsSoon(end, now) ? timeLeft(end, now).changesIn : null,
      refresh >= 0 ? refresh + refreshShows : null,
      state === 'refreshing' || state === 'signing_in' ? whileUnderWay : null,
    ];
  });
  const soonest = moments.reduce<number>((min, one) => Math.min(min, one ?? Infinity), Infinity);
  return Number.isFinite(soonest) ? soonest : null;
}

function entry(id: string, label: string, action: TrayAction | null): TrayEntry {
  return {
    id,
    label,
    type: 'normal',
    enabled: true,
    checked: false,
    accelerator: null,
    dot: null,
    action,
    submenu: [],
  };
}

function submenu(id: string, label: string, entries: readonly TrayEntry[]): TrayEntry {
  return { ...entry(id, label, null), type: 'submenu', submenu: entries };
}

function disabled(id: string, label: string): TrayEntry {
  return { ...entry(id, label, null), enabled: false };
}

function separator(id: string): TrayEntry {
  return { ...entry(id, '', null), type: 'separator' };
}
