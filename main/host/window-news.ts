// What the host tells the window by itself.
//
// Invariants: the accounts that changed in one turn of the loop are told together, each once and no other; nothing
// secret is told.
import type { AccountView } from '../api/accounts.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { Settings } from '../accounts/settings.ts';
import { KeyfobError } from '../api/errors.ts';
import type { HostServices, WindowServices } from './window-services.ts';
import { statusView } from './window-views.ts';

/** Ms between two looks at an account that was told as refreshing. */
const lookAgain = 200;

/** Begins to tell news; the answer ends it. */
export function tellNews(services: WindowServices): () => void {
  const { keyfob, access, preferences, tell } = services;
  const changed = new Set<string>();
  let all = false;
  let selection = selected(keyfob.settings.read());
  let timer: NodeJS.Immediate | null = null;
  const looking = new Map<string, NodeJS.Timeout>();

  const flush = (): void => {
    timer = null;
    const names = [...changed];
    changed.clear();
    if (all) {
      all = false;
      tell({ type: 'overview' });
      return;
    }
    const accounts = names.map((name) => viewOf(keyfob, name)).filter((one) => one !== null);
    if (accounts.length > 0) tell({ type: 'accounts', accounts });
    for (const { name, state } of accounts) if (state === 'refreshing') follow(name);
  };
  /** The last event of a refresh may come while it still counts as under way: its end is looked for. */
  const follow = (name: string): void => {
    clearTimeout(looking.get(name));
    const again = setTimeout(() => {
      looking.delete(name);
      if (viewOf(keyfob, name)?.state === 'refreshing') follow(name);
      else mark(name);
    }, lookAgain);
    again.unref();
    looking.set(name, again);
  };
  const soon = (): void => {
    // Not a microtask: the promises that an event leaves behind are to be settled first.
    timer ??= setImmediate(flush);
  };
  const mark = (name: string): void => {
    changed.add(name);
    soon();
  };
  const markAll = (): void => {
    all = true;
    soon();
  };

  /** The accounts that are selected now, or were. */
  const markSelection = (): void => {
    const now = selected(keyfob.settings.read());
    for (const one of [...now].filter((other) => !selection.has(other))) mark(nameOf(one));
    for (const one of [...selection].filter((other) => !now.has(other))) mark(nameOf(one));
    selection = now;
  };

  const hear = (event: KeyfobEvent): void => {
    switch (event.type) {
      case 'vault.locked':
      case 'vault.unlocked':
      case 'vault.away':
      case 'vault.back':
        markAll();
        tell({ type: 'status', status: statusView(services) });
        return;
      case 'provider.added':
        tell({ type: 'providers', providers: keyfob.providers() });
        return;
      case 'account.removed':
        changed.delete(event.account);
        tell({ type: 'account_removed', name: event.account });
        break;
      case 'sign_in.changed':
        tell({ type: 'sign_in', sign_in: keyfob.signIn(event.id) });
        mark(event.account);
        break;
      default:
        mark(event.account);
    }
    markSelection();
  };

  const ends = [
    keyfob.on(hear),
    access.approvals.on(() => {
      tell({ type: 'approvals', approvals: access.approvals.list() });
    }),
    access.clients.on(() => {
      tell({ type: 'clients', clients: access.clients.list() });
    }),
    access.audit.on((line) => {
      tell({ type: 'audit', line });
    }),
    preferences.on((now, before) => {
      tell({ type: 'preferences', preferences: now });
      // It moves the next refresh of every account.
      if (now.refresh_ahead !== before.refresh_ahead) markAll();
    }),
  ];
  return () => {
    for (const end of ends) end();
    if (timer !== null) clearImmediate(timer);
    for (const one of looking.values()) clearTimeout(one);
  };
}

/** One mark for each selection: `PROVIDER NAME`, and ` NAME` for the one over all. */
function selected(settings: Settings): Set<string> {
  const marks = Object.entries(settings.selected_by_provider).map(
    ([provider, name]) => `${provider} ${name}`,
  );
  return new Set(settings.selected === null ? marks : [...marks, ` ${settings.selected}`]);
}

function nameOf(mark: string): string {
  return mark.slice(mark.indexOf(' ') + 1);
}

function viewOf(keyfob: HostServices['keyfob'], name: string): AccountView | null {
  try {
    return keyfob.account(name);
  } catch (error) {
    // Removed in the same turn; that was told.
    if (error instanceof KeyfobError && error.code === 'no_such_account') return null;
    throw error;
  }
}
