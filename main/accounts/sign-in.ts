// Sign-ins that wait for a person: which there are, by their ids.
//
// Invariants: a flow takes one answer, once, bound to its own `state`; an answer without a state is taken
// only where the profile names that fault of the vendor and something else ties the answer to this flow; an
// answer that is not taken changes nothing, and the flow waits on. A flow that ended stays readable a while.
import type { Account } from './account.ts';
import { splitAddress } from '../oauth/dialect/redirect.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import type { Exchange } from '../oauth/exchange.ts';
import { grantType } from '../oauth/grants/index.ts';
import type { LoginOptions, SignInView } from '../api/sign-ins.ts';
import type { SignIn } from './ports.ts';
import { Flow, type FlowPorts } from './sign-in-flow.ts';
import { startDevice, startPage } from './sign-in-steps.ts';
import { isRedirectTo } from '../oauth/url.ts';

/** Seconds that a flow waits on a page when nothing else was said; a device's code says how long it lives. */
export const defaultTimeout = 300;

export interface SignInPorts extends FlowPorts {
  readonly exchange: Exchange;
  readonly signIn: SignIn;
}

export type SignIns = ReturnType<typeof createSignIns>;

/** Keeps the flows of all accounts. */
export function createSignIns(ports: SignInPorts) {
  const flows = new Map<string, Flow>();

  function find(id: string): Flow {
    const flow = flows.get(id);
    if (flow === undefined) {
      throw new KeyfobError('unknown_sign_in', {}, { action: { type: 'sign_in_anew', params: {} } });
    }
    return flow;
  }

  function cancelOf(account: Account, why: Message): void {
    if (account.signingIn !== null) {
      flows.get(account.signingIn)?.cancel(why);
    }
  }

  return {
    /** Starts a flow that waits for a person; an older one of the account ends. Rejects when it cannot even begin. */
    async start(account: Account, options: LoginOptions): Promise<SignInView> {
      cancelOf(account, message('newer_sign_in', {}));
      const { timeout = defaultTimeout, asked_by: askedBy = null } = options;
      const flow = new Flow(account, { timeout, askedBy }, ports, () => flows.delete(flow.id));
      flows.set(flow.id, flow);
      try {
        await (grantType(account.settings.grant).mode === 'device'
          ? startDevice(flow, ports, options)
          : startPage(flow, ports, options));
      } catch (error) {
        flow.end(error);
        flows.delete(flow.id);
        throw error;
      }
      return flow.view();
    },
    /** The flow of an account that waits for a person now, or null. */
    waitingOf(account: Account): SignInView | null {
      const flow = account.signingIn === null ? undefined : flows.get(account.signingIn);
      return flow?.isWaiting === true ? flow.view() : null;
    },
    get: (id: string): SignInView => find(id).view(),
    list: (): SignInView[] => [...flows.values()].map((flow) => flow.view()),
    async wait(id: string, ms: number): Promise<SignInView> {
      const flow = find(id);
      await flow.wait(ms);
      return flow.view();
    },
    /** Takes a redirect URL from a person's address bar, or a code alone where that will do. Throws `bad_request` when it is not this flow's. */
    paste(id: string, address: string): SignInView {
      const flow = find(id);
      const { redirectUri } = flow;
      if (redirectUri === null) {
        const action = { type: 'sign_in_by_paste', params: { account: flow.account.name } } as const;
        throw new KeyfobError('waits_for_no_address', {}, { action });
      }
      const trimmed = address.trim();
      const verdict = isRedirectTo(trimmed, redirectUri)
        ? flow.answer({ ...splitAddress(trimmed), body: null, boundBy: 'paste' })
        : flow.answerWithCode(trimmed);
      if (verdict === null) {
        throw new KeyfobError('not_the_redirect', { redirect: redirectUri });
      }
      if (!verdict.taken) {
        throw new KeyfobError('redirect_not_taken', { why: verdict.reason });
      }
      return flow.view();
    },
    cancel(id: string): void {
      find(id).cancel(message('was_cancelled', {}));
    },
    cancelOf,
    cancelAll(why: Message): void {
      for (const flow of flows.values()) {
        flow.cancel(why);
      }
    },
  };
}
