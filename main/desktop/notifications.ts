// When a person is told something unasked: a sign-in is needed, a token that nothing renews ends soon, a
// program waits for a yes.
//
// Invariants: nothing is told twice until it was resolved; what is resolved is withdrawn; questions of programs
// are told whatever the person chose, for someone waits for the answer.
import type { Clock } from '../oauth/ports.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { ApprovalAction, ApprovalView, RequestView } from '../api/clients.ts';
import type { Approvals } from '../access/approvals.ts';
import { assertNever } from '../api/errors.ts';
import type { Message } from '../api/problems/index.ts';
import { shownJson, shownText } from '../api/shown-text.ts';
import type { Note, Notes } from './notes.ts';
import { sentenceOf, windowTexts } from '../messages/index.ts';
import { timeLeft } from './time-left.ts';

export interface NotificationsOptions {
  readonly keyfob: Pick<Keyfob, 'accounts' | 'on' | 'locked'>;
  readonly approvals: Pick<Approvals, 'list' | 'answer' | 'on'>;
  readonly notes: Notes;
  readonly clock: Clock;
  /** Whether the person wants to be told of accounts. */
  wanted(): boolean;
  signIn(account: string): void;
  /** Opens the window where questions are answered. */
  showApprovals(): void;
  /** Opens the window at an account. */
  showAccount(account: string): void;
}

/** Follows what happens and tells of it; the answer ends it. */
export function followEvents(options: NotificationsOptions): () => void {
  const { keyfob, approvals, notes, clock } = options;
  const needed = (account: string): string => `sign-in ${account}`;
  const ending = (account: string): string => `ending ${account}`;
  const origin = (account: string): string => `origin ${account}`;
  const waiting = (id: string): string => `approval ${id}`;

  /** Accounts of which something was told. */
  const told = new Set<string>();

  const tellSignInNeeded = (account: string, why: Message | null): void => {
    notes.withdraw(ending(account));
    if (notes.has(needed(account)) || !options.wanted()) return;
    const signIn = (): void => options.signIn(account);
    told.add(account);
    notes.put(needed(account), {
      title: `${account} needs a sign-in`,
      body: `${why === null ? '' : `${sentenceOf(windowTexts.en, why)} `}Click to sign in.`,
      actions: [{ label: 'Sign in', run: signIn }],
      lasting: true,
      onClick: signIn,
    });
  };
  const tellEnding = (account: string, expiresAt: number): void => {
    if (notes.has(ending(account)) || notes.has(needed(account)) || !options.wanted()) return;
    const signIn = (): void => options.signIn(account);
    told.add(account);
    notes.put(ending(account), {
      title: `The token of ${account} ends soon`,
      body: `${timeLeft(expiresAt, clock.unixMs()).text ?? ''}, and nothing can renew it without you. Click to sign in again.`,
      actions: [{ label: 'Sign in', run: signIn }],
      onClick: signIn,
    });
  };
  const tellWaiting = (view: ApprovalView): void => {
    const answer = (allow: boolean): void => {
      try {
        approvals.answer(view.id, allow);
      } catch (error) {
        notes.problem('The answer came too late', error);
      }
    };
    notes.put(
      waiting(view.id),
      noteOf(view, answer, () => options.showApprovals()),
    );
  };
  const tellOriginRefused = (account: string, asked: string): void => {
    told.add(account);
    notes.put(origin(account), {
      title: `Nothing is sent to ${asked} for ${account}`,
      body: 'Its secrets were entered for another address. Click to see both, and to allow it if it is right.',
      onClick: () => options.showAccount(account),
    });
  };
  const resolved = (account: string): void => {
    told.delete(account);
    notes.withdraw(needed(account));
    notes.withdraw(ending(account));
    notes.withdraw(origin(account));
  };
  const tellNeeded = (): void => {
    for (const { name, state, notice } of keyfob.accounts())
      if (state === 'sign_in_needed') tellSignInNeeded(name, notice);
  };

  const heard = (event: KeyfobEvent): void => {
    switch (event.type) {
      case 'account.sign_in_needed':
        // The account's own notice comes later: its refresh is still under way.
        return tellSignInNeeded(event.account, event.why);
      case 'account.ending_soon':
        return tellEnding(event.account, event.expires_at);
      case 'account.signed_in':
      case 'account.signed_out':
      case 'account.removed':
      case 'token.refreshed':
        return resolved(event.account);
      case 'account.changed':
        if (keyfob.accounts().find(({ name }) => name === event.account)?.state !== 'sign_in_needed')
          resolved(event.account);
        return;
      case 'vault.locked':
        for (const name of [...told]) resolved(name);
        return;
      case 'vault.unlocked':
        return tellNeeded();
      case 'account.origin_refused':
        return tellOriginRefused(event.account, event.origin);
      case 'account.origin_allowed':
        return notes.withdraw(origin(event.account));
      case 'vault.away':
      case 'vault.back':
      case 'account.added':
      case 'account.selected':
      case 'token.refresh_failed':
      case 'provider.added':
      case 'sign_in.changed':
        return;
      default:
        return assertNever(event);
    }
  };

  if (!keyfob.locked) tellNeeded();
  for (const view of approvals.list()) tellWaiting(view);
  const ends = [
    keyfob.on(heard),
    approvals.on((event) => {
      if (event.type === 'approval.waiting') tellWaiting(event);
      else notes.withdraw(waiting(event.id));
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** The note of a question; a program's code has to be compared by eye, which is for the window. */
function noteOf(view: ApprovalView, answer: (allow: boolean) => void, onClick: () => void): Note {
  const actions = [
    { label: 'Allow', run: () => answer(true) },
    { label: 'Refuse', run: () => answer(false) },
  ];
  // A yes is given where all that it covers can be read.
  const whole = view.kind === 'request' && ownOf(view).length <= 200;
  return { ...textOf(view), ...(whole ? { actions } : {}), lasting: true, onClick };
}

const asks: Readonly<Record<ApprovalAction, string>> = {
  token: 'asks for the token of',
  use: 'wants to select',
  revoke: 'wants to revoke the tokens of',
  login: 'wants to sign in to',
  export: 'wants to export',
};

/** The scope and audience of a token of its own, in words; empty when there is none. */
function ownOf({ scope, audience }: RequestView): string {
  const lines = [
    ...(scope === null ? [] : [`Scope: ${shownJson(scope)}.`]),
    ...(audience === null ? [] : [`Audience: ${shownJson(audience)}.`]),
  ];
  return lines.length === 0 ? '' : `${shownText(lines.join(' '), 10_000)} `;
}

function textOf(view: ApprovalView): { title: string; body: string } {
  const by = view.asked_by === null ? '' : `Asked by ${view.asked_by}. `;
  if (view.kind === 'pairing') {
    const code = `${view.code.slice(0, 3)} ${view.code.slice(3)}`;
    return {
      title: `${view.client} wants a key`,
      body: `${by}It shows the code ${code}. Click to compare and answer.`,
    };
  }
  return {
    title: `${view.client} ${asks[view.action]} ${view.account}`,
    body: `${ownOf(view)}${by}It waits for your answer. Click to see it.`,
  };
}
