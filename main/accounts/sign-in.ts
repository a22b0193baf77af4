// Sign-ins that wait for a person: a page whose redirect is caught or pasted, or a code typed on another
// device (RFC 8628).
//
// Invariants: a flow takes one answer, once, bound to its own `state`; an answer without a state is taken
// only where the profile names that fault of the vendor and something else ties the answer to this flow; an
// answer that is not taken changes nothing, and the flow waits on. A flow that ended stays readable a while.
import * as oauth from 'oauth4webapi';
import type { Account } from './account.ts';
import type { ClientContext } from '../oauth/client-context.ts';
import { plain } from '../oauth/dialect/answer.ts';
import { splitAddress, type Parameter } from '../oauth/dialect/redirect.ts';
import { KeyfobError, toProblem } from '../api/errors.ts';
import type { Exchange } from '../oauth/exchange.ts';
import { grantType } from '../oauth/grants/index.ts';
import type { Outcome } from '../oauth/outcome.ts';
import type { IssuedToken } from '../oauth/response.ts';
import type { Problem } from '../api/problem.ts';
import { message } from '../api/problems/index.ts';
import type { LoginOptions, SignInView, SignInStep } from '../api/sign-ins.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { SignIn, SignInFlow, Verdict } from './ports.ts';
import type { Clock } from '../oauth/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { signInError, vendorRefused } from './refusal.ts';
import { isRedirectTo } from '../oauth/url.ts';

/** Seconds that a flow waits when nothing else was said; codes live about as long. */
export const defaultTimeout = 300;
/** Ms for which an ended flow can still be asked about. */
const remembered = 10 * 60_000;

export interface SignInPorts {
  readonly clock: Clock;
  readonly exchange: Exchange;
  readonly signIn: SignIn;
  readonly emit: (event: KeyfobEvent) => void;
}

interface Flow {
  readonly id: string;
  readonly account: Account;
  readonly epoch: number;
  readonly expiresAt: number;
  readonly steps: SignInStep[];
  url: string | null;
  userCode: string | null;
  confirmationCode: string | null;
  state: 'waiting' | 'done' | 'failed';
  problem: Problem | null;
  /** Set while a page is waited for. */
  page: { readonly flow: SignInFlow; readonly judge: (answer: RedirectAnswer) => Verdict } | null;
  readonly waiting: Set<() => void>;
  cancelTimer: () => void;
}

export type SignIns = ReturnType<typeof createSignIns>;

/** Keeps the flows of all accounts. */
export function createSignIns(ports: SignInPorts) {
  const flows = new Map<string, Flow>();

  function find(id: string): Flow {
    const flow = flows.get(id);
    if (flow === undefined) {
      throw new KeyfobError('no_such_sign_in', 'There is no such sign-in, or it ended a while ago.', {
        hint: 'Start it again with `keyfob login NAME`.',
      });
    }
    return flow;
  }

  function view(flow: Flow): SignInView {
    return {
      id: flow.id,
      account: flow.account.name,
      state: flow.state,
      url: flow.url,
      user_code: flow.userCode,
      confirmation_code: flow.state === 'waiting' ? flow.confirmationCode : null,
      expires_at: Math.floor(flow.expiresAt / 1000),
      steps: [...flow.steps],
      problem: flow.problem,
    };
  }

  function changed(flow: Flow): void {
    ports.emit({ type: 'sign_in.changed', account: flow.account.name, id: flow.id });
  }

  function step(flow: Flow, name: SignInStep): void {
    flow.steps.push(name);
    changed(flow);
  }

  /** Ends a flow once; later ends change nothing. */
  function end(flow: Flow, error: unknown): void {
    if (flow.state !== 'waiting') {
      return;
    }
    flow.state = error === null ? 'done' : 'failed';
    flow.problem = error === null ? null : toProblem(error);
    flow.cancelTimer();
    if (flow.account.signingIn === flow.id) {
      flow.account.signingIn = null;
    }
    void flow.page?.flow.end({ account: flow.account.name, problem: flow.problem });
    for (const wake of flow.waiting) {
      wake();
    }
    flow.waiting.clear();
    ports.clock.after(remembered, () => flows.delete(flow.id));
    changed(flow);
  }

  /** Begins a flow; an older one of the same account ends. */
  function begin(account: Account, timeout: number): Flow {
    cancelOf(account, 'A newer sign-in was started.');
    const flow: Flow = {
      id: oauth.generateRandomState(),
      account,
      epoch: account.epoch,
      expiresAt: ports.clock.wall() + timeout * 1000,
      steps: [],
      url: null,
      userCode: null,
      confirmationCode: null,
      state: 'waiting',
      problem: null,
      page: null,
      waiting: new Set(),
      cancelTimer: () => undefined,
    };
    flow.cancelTimer = ports.clock.after(timeout * 1000, () => {
      end(
        flow,
        new KeyfobError('sign_in_timed_out', `Nobody signed in within ${String(timeout)} seconds.`, {
          hint: `Start it again with \`keyfob login ${account.name}\`.`,
        }),
      );
    });
    flows.set(flow.id, flow);
    account.signingIn = flow.id;
    return flow;
  }

  function cancelOf(account: Account, reason: string): void {
    const flow = account.signingIn === null ? undefined : flows.get(account.signingIn);
    if (flow !== undefined) {
      end(flow, cancelled(reason));
    }
  }

  /** Takes what the vendor granted, when nothing newer happened to the account. */
  async function take(flow: Flow, outcome: Outcome<IssuedToken>, party: ClientContext): Promise<void> {
    if (flow.state !== 'waiting') {
      return;
    }
    if (outcome.kind !== 'granted') {
      end(flow, signInError(party.profile, outcome));
      return;
    }
    if (grantType(flow.account.settings.grant).leg !== null) {
      step(flow, 'code_exchanged');
    }
    if (!(await flow.account.signedIn(outcome.value, flow.epoch))) {
      end(flow, cancelled('The account was changed while the sign-in was under way.'));
      return;
    }
    step(flow, 'token_kept');
    end(flow, null);
  }

  async function startPage(flow: Flow, party: ClientContext, options: LoginOptions): Promise<void> {
    const { profile, values } = party;
    const grant = flow.account.settings.grant;
    const begun = await ports.exchange.beginPage(party, grant);
    if (begun.kind !== 'granted') {
      throw signInError(profile, begun);
    }
    const page = await ports.signIn.begin(
      {
        id: flow.id,
        account: flow.account.name,
        providerName: profile.name,
        redirectUri: values['redirect_uri'] ?? null,
        paste: options.paste ?? false,
        browser: options.browser ?? profile.authorize?.embedded_window_refused ?? false,
      },
      (answer) => flow.page?.judge(answer) ?? { taken: false, reason: message('sign_in_not_begun', {}) },
      (reason) => {
        end(flow, new KeyfobError(reason, {}));
      },
    );
    const request = await begun.value(page.redirectUri);
    let answered = false;
    flow.page = {
      flow: page,
      judge(answer) {
        if (answered || flow.state !== 'waiting') {
          return { taken: false, reason: message('sign_in_answered', {}) };
        }
        const judged = request.judge(answer);
        if (!judged.taken) {
          return judged;
        }
        answered = true;
        step(flow, 'redirect_caught');
        void finish(judged.parameters);
        return { taken: true };
      },
    };
    const finish = async (parameters: ReadonlyMap<string, Parameter>): Promise<void> => {
      try {
        const error = parameters.get('error')?.value ?? '';
        if (error !== '') {
          const description = parameters.get('error_description')?.value ?? '';
          end(
            flow,
            vendorRefused(profile, {
              error: plain(error, 100),
              ...(description === '' ? {} : { error_description: plain(description, 500) }),
            }),
          );
          return;
        }
        const outcome = await ports.exchange.redeem(party, grant, parameters, request.proof);
        await take(flow, outcome, party);
      } catch (thrown) {
        end(flow, thrown);
      }
    };
    if (flow.state !== 'waiting') {
      // Cancelled or timed out while the page was being prepared.
      await page.end({ account: flow.account.name, problem: flow.problem });
      return;
    }
    const shown = await page.show(request.url);
    flow.url = shown.url;
    flow.confirmationCode = shown.confirmationCode ?? null;
    step(flow, 'page_opened');
  }

  async function startDevice(flow: Flow, party: ClientContext): Promise<void> {
    const { grant } = flow.account.settings;
    const started = await ports.exchange.startDevice(party, grant);
    if (started.kind !== 'granted') {
      throw signInError(party.profile, started);
    }
    flow.url = started.value.url;
    flow.userCode = started.value.userCode;
    step(flow, 'page_opened');
    let interval = started.value.interval;
    const poll = async (): Promise<void> => {
      while (flow.state === 'waiting') {
        await new Promise<void>((resolve) => ports.clock.after(interval * 1000, resolve));
        if (flow.state !== 'waiting') {
          return;
        }
        const outcome = await ports.exchange.pollDevice(party, grant, started.value.deviceCode);
        if (outcome.kind === 'transient') {
          // RFC 8628 section 3.5: five seconds more, each time the vendor finds it too fast.
          interval += outcome.error === 'slow_down' ? 5 : 0;
          interval = Math.max(interval, (outcome.retryAfterMs ?? 0) / 1000);
          continue;
        }
        await take(flow, outcome, party);
      }
    };
    void poll().catch((error: unknown) => {
      end(flow, error);
    });
  }

  return {
    /** Starts a flow that waits for a person. Rejects when it cannot even begin. */
    async start(account: Account, options: LoginOptions): Promise<SignInView> {
      const flow = begin(account, options.timeout ?? defaultTimeout);
      try {
        const party = account.party();
        await (grantType(account.settings.grant).mode === 'device'
          ? startDevice(flow, party)
          : startPage(flow, party, options));
      } catch (error) {
        end(flow, error);
        flows.delete(flow.id);
        throw error;
      }
      return view(flow);
    },
    get: (id: string): SignInView => view(find(id)),
    list: (): SignInView[] => [...flows.values()].map(view),
    async wait(id: string, ms: number): Promise<SignInView> {
      const flow = find(id);
      if (flow.state === 'waiting' && ms > 0) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            cancel();
            flow.waiting.delete(done);
            resolve();
          };
          const cancel = ports.clock.after(ms, done);
          flow.waiting.add(done);
        });
      }
      return view(flow);
    },
    /** Takes a redirect URL from a person's address bar. Throws `bad_request` when it is not this flow's. */
    paste(id: string, address: string): SignInView {
      const flow = find(id);
      if (flow.page === null || flow.state !== 'waiting') {
        throw new KeyfobError('bad_request', 'This sign-in does not wait for an address.', {
          hint: `Start it again with \`keyfob login ${flow.account.name} --paste\`.`,
        });
      }
      const trimmed = address.trim();
      if (!isRedirectTo(trimmed, flow.page.flow.redirectUri)) {
        throw new KeyfobError('bad_request', 'This is not the address that the vendor sends you back to.', {
          hint: `Copy the whole address of the page after the sign-in; it begins with ${flow.page.flow.redirectUri}.`,
        });
      }
      const verdict = flow.page.judge({ ...splitAddress(trimmed), body: null, boundBy: 'paste' });
      if (!verdict.taken) {
        throw new KeyfobError('redirect_not_taken', { why: verdict.reason });
      }
      return view(flow);
    },
    cancel(id: string): void {
      end(find(id), cancelled('The sign-in was cancelled.'));
    },
    cancelOf,
    cancelAll(reason: string): void {
      for (const flow of flows.values()) {
        end(flow, cancelled(reason));
      }
    },
  };
}

function cancelled(reason: string): KeyfobError {
  return new KeyfobError('sign_in_cancelled', reason, { hint: 'Start it again when you want to sign in.' });
}
