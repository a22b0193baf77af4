// What a line of the audit tells: the window's calls and the endpoint's routes that do the same have the same text.
import { shownJson } from '../../../main/api/shown-text.ts';
import type { AuditLine } from '../../../main/api/audit.ts';
import { lang } from '../../i18n/lang.svelte.ts';
import type { Translation } from '../../i18n/en/index.ts';

const actions: Readonly<Record<string, keyof Translation['tools']['actions']>> = {
  'account.use': 'used',
  'account.copy': 'copied',
  'account.reveal': 'shown',
  'account.refresh': 'refreshed',
  'account.add': 'added',
  'account.change': 'changed',
  'account.remove': 'removed',
  'account.logout': 'signedOut',
  'account.revoke': 'revoked',
  'account.who_am_i': 'asked',
  'sign_in.start': 'began',
  'transfer.export': 'exported',
  'transfer.import': 'imported',
  'provider.add': 'profile',
  'client.add': 'clientAdded',
  'client.remove': 'clientRemoved',
  'approval.answer': 'approved',
  'vault.lock': 'locked',
  'vault.unlock': 'unlocked',
  'vault.move': 'moved',
  'POST /v1/stop': 'stopped',
  'GET /v1/token': 'fetched',
  'GET /v1/accounts': 'read',
  'POST /v1/accounts': 'added',
  'PATCH /v1/accounts/{name}': 'changed',
  'DELETE /v1/accounts/{name}': 'removed',
  'POST /v1/accounts/{name}/refresh': 'refreshed',
  'POST /v1/accounts/{name}/use': 'used',
  'POST /v1/accounts/{name}/revoke': 'revoked',
  'POST /v1/accounts/{name}/login': 'began',
  'POST /v1/accounts/{name}/logout': 'signedOut',
  'POST /v1/sign-ins/{id}/redirect': 'began',
  'DELETE /v1/sign-ins/{id}': 'began',
  'GET /v1/events': 'read',
  'GET /v1/health': 'read',
  'GET /v1/status': 'read',
  'GET /v1/providers': 'read',
  'GET /v1/providers/{id}': 'read',
  'POST /v1/providers': 'profile',
  'POST /v1/export': 'exported',
  'POST /v1/import': 'imported',
  'POST /v1/lock': 'locked',
  'POST /v1/unlock': 'unlocked',
  'GET /v1/clients': 'read',
  'POST /v1/clients': 'clientAdded',
  'DELETE /v1/clients/{name}': 'clientRemoved',
  'POST /v1/approvals/{id}': 'approved',
  'GET /v1/audit': 'read',
  'POST /v1/console': 'read',
  'POST /v1/pair': 'keyWanted',
  'GET /v1/pair/{id}': 'keyWanted',
  other: 'other',
};

/** What was done; the route itself where there is no text for it. */
export function actionOf({ route }: AuditLine): string {
  const action = actions[route];
  return action === undefined ? route : lang.texts.tools.actions[action];
}

/** What else a line tells: what it was about, the scope and audience of a token of its own, how often it came. */
export function factsOf({ about, scope, audience, count }: AuditLine): string[] {
  const texts = lang.texts.approval;
  return [
    about ?? '',
    scope === undefined ? '' : `${texts.scope}: ${shownJson(scope)}`,
    audience === undefined ? '' : `${texts.audience}: ${shownJson(audience)}`,
    count === undefined ? '' : `× ${String(count)}`,
  ].filter(Boolean);
}

/** Who did it; `local` is a program of the person's own. */
export function whoOf({ client, via }: AuditLine): string {
  const texts = lang.texts.tools;
  if (via === 'window' || via === 'console') return texts.you;
  if (via === 'tray') return texts.youTray;
  return client === null ? texts.nobody : client === 'local' ? texts.local : client;
}

/** How it ended. */
export function outcomeOf({ outcome }: AuditLine): string {
  const outcomes: Readonly<Record<string, string>> = lang.texts.tools.outcomes;
  return outcome === 'ok' ? lang.texts.tools.ok : (outcomes[outcome] ?? lang.texts.tools.refused);
}

/** Why it was not done, in a sentence; empty where it was, or nothing more is known. */
export function reasonOf({ outcome }: AuditLine): string {
  const reasons: Readonly<Record<string, string>> = lang.texts.tools.why;
  return reasons[outcome] ?? '';
}
