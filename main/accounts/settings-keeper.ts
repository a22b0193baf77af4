// The settings in memory and in their store: one change after the other, and what is kept is what counts.
import { createQueue } from '../platform/serial-queue.ts';
import type { SettingsStore } from './ports.ts';
import { readSettings, type AccountSettings, type Settings } from './settings.ts';

export class SettingsKeeper {
  readonly #store: SettingsStore;
  #settings: Settings = readSettings({});
  readonly #inTurn = createQueue();

  constructor(store: SettingsStore) {
    this.#store = store;
  }

  /** Reads the store. Throws `bad_request` when it holds what this version does not know. */
  load(): void {
    this.#settings = readSettings(this.#store.read());
  }

  read(): Settings {
    return this.#settings;
  }

  /** Changes and keeps the settings; in memory only once the store has them. */
  change(mutate: (settings: Settings) => Settings): Promise<void> {
    return this.#inTurn(async () => {
      const next = mutate(this.#settings);
      await this.#store.write(next);
      this.#settings = next;
    });
  }

  /** Resolves when all changes so far are kept, or failed. */
  async settled(): Promise<void> {
    await this.#inTurn(async () => undefined);
  }
}

/** With a new account; it becomes the selected one where none is. */
export function withAccount(now: Settings, name: string, own: AccountSettings): Settings {
  return {
    ...now,
    accounts: { ...now.accounts, [name]: own },
    selected: now.selected ?? name,
    selected_by_provider: { [own.provider]: name, ...now.selected_by_provider },
  };
}

/** Without an account; were it selected, none is then. */
export function withoutAccount(now: Settings, name: string): Settings {
  const { [name]: _removed, ...accounts } = now.accounts;
  const others = Object.entries(now.selected_by_provider).filter(([, selected]) => selected !== name);
  return {
    ...now,
    accounts,
    selected: now.selected === name ? null : now.selected,
    selected_by_provider: Object.fromEntries(others),
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
