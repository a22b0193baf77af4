// Between the vault and keytar: whether a call may go to the keychain now, and what its failure means.
//
// Invariants: a call that came by itself asks nobody, as far as the keychain can be looked at; "nothing there" is
// believed only where the keychain is known to be open, for libsecret says it of a locked entry too.
import { randomBytes } from 'node:crypto';
import { KeyfobError } from '../api/errors.ts';
import { steadyMs } from '../platform/steady.ts';
import { isPassing, keychainError, keychainState } from './keychain-failures.ts';
import type { Keytar } from './keychain-process.ts';
import { VersionConflict } from './port.ts';
import { Reach } from './reach.ts';
import { lookAtSecretService } from './secret-service.ts';

/** Ms for which a prompt may stand that a person is asked with. */
const promptLimit = 60_000;
/** Ms for which a look that found the keychain open holds. */
const lookHolds = 250;
/** Ms until a keychain that cannot be looked at is tried again. */
const tryAgain = 60_000;

export class KeychainGate {
  readonly reach = new Reach();
  readonly #keytar: Keytar;
  /** By the steady clock, in ms. */
  #openUntil = 0;
  #failedAt = steadyMs();

  constructor(keytar: Keytar) {
    this.#keytar = keytar;
  }

  /** Proves that it can be used; `look`: without asking anybody, as far as it can be looked at. Throws as `run`. */
  async open({ look }: { readonly look: boolean }): Promise<void> {
    try {
      await this.#keytar.load();
      // One that is seen to be open needs no other proof: with many entries a write takes a keyring long.
      if (!look || !(await this.demandOpen())) await this.probe();
    } catch (error) {
      throw this.#judged(error);
    }
  }

  /** Writes, reads back and deletes a probe; the system may ask a person. */
  async probe(withinMs?: number): Promise<void> {
    const account = `#probe-${randomBytes(4).toString('hex')}`;
    const text = randomBytes(8).toString('hex');
    await this.#keytar.set(account, text, withinMs);
    const back = await this.#keytar.get(account);
    await this.#keytar.delete(account);
    if (back !== text) {
      throw new KeyfobError(
        'keychain_gives_nothing_back',
        {},
        { action: { type: 'keep_elsewhere', params: {} } },
      );
    }
  }

  /** Looks anew. Throws where a call would ask a person, or come to nothing. False: it cannot be looked at. */
  async demandOpen(): Promise<boolean> {
    const state = await lookAtSecretService();
    if (state !== 'open' && state !== 'unknown') throw keychainState(state);
    this.#openUntil = steadyMs() + lookHolds;
    return state === 'open';
  }

  /** Makes calls. Throws `vault_locked` and `vault_unavailable` as keychain-failures.ts has them, VersionConflict. */
  async run<T>(calls: () => Promise<T>): Promise<T> {
    try {
      if (steadyMs() >= this.#openUntil) await this.demandOpen();
      const value = await calls();
      this.reach.away = null;
      return value;
    } catch (error) {
      throw error instanceof VersionConflict ? error : this.#judged(error);
    }
  }

  /** Has a person open it, where it is not. Throws as `run`. */
  async unlock(): Promise<void> {
    try {
      await this.probe(promptLimit);
      this.reach.away = null;
    } catch (error) {
      throw this.#judged(error);
    }
  }

  /** An entry, or null where there is none. */
  async entryOf(account: string): Promise<string | null> {
    const entry = await this.#keytar.get(account);
    if (entry !== null || (await this.demandOpen())) return entry;
    await this.probe();
    // The probe may have had the keychain opened by a prompt: ask once more.
    return this.#keytar.get(account);
  }

  /** Looks whether it is within reach; see the port. */
  async look(): Promise<void> {
    const state = await lookAtSecretService();
    if (state !== 'open' && state !== 'unknown') this.reach.away = keychainState(state);
    else if (state === 'open' || this.#isWorthATry()) this.reach.away = null;
  }

  /** Whether one that cannot be looked at may be tried by itself; a locked one would ask a person. */
  #isWorthATry(): boolean {
    const reason = this.reach.away?.problem.reason;
    return reason !== 'keychain_locked' && steadyMs() - this.#failedAt >= tryAgain;
  }

  #judged(error: unknown): KeyfobError {
    const failure = keychainError(error);
    if (isPassing(failure)) {
      this.#openUntil = 0;
      this.#failedAt = steadyMs();
      this.reach.away = failure;
    }
    return failure;
  }
}
