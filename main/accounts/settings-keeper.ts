// The settings in memory and in their store: one change after the other.
//
// Invariant: a change counts once the store has it; one that only follows the vault (`follow`) counts at once, and
// is written with the next where the store does not take it.
import { createQueue } from '../platform/serial-queue.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, messageOf, type Message } from '../api/problems/index.ts';
import type { SettingsStore } from './ports.ts';
import { readSettings, type AccountCopy, type Settings } from './settings.ts';

export class SettingsKeeper {
  readonly #store: SettingsStore;
  #settings: Settings = readSettings({});
  readonly #inTurn = createQueue();
  #begunAnew = false;
  #isLoaded = false;

  constructor(store: SettingsStore) {
    this.#store = store;
  }

  /** Reads the store, once. Throws `bad_request` when it holds what this version does not know. */
  load(): void {
    if (this.#isLoaded) return;
    const stored = this.#store.read();
    this.#settings = readSettings(stored, this.source);
    this.#isLoaded = true;
    this.#begunAnew = typeof stored !== 'object' || stored === null || Object.keys(stored).length === 0;
  }

  /** Whether the store had nothing at the start. */
  get begunAnew(): boolean {
    return this.#begunAnew;
  }

  /** The text that was read, to name lines of; null where there is none. */
  get source(): string | null {
    return this.#store.source?.() ?? null;
  }

  read(): Settings {
    return this.#settings;
  }

  /** An account's copy, or undefined. */
  copyOf(name: string): AccountCopy | undefined {
    const { accounts } = this.#settings;
    return Object.hasOwn(accounts, name) ? accounts[name] : undefined;
  }

  /** Changes and keeps the settings; in memory only once the store has them. */
  change(mutate: (settings: Settings) => Settings): Promise<void> {
    return this.#inTurn(async () => {
      const next = mutate(this.#settings);
      await this.#store.write(next);
      this.#settings = next;
    });
  }

  /** Changes the settings to what the vault says, in memory in any case. Throws what the store throws. */
  follow(mutate: (settings: Settings) => Settings): Promise<void> {
    return this.#inTurn(async () => {
      this.#settings = mutate(this.#settings);
      await this.#store.write(this.#settings);
    });
  }

  /** Resolves when all changes so far are kept, or failed. */
  async settled(): Promise<void> {
    await this.#inTurn(async () => undefined);
  }
}

/** Why the store did not take them. */
export function whyNotWritten(error: unknown): Message {
  return error instanceof KeyfobError ? messageOf(error.problem) : message('settings_not_written', {});
}

/**
 * With accounts as they are now, or (null) without them. A new one becomes the selected one where none is; where the
 * selected one goes, none is. All in one: a copy of the settings for each would be slow for many.
 */
export function withAccounts(now: Settings, changes: ReadonlyMap<string, AccountCopy | null>): Settings {
  const accounts = new Map(Object.entries(now.accounts));
  const gone = new Set([...changes].flatMap(([name, copy]) => (copy === null ? [name] : [])));
  const kept = Object.entries(now.selected_by_provider).filter(([, name]) => !gone.has(name));
  const byProvider = new Map(kept);
  let selected = now.selected !== null && gone.has(now.selected) ? null : now.selected;
  for (const [name, copy] of changes) {
    if (copy === null) {
      accounts.delete(name);
      continue;
    }
    if (!accounts.has(name)) {
      selected ??= name;
      if (!byProvider.has(copy.provider)) byProvider.set(copy.provider, name);
    }
    accounts.set(name, copy);
  }
  const annotated = Object.entries(now.annotations);
  return {
    ...now,
    accounts: Object.fromEntries(accounts),
    annotations:
      gone.size === 0 ? now.annotations : Object.fromEntries(annotated.filter(([name]) => !gone.has(name))),
    selected,
    selected_by_provider: Object.fromEntries(byProvider),
  };
}

/** With an account selected, over all and for its provider. */
export function withSelected(now: Settings, name: string, provider: string): Settings {
  return {
    ...now,
    selected: name,
    selected_by_provider: { ...now.selected_by_provider, [provider]: name },
  };
}
