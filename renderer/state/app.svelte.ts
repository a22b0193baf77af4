// What the window does, in one object that every component gets by context: calls to the host, and what is said
// of their end.
//
// Invariants: a token passes through `copy` and `reveal` as a local alone and is kept by nothing here.
import { getContext, setContext } from 'svelte';
import { CallError } from '../../preload/api.ts';
import type { Api } from '../../preload/api.ts';
import type { Answer, CallName, CopyForm, Request } from '../../main/api/window.ts';
import type { Preferences } from '../../main/api/preferences.ts';
import type { Problem } from '../../main/api/problem.ts';
import { lang } from '../i18n/lang.svelte.ts';
import { Clipboard } from './clipboard.ts';
import { Places } from './navigation.svelte.ts';
import { Says } from './toasts.svelte.ts';
import { Session } from './session.svelte.ts';

const key = Symbol('app');

/** Ms between two answers to programs that ask. */
const answerPause = 800;

/** What a person is asked before it is done. */
interface Asking {
  readonly what: 'sign_out' | 'revoke' | 'remove';
  readonly name: string;
  /** Whether the vendor can end the token. */
  readonly canRevoke: boolean;
}

export class App {
  readonly session: Session;
  readonly places = new Places();
  readonly says = new Says();
  readonly clipboard = new Clipboard();
  #answerable = 0;
  asking: Asking | null = $state.raw(null);
  /** What is under way, as `refresh hq`. */
  #busy: readonly string[] = $state.raw([]);

  constructor(api: Api) {
    this.session = new Session(api);
  }

  isBusy(what: string): boolean {
    return this.#busy.includes(what);
  }

  call<Name extends CallName>(name: Name, request: Request<Name>): Promise<Answer<Name>> {
    return this.session.api.call(name, request);
  }

  /** Makes a call and says what went wrong; null then. A second one of the same kind waits for nobody. */
  async attempt<T>(what: string, work: () => Promise<T>, account: string | null = null): Promise<T | null> {
    if (this.#busy.includes(what)) return null;
    this.#busy = [...this.#busy, what];
    try {
      return await work();
    } catch (thrown) {
      this.fail(problemOf(thrown), account);
      return null;
    } finally {
      this.#busy = this.#busy.filter((one) => one !== what);
    }
  }

  fail(problem: Problem, account: string | null = null): void {
    const { detail, hint } = lang.problem(problem);
    const signIn = problem.code === 'sign_in_needed' && account !== null;
    this.says.fail({
      text: detail,
      hint,
      vendor: vendorsWords(problem),
      action: signIn ? { label: lang.words.accounts.signIn, run: () => this.signIn(account) } : null,
    });
  }

  async use(name: string): Promise<void> {
    const account = await this.attempt(`use ${name}`, () => this.call('account.use', { name }));
    if (account === null) return;
    this.session.takeAccount(account);
  }

  async copy(name: string, as: CopyForm = 'token'): Promise<void> {
    const { said } = lang.words;
    const done = {
      token: said.copied,
      header: said.copiedHeader,
      curl: said.copiedCurl,
      environment: said.copiedEnvironment,
    };
    await this.attempt(
      `copy ${name}`,
      async () => {
        const answer = await this.call('account.copy', { name, as });
        if (answer.kind === 'copied')
          return this.says.say(done[as](name), said.clears(lang.span(answer.clears_in)));
        await this.#write(answer.text, done[as](name), true);
      },
      name,
    );
  }

  /** Copies what is no secret, or what is shown this once. */
  async copyText(text: string, said: string = lang.words.said.copiedText): Promise<void> {
    await this.#write(text, said, false);
  }

  async #write(text: string, said: string, secret: boolean): Promise<void> {
    const seconds = this.session.overview?.preferences.clipboard_seconds ?? 30;
    const end = await this.clipboard.write(text, secret ? seconds : null);
    const words = lang.words.said;
    if (end === 'refused')
      this.says.fail({ text: words.copyRefused, hint: words.copyRefusedHint, vendor: null, action: null });
    else if (!secret) this.says.say(said);
    else this.says.say(said, end === 'clears' ? words.clears(lang.span(seconds)) : words.staysInClipboard);
  }

  async refresh(name: string): Promise<void> {
    const account = await this.attempt(`refresh ${name}`, () => this.call('account.refresh', { name }), name);
    if (account === null) return;
    this.session.takeAccount(account);
    this.says.say(lang.words.said.refreshed(name));
  }

  /** Asks the person before an account loses its sign-in, or is removed. */
  async ask(what: Asking['what'], name: string): Promise<void> {
    const details =
      what === 'revoke'
        ? await this.attempt(`ask ${name}`, () => this.call('account.details', { name }))
        : { can_revoke: false };
    if (details !== null) this.asking = { what, name, canRevoke: details.can_revoke };
  }

  async logout(name: string): Promise<void> {
    const account = await this.attempt(`logout ${name}`, () => this.call('account.logout', { name }));
    if (account === null) return;
    this.session.takeAccount(account);
    this.says.say(lang.words.said.signedOut(name));
  }

  async revoke(name: string): Promise<void> {
    const answer = await this.attempt(`revoke ${name}`, () => this.call('account.revoke', { name }));
    if (answer === null) return;
    this.session.takeAccount(answer.account);
    this.says.say(lang.words.said.signedOut(name), lang.sentence(answer.message));
  }

  async remove(name: string): Promise<void> {
    const removed = await this.attempt(`remove ${name}`, async () => {
      await this.call('account.remove', { name });
      return true;
    });
    if (removed === null) return;
    await this.session.load();
    const { current } = this.places;
    if ('account' in current && current.account === name) this.places.replace({ screen: 'accounts' });
    this.says.say(lang.words.said.removed(name));
  }

  signIn(account: string): void {
    this.says.dismiss();
    this.places.go({ screen: 'sign_in', account });
  }

  /** Adds an account at the practice vendor and signs it in. */
  async practice(): Promise<void> {
    const account = await this.attempt('practice', () => this.call('practice.add', {}));
    if (account === null) return;
    this.session.takeAccount(account);
    this.signIn(account.name);
  }

  async answer(id: string, client: string, allow: boolean): Promise<void> {
    // What moves into the place of an answered question must be aimed at anew.
    if (performance.now() < this.#answerable) return;
    this.#answerable = performance.now() + answerPause;
    const done = await this.attempt(`answer ${id}`, async () => {
      await this.call('approval.answer', { id, allow });
      return true;
    });
    this.#answerable = performance.now() + answerPause;
    const words = lang.words.approval;
    if (done !== null) this.says.say(allow ? words.allowed(client) : words.denied(client));
  }

  async prefer(change: Partial<Preferences>): Promise<void> {
    const preferences = await this.attempt('prefer', () => this.call('preferences.change', change));
    if (preferences !== null) this.session.takePreferences(preferences);
  }
}

/** What a call's failure says; anything else that was thrown is a fault of this window. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof CallError) return thrown.problem;
  throw thrown;
}

/** The vendor's `error` and `error_description` in one line; null when it said none. */
export function vendorsWords(problem: Problem): string | null {
  if (problem.error === undefined) return null;
  return problem.error_description === undefined
    ? problem.error
    : `${problem.error}, “${problem.error_description}”`;
}

export function provideApp(app: App): void {
  setContext(key, app);
}

export function useApp(): App {
  return getContext<App>(key);
}
