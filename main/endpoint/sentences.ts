// Writes what the core tells as data in sentences, for programs: the members that the endpoint's answers have had
// since its first version. What to do is a command there.
import type {
  AccountAnswer,
  AccountView,
  ChangedAccount,
  ChangedAccountAnswer,
  RevokedAccount,
  RevokedAccountAnswer,
} from '../api/accounts.ts';
import { originNote } from '../accounts/origins.ts';
import type { KeyfobEvent, KeyfobEventAnswer } from '../api/events.ts';
import type { Aftermath, OriginChange } from '../api/origins.ts';
import type { Message } from '../api/problems/index.ts';
import type { Problem, ToldProblem } from '../api/problem.ts';
import type { AddedProvider, AddedProviderAnswer } from '../api/providers.ts';
import type { SignInAnswer, SignInView } from '../api/sign-ins.ts';
import type { HostStatus } from '../api/status.ts';
import type { ImportResult, ImportResultAnswer } from '../api/transfer.ts';
import { commandTexts, describeProblem, sentenceOf } from '../messages/index.ts';

const told = (note: Message): string => sentenceOf(commandTexts, note);

export function accountAnswer(account: AccountView): AccountAnswer {
  const { notice, last_error: failed } = account;
  return {
    ...account,
    notice: notice === null ? null : told(notice),
    last_error: failed === null ? null : { message: told(failed.message), at: failed.at },
  };
}

export function changedAccountAnswer({ account, ...rest }: ChangedAccount): ChangedAccountAnswer {
  return { account: accountAnswer(account), ...aftermathAnswer(rest) };
}

export function revokedAccountAnswer({ account, message: note }: RevokedAccount): RevokedAccountAnswer {
  return { account: accountAnswer(account), message: told(note) };
}

/** A problem with its sentence, and what to do. */
export function toldProblem(problem: Problem): ToldProblem {
  const { detail, hint } = describeProblem(commandTexts, problem);
  return { ...problem, detail, ...(hint === null ? {} : { hint }) };
}

export function signInAnswer(view: SignInView): SignInAnswer {
  const { problem, notice } = view;
  return {
    ...view,
    problem: problem === null ? null : toldProblem(problem),
    notice: notice === null ? null : told(notice),
  };
}

export function addedProviderAnswer({ notes, asks, ...provider }: AddedProvider): AddedProviderAnswer {
  return { ...provider, ...aftermathAnswer({ notes, asks }) };
}

export function importResultAnswer({ why, ...result }: ImportResult): ImportResultAnswer {
  return { ...result, why: why.length === 0 ? null : why.map(told).join(' ') };
}

export function eventAnswer(event: KeyfobEvent): KeyfobEventAnswer {
  if (!('why' in event)) return event;
  const { error, why, ...rest } = event;
  return { ...rest, reason: error ?? told(why) };
}

/** What a host tells of itself, but for what the endpoint adds. */
export function hostAnswer({ vault, notices, ...status }: HostStatus) {
  return {
    ...status,
    vault: {
      ...vault,
      why: vault.why === null ? null : told(vault.why),
      away: vault.away === null ? null : told(vault.away),
    },
    notices: notices.map(told),
  };
}

/** What a person is asked is told in a note too, with the command that says yes. */
function aftermathAnswer({ notes, asks }: Aftermath): { notes: string[]; asks: readonly OriginChange[] } {
  return { notes: [...notes, ...asks.map(originNote)].map(told), asks };
}
