// One sign-in that waits for a person, from its beginning until it is forgotten.
//
// Invariants: it ends once, and what comes later changes nothing; what the vendor granted is taken only where nothing
// newer has happened to the account.
import * as oauth from 'oauth4webapi';
import type { Account } from './account.ts';
import type { Parameter } from '../oauth/dialect/redirect.ts';
import { KeyfobError, toProblem } from '../api/errors.ts';
import { shownText } from '../api/shown-text.ts';
import { grantType } from '../oauth/grants/index.ts';
import type { Outcome } from '../oauth/outcome.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { Problem } from '../api/problem.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { SignInView, SignInStep } from '../api/sign-ins.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { SignInFlow, Verdict } from './ports.ts';
import type { Clock } from '../oauth/ports.ts';
import type { JudgedRedirect, RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { signInError } from './refusal.ts';

/** Ms for which an ended flow can still be asked about. */
const remembered = 10 * 60_000;

export interface FlowPorts {
  readonly clock: Clock;
  readonly emit: (event: KeyfobEvent) => void;
}

/** A page whose redirect is waited for. */
interface Page {
  readonly host: SignInFlow;
  /** What an answer is worth to this flow; taken, with its parameters. */
  readonly judge: (answer: RedirectAnswer) => JudgedRedirect;
  /** Goes on with an answer that was taken. */
  readonly finish: (parameters: ReadonlyMap<string, Parameter>) => Promise<void>;
  /** Whether a code alone is an answer. */
  readonly takesCodeAlone: boolean;
}

/** Whether a text can be a code (RFC 6749 appendix A.11) and is no address, nor a piece of one. */
function isCode(text: string): boolean {
  return (
    /^[\x21-\x7e]{1,4096}$/.test(text) && !/^[a-z][a-z0-9+.-]*:\/|(^|[?&#])(code|state|error)=/i.test(text)
  );
}

export class Flow {
  readonly id = oauth.generateRandomState();
  readonly account: Account;
  readonly #epoch: number;
  readonly #askedBy: string | null;
  #expiresAt: number;
  readonly #ports: FlowPorts;
  readonly #forget: () => void;
  readonly #steps: SignInStep[] = [];
  readonly #waiting = new Set<() => void>();
  #cancelTimer: () => void = () => undefined;
  #shown: { url: string | null; userCode: string | null; confirmationCode: string | null };
  #state: SignInView['state'] = 'waiting';
  #problem: Problem | null = null;
  /** What came and was not taken, and is for the person to read. */
  #notice: Message | null = null;
  #page: Page | null = null;
  #answered = false;

  /** `timeout`: seconds that it waits; `askedBy`: the program that needs it. `forget` is called a while after its end. */
  constructor(
    account: Account,
    { timeout, askedBy }: { readonly timeout: number; readonly askedBy: string | null },
    ports: FlowPorts,
    forget: () => void,
  ) {
    this.account = account;
    this.#askedBy = askedBy === null ? null : shownText(askedBy, 64);
    this.#epoch = account.epoch;
    this.#expiresAt = 0;
    this.#ports = ports;
    this.#forget = forget;
    this.#shown = { url: null, userCode: null, confirmationCode: null };
    this.waitFor(timeout);
    account.beginSignIn(this.id);
  }

  /** Waits so many seconds from now on, in place of what was said before. */
  waitFor(seconds: number): void {
    const { clock } = this.#ports;
    this.#cancelTimer();
    this.#expiresAt = clock.unixMs() + seconds * 1000;
    const action = { type: 'sign_in', params: { account: this.account.name } } as const;
    this.#cancelTimer = clock.after(seconds * 1000, () => {
      this.end(new KeyfobError('nobody_signed_in', { seconds }, { action }));
    });
  }

  /** What came on the redirect may name where its code goes. */
  redirected(parameters: ReadonlyMap<string, Parameter>): Promise<void> {
    return this.account.redirected(parameters, this.#epoch);
  }

  get isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  /** How it ended, for its page. */
  get outcome(): { readonly account: string; readonly problem: Problem | null } {
    return { account: this.account.name, problem: this.#problem };
  }

  /** The redirect URI that it waits at; null: it waits for none. */
  get redirectUri(): string | null {
    return this.isWaiting ? (this.#page?.host.redirectUri ?? null) : null;
  }

  view(): SignInView {
    return {
      id: this.id,
      account: this.account.name,
      asked_by: this.#askedBy,
      state: this.#state,
      url: this.#shown.url,
      user_code: this.#shown.userCode,
      confirmation_code: this.isWaiting ? this.#shown.confirmationCode : null,
      expires_at: Math.floor(this.#expiresAt / 1000),
      steps: [...this.#steps],
      problem: this.#problem,
      notice: this.isWaiting ? this.#notice : null,
    };
  }

  /** Waits on a page from now on. */
  waitAt(page: Page): void {
    this.#page = page;
  }

  /** The person has been shown where to sign in. */
  show(shown: { url: string | null; userCode?: string | null; confirmationCode?: string | null }): void {
    const { url, userCode = null, confirmationCode = null } = shown;
    this.#shown = { url, userCode, confirmationCode };
    this.#step('page_opened');
  }

  /** Judges what came on the redirect; an answer that is taken is the only one. */
  answer(answer: RedirectAnswer): Verdict {
    if (this.#page === null) {
      return { taken: false, reason: message('sign_in_not_begun', {}) };
    }
    if (this.#answered || !this.isWaiting) {
      return { taken: false, reason: message('sign_in_answered', {}) };
    }
    const judged = this.#page.judge(answer);
    if (!judged.taken) {
      if (judged.reason.reason === 'redirect_error_unproven') {
        this.#notice = judged.reason;
        this.#changed();
      }
      return judged;
    }
    return this.#finish(this.#page, judged.parameters);
  }

  /** Takes a code alone, as a person copied it; null where that is no answer to this flow. */
  answerWithCode(code: string): Verdict | null {
    if (this.#page?.takesCodeAlone !== true || !isCode(code)) {
      return null;
    }
    if (this.#answered || !this.isWaiting) {
      return { taken: false, reason: message('sign_in_answered', {}) };
    }
    return this.#finish(this.#page, new Map([['code', { raw: code, value: code }]]));
  }

  #finish(page: Page, parameters: ReadonlyMap<string, Parameter>): Verdict {
    this.#answered = true;
    this.#notice = null;
    this.#step('redirect_caught');
    void page.finish(parameters).catch((error: unknown) => {
      this.end(error);
    });
    return { taken: true };
  }

  /** Takes what the vendor granted, when nothing newer happened to the account. */
  async take(outcome: Outcome<IssuedToken>): Promise<void> {
    const { account } = this;
    if (!this.isWaiting) {
      return;
    }
    if (outcome.kind !== 'granted') {
      this.end(signInError(account.name, account.profile, outcome));
      return;
    }
    if (grantType(account.settings.grant).tokenGrantType !== null) {
      this.#step('code_exchanged');
    }
    if (!(await account.signedIn(outcome.value, this.#epoch))) {
      this.cancel(message('was_changed_meanwhile', {}));
      return;
    }
    this.#step('token_kept');
    this.end(null);
  }

  /** Ends it once; `error` null: signed in. Later ends change nothing. */
  end(error: unknown): void {
    if (!this.isWaiting) {
      return;
    }
    this.#state = error === null ? 'done' : 'failed';
    this.#problem = error === null ? null : toProblem(error);
    this.#cancelTimer();
    this.account.endSignIn(this.id);
    void this.#page?.host.end(this.outcome);
    for (const wake of this.#waiting) {
      wake();
    }
    this.#waiting.clear();
    this.#ports.clock.after(remembered, this.#forget);
    this.#changed();
  }

  cancel(why: Message): void {
    this.end(new KeyfobError('sign_in_ended', { why }));
  }

  /** Resolves when it has ended, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.isWaiting || ms <= 0) {
      return;
    }
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const cancel = this.#ports.clock.after(ms, done);
      this.#waiting.add(done);
    });
  }

  #step(name: SignInStep): void {
    this.#steps.push(name);
    this.#changed();
  }

  #changed(): void {
    this.#ports.emit({ type: 'sign_in.changed', account: this.account.name, id: this.id });
  }
}
