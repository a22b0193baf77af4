// What the window is shown, made of what the host has.
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

export function overview(services: WindowServices): Overview {
  const { keyfob, access, preferences, abilities } = services;
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
    accounts: keyfob.accounts(),
    providers: keyfob.providers(),
    sign_ins: keyfob.signIns(),
    approvals: access.approvals.list(),
    clients: access.clients.list(),
  };
}
