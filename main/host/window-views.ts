// What the window is shown, made of what the host has.
import { accountGroups, accountOrders, groupOf } from '../api/account-order.ts';
import type { AccountView } from '../api/accounts.ts';
import type { WindowStatus } from '../api/status.ts';
import type { Overview } from '../api/window.ts';
import type { WindowServices } from './window-services.ts';

export function statusView({ status, abilities, access }: WindowServices): WindowStatus {
  const host = status();
  const problem = access.audit.problem();
  return {
    ...host,
    online: abilities.online(),
    tray_missing: abilities.trayMissing(),
    notices: problem === null ? host.notices : [...host.notices, problem],
  };
}

/** All that a window shows at first; of the accounts, where `first` says so, as many as begin the list, and the selected one. */
export function overview(services: WindowServices, first?: number): Overview {
  const { keyfob, access, preferences, abilities } = services;
  const accounts = keyfob.accounts();
  return {
    status: statusView(services),
    preferences: preferences.read(),
    abilities: {
      clipboard: abilities.clipboard !== null,
      open_at_login: abilities.open_at_login !== null,
      shortcuts: abilities.shortcuts !== null,
      panel: abilities.panel !== null,
      updates: abilities.updates,
      sign_in_window: abilities.sign_in_window !== null,
    },
    accounts:
      first === undefined
        ? accounts
        : firstOf(accounts, first, accountOrders[preferences.read().account_order]),
    account_count: accounts.length,
    providers: keyfob.providers(),
    sign_ins: keyfob.signIns(),
    approvals: access.approvals.list(),
    clients: access.clients.list(),
  };
}

function firstOf(
  accounts: readonly AccountView[],
  count: number,
  order: (one: AccountView, other: AccountView) => number,
): AccountView[] {
  const sorted = accountGroups.flatMap((group) =>
    accounts.filter((one) => groupOf(one) === group).toSorted(order),
  );
  return sorted.filter((one, n) => n < count || one.selected);
}
