// What a line of the audit tells: the window's calls and the endpoint's routes that do the same have the same text.
import { auditActionOf } from '../../../main/api/audit-actions.ts';
import { shownJson } from '../../../main/api/shown-text.ts';
import type { AuditLine } from '../../../main/api/audit.ts';
import { lang } from '../../i18n/lang.svelte.ts';

/** What was done; the route itself where there is no text for it. */
export function actionOf({ route }: AuditLine): string {
  const action = auditActionOf(route);
  return action === null ? route : lang.texts.tools.actions[action];
}

/** What else a line tells: what it was about, the scope and audience of a token of its own, the ID token, how often it came. */
export function factsOf({ about, scope, audience, id_token: idToken, count }: AuditLine): string[] {
  const texts = lang.texts.approval;
  return [
    about ?? '',
    scope === undefined ? '' : `${texts.scope}: ${shownJson(scope)}`,
    audience === undefined ? '' : `${texts.audience}: ${shownJson(audience)}`,
    idToken === undefined ? '' : texts.idToken,
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

/** The program that asked, as the system tells, and what it calls itself, in quotation marks. */
export function programOf({ program, pid, application }: AuditLine, withPid = false): string {
  return [
    program === undefined ? '' : `${program}${withPid ? ` (pid ${pid ?? '?'})` : ''}`,
    application === undefined ? '' : `“${application}”`,
  ]
    .filter(Boolean)
    .join(', ');
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
