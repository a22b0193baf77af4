// Calls to the host: what is under way, and what the person is told when one fails.
//
// Invariant: of two attempts with the same name the second does nothing while the first runs.
import type { Answer, CallName, Request } from '../../main/api/window.ts';
import type { Problem } from '../../main/api/problem.ts';
import { CallError } from '../../preload/api.ts';
import type { Api } from '../../preload/api.ts';
import { lang } from '../i18n/lang.svelte.ts';
import type { Navigation } from './navigation.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export class Host {
  readonly #api: Api;
  readonly #toasts: Toasts;
  readonly #navigation: Navigation;
  /** Names of the attempts under way, such as `refresh hq`. */
  #running: readonly string[] = $state.raw([]);

  constructor(api: Api, toasts: Toasts, navigation: Navigation) {
    this.#api = api;
    this.#toasts = toasts;
    this.#navigation = navigation;
  }

  isBusy(name: string): boolean {
    return this.#running.includes(name);
  }

  /** Makes a call. Rejects with a CallError. */
  call<Name extends CallName>(name: Name, request: Request<Name>): Promise<Answer<Name>> {
    return this.#api.call(name, request);
  }

  /**
   * Does a work of calls, and shows what went wrong in a toast, which names the `account` (null: it is about none) and has a button to sign in
   * where it needs that.
   * `told`: whether the screen says it already. Gives null then, and when an attempt with the same name is under way.
   */
  async attempt<T>(
    name: string,
    account: string | null,
    work: () => Promise<T>,
    told: (problem: Problem) => boolean = () => false,
  ): Promise<T | null> {
    if (this.#running.includes(name)) return null;
    this.#running = [...this.#running, name];
    try {
      return await work();
    } catch (thrown) {
      const problem = problemOf(thrown);
      if (!told(problem)) this.#showFailure(problem, account);
      return null;
    } finally {
      this.#running = this.#running.filter((one) => one !== name);
    }
  }

  #showFailure(problem: Problem, account: string | null): void {
    const heard = Math.floor(Date.now() / 1000);
    const signIn = problem.code === 'sign_in_needed' && account !== null;
    this.#toasts.failure({
      account,
      text: lang.problem(problem).detail,
      hint: (now) => lang.problem(problem, now - heard).hint,
      vendor: lang.vendorText(problem),
      action: signIn
        ? {
            label: lang.texts.accountScreens.sign_in,
            run: () => this.#navigation.go({ screen: 'sign_in', account }),
          }
        : null,
    });
  }
}

/** What a call's failure tells; anything else that was thrown is a fault of this window and thrown on. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof CallError) return thrown.problem;
  throw thrown;
}
