// Sign-ins that wait for a person: which there are, by their ids.
//
// Invariants: a flow takes one answer, once, bound to its own `state`; an answer without a state is taken
// only where the profile names that fault of the vendor and something else ties the answer to this flow; an
// answer that is not taken changes nothing, and the flow waits on. A flow that ended stays readable a while.
import type { Account } from './account.ts';
import { splitAddress } from '../oauth/dialect/redirect.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Exchange } from '../oauth/exchange.ts';
import { grantType } from '../oauth/grants/index.ts';
import type { LoginOptions, SignInView } from '../api/sign-ins.ts';
import type { SignIn } from './ports.ts';
import { Flow, type FlowPorts } from './sign-in-flow.ts';
import { startDevice, startPage } from './sign-in-steps.ts';
import { isRedirectTo } from '../oauth/url.ts';

/** Seconds that a flow waits when nothing else was said; codes live about as long. */
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
      throw new KeyfobError('no_such_sign_in', 'There is no such sign-in, or it ended a while ago.', {
        hint: 'Start it again with `keyfob login NAME`.',
      });
    }
    return flow;
  }

  function cancelOf(account: Account, reason: string): void {
    if (account.signingIn !== null) {
      flows.get(account.signingIn)?.cancel(reason);
    }
  }

  return {
    /** Starts a flow that waits for a person; an older one of the account ends. Rejects when it cannot even begin. */
    async start(account: Account, options: LoginOptions): Promise<SignInView> {
      cancelOf(account, 'A newer sign-in was started.');
      const flow = new Flow(account, options.timeout ?? defaultTimeout, ports, () => flows.delete(flow.id));
      flows.set(flow.id, flow);
      try {
        await (grantType(account.settings.grant).mode === 'device'
          ? startDevice(flow, ports)
          : startPage(flow, ports, options));
      } catch (error) {
        flow.end(error);
        flows.delete(flow.id);
        throw error;
      }
      return flow.view();
    },
    get: (id: string): SignInView => find(id).view(),
    list: (): SignInView[] => [...flows.values()].map((flow) => flow.view()),
    async wait(id: string, ms: number): Promise<SignInView> {
      const flow = find(id);
      await flow.wait(ms);
      return flow.view();
    },
    /** Takes a redirect URL from a person's address bar. Throws `bad_request` when it is not this flow's. */
    paste(id: string, address: string): SignInView {
      const flow = find(id);
      const { redirectUri } = flow;
      if (redirectUri === null) {
        throw new KeyfobError('bad_request', 'This sign-in does not wait for an address.', {
          hint: `Start it again with \`keyfob login ${flow.account.name} --paste\`.`,
        });
      }
      const trimmed = address.trim();
      if (!isRedirectTo(trimmed, redirectUri)) {
        throw new KeyfobError('bad_request', 'This is not the address that the vendor sends you back to.', {
          hint: `Copy the whole address of the page after the sign-in; it begins with ${redirectUri}.`,
        });
      }
      const verdict = flow.answer({ ...splitAddress(trimmed), body: null, boundBy: 'paste' });
      if (!verdict.taken) {
        throw new KeyfobError('redirect_not_taken', { why: verdict.reason });
      }
      return flow.view();
    },
    cancel(id: string): void {
      find(id).cancel('The sign-in was cancelled.');
    },
    cancelOf,
    cancelAll(reason: string): void {
      for (const flow of flows.values()) {
        flow.cancel(reason);
      }
    },
  };
}
