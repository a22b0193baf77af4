// The window's state over the calls of a real host, without a page: for tests of `renderer/state/`.
import { createApi } from '../preload/api.ts';
import { Accounts } from '../renderer/state/accounts.svelte.ts';
import { Approvals } from '../renderer/state/approvals.svelte.ts';
import { Clipboard } from '../renderer/state/clipboard.svelte.ts';
import { Host } from '../renderer/state/host.svelte.ts';
import { Navigation } from '../renderer/state/navigation.svelte.ts';
import { Session } from '../renderer/state/session.svelte.ts';
import { Toasts } from '../renderer/state/toasts.svelte.ts';
import type { WindowKit } from './window-kit.ts';

export interface WindowState {
  readonly toasts: Toasts;
  readonly navigation: Navigation;
  readonly session: Session;
  readonly host: Host;
  readonly accounts: Accounts;
  readonly approvals: Approvals;
  /** Names of the calls that were made. */
  readonly called: string[];
}

/** Makes the state and loads it. What goes back in the browser's history needs a `history` of the test's own. */
export async function windowState({ calls }: WindowKit): Promise<WindowState> {
  const called: string[] = [];
  const api = createApi({
    call: (name, request) => {
      called.push(name);
      return calls.call(name, request);
    },
    listen: (hear) => calls.listen(hear),
  });
  const toasts = new Toasts();
  const navigation = new Navigation(() => null);
  const session = new Session(api);
  const host = new Host(api, toasts, navigation);
  const clipboard = new Clipboard(toasts);
  const accounts = new Accounts({ host, session, navigation, toasts, clipboard });
  const approvals = new Approvals(host, toasts);
  await session.load();
  return { toasts, navigation, session, host, accounts, approvals, called };
}
