// Sign-ins that begin because a program needs a token and only a person can help: one for all who ask.
//
// Invariants: whoever asks while one is under way joins it; after one that the person gave up, or that failed, no
// program begins another for that account before the person has acted; nor does any where the person turned it off.
import type { AccountView } from '../api/accounts.ts';
import type { KeyfobEvent } from '../api/events.ts';
import { KeyfobError } from '../api/errors.ts';
import type { LoginOptions } from '../api/sign-ins.ts';
import type { Account } from './account.ts';
import type { LoginResult } from './keyfob.ts';
import type { SignIns } from './sign-in.ts';

/** Ms of one wait for the end of a sign-in. */
const oneWait = 3_600_000;

export interface DemandedSignInPorts {
  readonly signIns: Pick<SignIns, 'get' | 'wait' | 'waitingOf'>;
  view(account: Account): AccountView;
  /** Whether programs may begin one. */
  isAllowed(): boolean;
}

export class DemandedSignIns {
  readonly #ports: DemandedSignInPorts;
  readonly #starting = new Map<string, Promise<LoginResult>>();
  readonly #givenUp = new Set<string>();

  constructor(ports: DemandedSignInPorts) {
    this.#ports = ports;
  }

  /** The person has acted on an account: programs may ask for it again. */
  acted(name: string): void {
    this.#givenUp.delete(name);
  }

  /** Follows what happens to accounts. */
  readonly hear = (event: KeyfobEvent): void => {
    if (event.type === 'account.signed_in' || event.type === 'account.removed') this.acted(event.account);
  };

  /** Joins the sign-in under way, or has `start` begin one. Throws `sign_in_needed` where a program may not. */
  async begin(
    account: Account,
    by: NonNullable<LoginOptions['on_demand']>,
    start: () => Promise<LoginResult>,
  ): Promise<LoginResult> {
    const { name } = account;
    const view = this.#ports.view(account);
    // Somebody was signed in since the caller was told that it is needed.
    if (view.state === 'live' || view.state === 'refreshing') return { kind: 'done', account: view };
    const starting = this.#starting.get(name);
    if (starting !== undefined) return joined(await starting);
    const waiting = this.#ports.signIns.waitingOf(account);
    if (waiting !== null) return { kind: 'waiting', signIn: waiting, joined: true };
    if (by === 'program') this.#demandAllowed(name);
    const begun = start();
    this.#starting.set(name, begun);
    try {
      const result = await begun;
      if (result.kind === 'waiting') void this.#follow(name, result.signIn.id);
      return result;
    } catch (error) {
      // What nobody answered says nothing; what was refused must not be sent again by each program.
      if (!(error instanceof KeyfobError) || error.code !== 'vendor_unreachable') this.#givenUp.add(name);
      throw error;
    } finally {
      this.#starting.delete(name);
    }
  }

  #demandAllowed(account: string): void {
    const reason = this.#ports.isAllowed() ? 'sign_in_given_up' : 'sign_in_not_on_demand';
    if (reason === 'sign_in_given_up' && !this.#givenUp.has(account)) return;
    throw new KeyfobError(reason, { account }, { action: { type: 'sign_in', params: { account } } });
  }

  /** Remembers that it failed, unless something newer of the person's ended it. Never rejects. */
  async #follow(name: string, id: string): Promise<void> {
    const { signIns } = this.#ports;
    try {
      let view = signIns.get(id);
      while (view.state === 'waiting') view = await signIns.wait(id, oneWait);
      const why = view.problem?.reason === 'sign_in_ended' ? view.problem.params['why'] : null;
      const isCancelled =
        why === null || (typeof why === 'object' && 'reason' in why && why.reason === 'was_cancelled');
      if (view.state === 'failed' && isCancelled) this.#givenUp.add(name);
    } catch {
      // It could not be followed: the account was removed.
    }
  }
}

function joined(result: LoginResult): LoginResult {
  return result.kind === 'waiting' ? { ...result, joined: true } : result;
}
