// A sign-in under way: begun here, or followed when it waits already.
//
// Invariants: one flow, one sign-in; what the host tells of it by itself counts more than an old answer.
import type { Problem } from '../../main/api/problem.ts';
import type { SignInStep, SignInView } from '../../main/api/sign-ins.ts';
import { problemOf } from './host.svelte.ts';
import type { Host } from './host.svelte.ts';
import type { SignInMethod } from './navigation.svelte.ts';
import type { Session } from './session.svelte.ts';

type Phase = 'starting' | 'waiting' | 'done' | 'failed';
export type StepState = 'done' | 'running' | 'waiting' | 'failed';

const pageSteps: readonly SignInStep[] = ['page_opened', 'redirect_caught', 'code_exchanged', 'token_kept'];
/** A redirect with one of these brings no code (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6). */
const endsAtPage: ReadonlySet<string> = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
]);
/** Without a page there is nothing to open or to catch. */
const directSteps: readonly SignInStep[] = ['code_exchanged', 'token_kept'];

export class SignInFlow {
  readonly #host: Host;
  readonly #session: Session;
  readonly account: string;
  #id: string | null = $state(null);
  #direct: Phase = $state('starting');
  #refused = $state.raw<Problem | null>(null);
  /** Whether the person is to paste the address that the page leads to. */
  pasted = $state(false);
  /** Where the page is the person's to open: whether they did, as far as is seen from here. */
  #opened = $state(false);

  readonly view: SignInView | null = $derived.by(() => {
    const one = this.#session.signInOf(this.account);
    return one !== null && one.id === this.#id ? one : null;
  });
  readonly phase: Phase = $derived(
    this.#refused !== null ? 'failed' : this.view === null ? this.#direct : this.view.state,
  );
  readonly problem = $derived(this.#refused ?? this.view?.problem ?? null);
  /** Whether a person is, or was, sent to a page. */
  readonly byPage: boolean = $derived(this.#id !== null);
  readonly steps: readonly { readonly step: SignInStep; readonly state: StepState }[] = $derived.by(() => {
    const all = this.#id === null ? directSteps : pageSteps;
    const reported = this.view?.steps ?? [];
    const unopened = this.view !== null && this.view.url !== null && !this.#opened && reported.length <= 1;
    const done = unopened ? [] : reported;
    const refusedThere = this.problem !== null && endsAtPage.has(this.problem.error ?? '');
    const next = all.find((one) => !done.includes(one) || (one === 'redirect_caught' && refusedThere));
    return all.map((step) => ({
      step,
      state: this.#stateOf(step, done.includes(step) && step !== next, step === next),
    }));
  });

  constructor(host: Host, session: Session, account: string) {
    this.#host = host;
    this.#session = session;
    this.account = account;
  }

  async start(method: SignInMethod): Promise<void> {
    this.#refused = null;
    this.#direct = 'starting';
    this.#id = null;
    this.#opened = false;
    this.pasted = false;
    const waiting = this.#session.signInOf(this.account);
    if (waiting?.state === 'waiting' && method === undefined) {
      this.#id = waiting.id;
      return;
    }
    try {
      const request = { name: this.account, ...(method === undefined ? {} : { where: method }) };
      const answer = await this.#host.call('sign_in.start', request);
      if (answer.kind === 'done') {
        this.#session.takeAccount(answer.account);
        this.#direct = 'done';
      } else {
        this.pasted = answer.paste;
        this.#id = answer.sign_in.id;
        const known = this.#session.signInOf(this.account);
        if (known?.id !== answer.sign_in.id) this.#session.takeSignIn(answer.sign_in);
      }
    } catch (thrown) {
      this.#refused = problemOf(thrown);
    }
  }

  /** The person opened the page. */
  open(): void {
    this.#opened = true;
  }

  async paste(url: string): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    const view = await this.#host.attempt('paste', this.account, () =>
      this.#host.call('sign_in.paste', { id, url }),
    );
    if (view !== null) this.#session.takeSignIn(view);
  }

  /** Ends it, when it still waits. */
  async cancel(): Promise<void> {
    const id = this.#id;
    if (id === null || this.phase !== 'waiting') return;
    await this.#host.attempt('cancel', this.account, () => this.#host.call('sign_in.cancel', { id }));
  }

  #stateOf(step: SignInStep, done: boolean, isNext: boolean): StepState {
    if (this.phase === 'done' || done) return 'done';
    if (this.phase === 'failed') return isNext ? 'failed' : 'waiting';
    return isNext || (this.#id === null && step === 'code_exchanged') ? 'running' : 'waiting';
  }
}
