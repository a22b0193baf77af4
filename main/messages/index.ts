// The sentences for people, by reason: files of JSON for each language and table of reasons, and for each place where they
// are read what a person can do there (`actions/`: a command, a button).
import enAccess from './en/access.json' with { type: 'json' };
import enAccounts from './en/accounts.json' with { type: 'json' };
import enHost from './en/host.json' with { type: 'json' };
import enOauth from './en/oauth.json' with { type: 'json' };
import enTokens from './en/tokens.json' with { type: 'json' };
import enProfiles from './en/profiles.json' with { type: 'json' };
import enSignIns from './en/sign-ins.json' with { type: 'json' };
import enVaults from './en/vaults.json' with { type: 'json' };
import deAccess from './de/access.json' with { type: 'json' };
import deAccounts from './de/accounts.json' with { type: 'json' };
import deHost from './de/host.json' with { type: 'json' };
import deOauth from './de/oauth.json' with { type: 'json' };
import deTokens from './de/tokens.json' with { type: 'json' };
import deProfiles from './de/profiles.json' with { type: 'json' };
import deSignIns from './de/sign-ins.json' with { type: 'json' };
import deVaults from './de/vaults.json' with { type: 'json' };
import commandActions from './actions/command.json' with { type: 'json' };
import windowActions from './actions/window.en.json' with { type: 'json' };
import windowActionsDe from './actions/window.de.json' with { type: 'json' };
import audit from './audit.command.json' with { type: 'json' };
import type { AuditAction } from '../api/audit-actions.ts';
import type { AuditLine } from '../api/audit.ts';
import type { Texts } from '../api/window.ts';

const en = {
  ...enAccess,
  ...enAccounts,
  ...enHost,
  ...enOauth,
  ...enProfiles,
  ...enSignIns,
  ...enTokens,
  ...enVaults,
};
const de = {
  ...deAccess,
  ...deAccounts,
  ...deHost,
  ...deOauth,
  ...deProfiles,
  ...deSignIns,
  ...deTokens,
  ...deVaults,
};

/** For a terminal, and for programs: what to do is a command. */
export const commandTexts: Texts = { language: 'en', messages: en, actions: commandActions };

/** For a terminal: what a line of the audit tells, in a word or two. */
export const auditTexts: {
  readonly actions: Readonly<Record<AuditAction, string>>;
  readonly outcomes: Readonly<Record<AuditLine['outcome'], string>>;
} = audit;

/** For the window: what to do is a button or a screen. */
export const windowTexts: Readonly<Record<'en' | 'de', Texts>> = {
  en: { language: 'en', messages: en, actions: windowActions },
  de: { language: 'de', messages: de, actions: windowActionsDe },
};

export { describeProblem, sentenceOf, type Described } from './format.ts';
