// The accounts of a home, by name.
import { Account, type AccountPorts } from './account.ts';
import type { AccountSettings } from './settings.ts';
import type { Catalogue } from '../providers/registry.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { Profile } from '../oauth/profile.ts';

export class Accounts {
  readonly #byName = new Map<string, Account>();
  /** Names of accounts that are being made. */
  readonly #beingMade = new Set<string>();
  /** Accounts that cannot be used, and why. Their names are not given away. */
  readonly #leftOut = new Map<string, Message>();
  readonly #catalogue: Catalogue;
  readonly #ports: () => AccountPorts;

  constructor(catalogue: Catalogue, ports: () => AccountPorts) {
    this.#catalogue = catalogue;
    this.#ports = ports;
  }

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): Account | undefined {
    return this.#byName.get(name);
  }

  /** Throws `no_such_account`. */
  find(name: string): Account {
    const account = this.#byName.get(name);
    if (account === undefined) {
      const type = this.size === 0 ? 'add_account' : 'list_accounts';
      throw new KeyfobError('unknown_account', { account: name }, { action: { type, params: {} } });
    }
    return account;
  }

  /** Whether a name is taken, by one that was left out too. */
  isTaken(name: string): boolean {
    return this.#byName.has(name) || this.#leftOut.has(name) || this.#beingMade.has(name);
  }

  all(): Account[] {
    return [...this.#byName.values()];
  }

  /** When the token of each account that was read ends; see the façade. */
  *tokenEnds(): Iterable<readonly [string, number | null]> {
    for (const { name, record, end } of this.#byName.values()) {
      if (record === null) continue;
      const without = record.state.status === 'signed_in' ? null : 0;
      yield [name, end === null ? without : Math.floor(end / 1000)];
    }
  }

  /** Why accounts were left out. */
  get leftOut(): readonly Message[] {
    return [...this.#leftOut.values()];
  }

  /** Makes an account that nobody finds before it is admitted. */
  make(name: string, settings: AccountSettings, profile: Profile): Account {
    this.#beingMade.add(name);
    return new Account(name, settings, profile, this.#ports());
  }

  /** From now on it is found by its name. */
  admit(account: Account): void {
    this.#byName.set(account.name, account);
    this.#beingMade.delete(account.name);
    this.#leftOut.delete(account.name);
  }

  /** An account that was there before; null where its provider or grant is not, and it is left out. */
  async addKnown(name: string, settings: AccountSettings): Promise<Account | null> {
    const { provider, grant } = settings;
    const profile = this.#catalogue.has(provider) ? await this.#catalogue.get(provider) : null;
    if (profile !== null && Object.hasOwn(profile.grants, grant)) {
      const account = this.make(name, settings, profile);
      this.admit(account);
      return account;
    }
    this.#byName.delete(name);
    this.#leftOut.set(
      name,
      profile === null
        ? message('left_out_without_provider', { account: name, provider })
        : message('left_out_without_grant', { account: name, provider, grant }),
    );
    return null;
  }

  delete(name: string): void {
    this.#byName.delete(name);
    this.#beingMade.delete(name);
    this.#leftOut.delete(name);
  }
}
