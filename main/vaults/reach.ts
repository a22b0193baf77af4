// Whether a vault is within reach: its service or its file may be away while nobody has locked it.
import { createEmitter } from '../platform/emitter.ts';
import type { KeyfobError } from '../api/errors.ts';
import type { Vault } from './port.ts';

/** Why a vault is out of reach, or null; who wants to know hears of each change. */
export class Reach {
  #away: KeyfobError | null;
  readonly #changes = createEmitter<[]>();

  constructor(away: KeyfobError | null = null) {
    this.#away = away;
  }

  get away(): KeyfobError | null {
    return this.#away;
  }

  set away(now: KeyfobError | null) {
    const before = this.#away?.problem.reason;
    this.#away = now;
    if (before !== now?.problem.reason) this.#changes.emit();
  }

  readonly watch = this.#changes.on;
}

/** Of a vault that is never out of reach. */
export const alwaysWithinReach: Pick<Vault, 'away' | 'watchReach' | 'look'> = {
  away: null,
  watchReach: () => () => undefined,
  look: async () => undefined,
};
