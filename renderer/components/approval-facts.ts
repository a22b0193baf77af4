// What a yes covers beside client and account. Scope and audience are the caller's own texts: quoted, so that
// none of them reads as another fact.
import { shownJson } from '../../main/api/shown-text.ts';
import type { ApprovalView } from '../../main/api/clients.ts';
import { lang } from '../i18n/lang.svelte.ts';

export function approvalFacts(one: ApprovalView): string[] {
  const texts = lang.texts.approval;
  return [
    ...(one.kind === 'request'
      ? [
          one.scope === null ? '' : texts.scope(shownJson(one.scope)),
          one.audience === null ? '' : texts.audience(shownJson(one.audience)),
        ]
      : [one.accounts === null ? texts.opensAll : texts.opens(lang.list(one.accounts))]),
    one.asked_by === null ? '' : texts.by(one.asked_by),
  ].filter(Boolean);
}
