// The accounts in config.json: a copy of what the vault's records say that is not secret, so that a vault that is
// locked, lost or in memory leaves every account listed with its fields.
//
// Invariants: a copy is written after the record, and mended from it (loading.ts); one that cannot be written now is
// told, and nothing is undone for it. A digest says what Keyfob wrote, so that a copy that a kill left behind is told
// from one that somebody changed by hand. A memory vault keeps nothing: there the copy leads. Another vault than the
// home's own (`--vault memory`, say) changes nothing in that one: what is changed meanwhile is written as if by hand,
// and taken when the home's own is back.
import type { Vault } from '../vaults/port.ts';
import { message, type Message } from '../api/problems/index.ts';
import { sha256 } from './digest.ts';
import { whyNotWritten, withAccounts, type SettingsKeeper } from './settings-keeper.ts';
import { canonical, type AccountCopy, type AccountSettings, type Settings } from './settings.ts';

export class Copies {
  readonly #settings: SettingsKeeper;
  readonly #vault: Pick<Vault, 'kind'>;
  readonly #remember: boolean;
  readonly #tell: (note: Message) => void;

  /** `remember`: the kind of vault is kept in the settings once an account lives in it. */
  constructor(
    settings: SettingsKeeper,
    vault: Pick<Vault, 'kind'>,
    remember: boolean,
    tell: (note: Message) => void,
  ) {
    this.#settings = settings;
    this.#vault = vault;
    this.#remember = remember;
    this.#tell = tell;
  }

  /** Whether the copy is all that outlives the process: it is written first then, and must be. */
  get leads(): boolean {
    return this.#vault.kind === 'memory';
  }

  /** Whether the vault in use is another one than this home's accounts live in. */
  get isAway(): boolean {
    const { vault } = this.#settings.read();
    return vault !== null && vault !== this.#vault.kind;
  }

  /** Writes an account's copy. Throws `unexpected` where the copy leads and cannot be written. */
  async keep(name: string, own: AccountSettings): Promise<void> {
    const copy = await this.of(own);
    await this.mend(new Map([[name, copy]]));
  }

  /** Settings with the copies of accounts, or (null) without them; a removal that was begun is none any more. */
  #with(now: Settings, changes: ReadonlyMap<string, AccountCopy | null>): Settings {
    const { kind } = this.#vault;
    const hasNew = [...changes].some(([name, copy]) => copy !== null && !Object.hasOwn(now.accounts, name));
    return {
      ...withAccounts(now, changes),
      removing: now.removing.filter((name) => !changes.has(name)),
      vault: this.#remember && hasNew && kind !== 'memory' ? kind : now.vault,
    };
  }

  /** The copy of settings, as it is written. */
  async of(own: AccountSettings): Promise<AccountCopy> {
    const { provider, grant, fields } = own;
    const copy = { provider, grant, fields };
    return this.isAway ? copy : { ...copy, digest: await digestOf(own) };
  }

  /**
   * Removes an account: `forget` takes its record out of the vault. Killed in between, the account is whole, or gone
   * by the mark. Throws what `forget` throws, and then nothing was removed.
   */
  async remove(name: string, forget: () => Promise<void>): Promise<void> {
    const gone = new Map([[name, null]]);
    if (this.isAway) {
      await forget();
      // Its record in the home's own vault is forgotten when that is back.
      await this.#settings.change((now) => withMark(withAccounts(now, gone), name));
    } else if (this.leads) {
      await this.#settings.change((now) => this.#with(now, gone));
      await forget();
    } else {
      await this.#settings.change((now) => withMark(now, name));
      await forget().catch(async (error: unknown) => {
        await this.#write((now) => ({ ...now, removing: now.removing.filter((one) => one !== name) }));
        throw error;
      });
      await this.mend(gone);
    }
  }

  async #write(mutate: (now: Settings) => Settings): Promise<void> {
    if (this.leads) return this.#settings.change(mutate);
    await this.#settings.follow(mutate).catch((error: unknown) => {
      this.#tell(message('copy_not_written', { why: whyNotWritten(error) }));
    });
  }

  /**
   * Writes the copies of accounts, or (null) takes them away, all at once. `holds`: whether a change still does, by the
   * settings that it is made of. Throws as `keep` does.
   */
  async mend(
    changes: ReadonlyMap<string, AccountCopy | null>,
    holds: (now: Settings, name: string) => boolean = () => true,
  ): Promise<void> {
    if (changes.size === 0) return;
    await this.#write((now) => this.#with(now, new Map([...changes].filter(([name]) => holds(now, name)))));
  }
}

function withMark(now: Settings, name: string): Settings {
  return { ...now, removing: [...now.removing.filter((one) => one !== name), name] };
}

/** What says that settings are as Keyfob wrote them: 16 hex digits of a SHA-256. */
export async function digestOf(own: AccountSettings): Promise<string> {
  return (await sha256(canonical(own))).slice(0, 16);
}
