// What a yes covers beside client and account, in words. Scope and audience are the caller's own texts: quoted, so that
// none of them reads as another fact.
import { shownJson } from '../../main/api/shown-text.ts';
import type { ApprovalView } from '../../main/api/clients.ts';
import { lang } from '../i18n/lang.svelte.ts';

export function aboutOf(one: ApprovalView): string[] {
  const words = lang.words.approval;
  return [
    ...(one.kind === 'request'
      ? [
          one.scope === null ? '' : words.scope(shownJson(one.scope)),
          one.audience === null ? '' : words.audience(shownJson(one.audience)),
        ]
      : [one.accounts === null ? words.opensAll : words.opens(lang.list(one.accounts))]),
    one.asked_by === null ? '' : words.by(one.asked_by),
  ].filter(Boolean);
}
