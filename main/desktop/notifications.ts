// When a person is told something unasked: a sign-in is needed, a token that nothing renews ends soon, a
// program waits for a yes.
//
// Invariants: nothing is told twice until it was resolved; what is resolved is withdrawn; questions of programs
// are told whatever the person chose, for someone waits for the answer.
import type { Clock } from '../oauth/ports.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { AccountView } from '../api/accounts.ts';
import type { ApprovalView, RequestView } from '../api/clients.ts';
import type { Approvals } from '../access/approvals.ts';
import { assertNever } from '../api/errors.ts';
import type { Message } from '../api/problems/index.ts';
import { shownJson, shownText } from '../api/shown-text.ts';
import type { Note, Notes } from './notes.ts';
import { secretRejected } from './tray-menu.ts';
import { sentenceOf, windowTexts } from '../messages/index.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { DesktopTexts } from '../messages/desktop/index.ts';
import { describeAskers } from '../messages/askers.ts';
import type { Language } from '../messages/language.ts';
import { timeLeft } from '../messages/time-left.ts';

export interface NotificationsOptions {
  readonly keyfob: Pick<Keyfob, 'accounts' | 'on' | 'locked' | 'signIns'>;
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
  const { keyfob, approvals, notes } = options;
  const texts = (): DesktopTexts['notes'] => desktopTexts[notes.language()].notes;
  const waiting = (id: string): string => `approval ${id}`;
  const accountNotes = createAccountNotes(options);

  const tellWaiting = (view: ApprovalView): void => {
    const answer = (allow: boolean): void => {
      try {
        approvals.answer(view.id, allow);
      } catch (error) {
        notes.problem(texts().late, error);
      }
    };
    notes.put(
      waiting(view.id),
      noteOf(view, notes.language(), answer, () => options.showApprovals()),
    );
  };
  const viewOf = (account: string): AccountView | undefined =>
    keyfob.accounts().find(({ name }) => name === account);
  const tellNeeded = (): void => {
    for (const account of keyfob.accounts()) {
      if (secretRejected(account)) accountNotes.tellSecretRejected(account);
      else if (account.state === 'sign_in_needed')
        accountNotes.tellSignInNeeded(account.name, account.notice);
    }
  };
  /** Once all that listen have heard of it: what the account needs is known then. */
  const lookAfterFailure = (account: string): void =>
    queueMicrotask(() => {
      const view = viewOf(account);
      if (view !== undefined && secretRejected(view)) accountNotes.tellSecretRejected(view);
    });

  /** A sign-in that a program needs is told whatever the person chose: a window has opened, and someone waits. */
  const tellSignIn = (account: string, id: string): void => {
    const key = `demanded ${id}`;
    const view = keyfob.signIns().find((one) => one.id === id);
    if (view?.state !== 'waiting') return notes.withdraw(key);
    if (view.asked_by === null || notes.has(key)) return;
    notes.put(key, {
      title: texts().signInAskedBy(shownText(view.asked_by, 64), account),
      body: texts().signInAskedByText,
      onClick: () => options.showAccount(account),
    });
  };

  const heard = (event: KeyfobEvent): void => {
    switch (event.type) {
      case 'account.sign_in_needed':
        // The account's own notice comes later: its refresh is still under way.
        return accountNotes.tellSignInNeeded(event.account, event.why);
      case 'account.ending_soon':
        return accountNotes.tellEnding(event.account, event.expires_at);
      case 'account.signed_in':
      case 'account.signed_out':
      case 'account.removed':
      case 'token.refreshed':
        return accountNotes.resolved(event.account);
      case 'account.changed':
        return accountNotes.changed(event.account, viewOf(event.account));
      case 'vault.locked':
        return accountNotes.resolveAll();
      case 'vault.unlocked':
        return tellNeeded();
      case 'account.origin_refused':
        return accountNotes.tellOriginRefused(event.account, event.origin);
      case 'account.origin_allowed':
        return accountNotes.allowed(event.account);
      case 'token.refresh_failed':
        return lookAfterFailure(event.account);
      case 'vault.away':
      case 'vault.back':
      case 'account.added':
      case 'account.selected':
      case 'provider.added':
        return;
      case 'sign_in.changed':
        return tellSignIn(event.account, event.id);
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

/** What is told of accounts, each thing once until it was resolved. */
function createAccountNotes(
  options: Pick<NotificationsOptions, 'notes' | 'clock' | 'wanted' | 'signIn' | 'showAccount'>,
) {
  const { notes, clock } = options;
  const texts = (): DesktopTexts['notes'] => desktopTexts[notes.language()].notes;
  const secret = (account: string): string => `secret ${account}`;
  const needed = (account: string): string => `sign-in ${account}`;
  const ending = (account: string): string => `ending ${account}`;
  /** The end (Unix seconds) that was told of. */
  const toldEnds = new Map<string, number>();
  const origin = (account: string): string => `origin ${account}`;

  /** Accounts of which something was told. */
  const told = new Set<string>();

  const tellSignInNeeded = (account: string, why: Message | null): void => {
    notes.withdraw(ending(account));
    if (notes.has(needed(account)) || !options.wanted()) return;
    const signIn = (): void => options.signIn(account);
    told.add(account);
    notes.put(needed(account), {
      title: texts().signInNeeded(account),
      body: `${why === null ? '' : `${sentenceOf(windowTexts[notes.language()], why)} `}${texts().clickToSignIn}`,
      actions: [{ label: texts().signIn, run: signIn }],
      lasting: true,
      onClick: signIn,
    });
  };
  const tellSecretRejected = ({ name, last_error: failed }: AccountView): void => {
    if (notes.has(secret(name)) || !options.wanted()) return;
    told.add(name);
    const why = failed === null ? '' : `${sentenceOf(windowTexts[notes.language()], failed.message)} `;
    notes.put(secret(name), {
      title: texts().secretRejected(name),
      body: `${why}${texts().clickToUpdate}`,
      lasting: true,
      onClick: () => options.showAccount(name),
    });
  };
  const tellEnding = (account: string, expiresAt: number): void => {
    if (notes.has(ending(account)) || notes.has(needed(account)) || !options.wanted()) return;
    const signIn = (): void => options.signIn(account);
    told.add(account);
    toldEnds.set(account, expiresAt);
    notes.put(ending(account), {
      title: texts().endsSoon(account),
      body: texts().endsSoonText(timeLeft(expiresAt, clock.unixMs()).text?.[notes.language()] ?? ''),
      actions: [{ label: texts().signIn, run: signIn }],
      onClick: signIn,
    });
  };
  const tellOriginRefused = (account: string, asked: string): void => {
    told.add(account);
    notes.put(origin(account), {
      title: texts().originRefused(account, asked),
      body: texts().originRefusedText,
      onClick: () => options.showAccount(account),
    });
  };
  const resolved = (account: string): void => {
    told.delete(account);
    toldEnds.delete(account);
    for (const key of [needed, ending, secret, origin]) notes.withdraw(key(account));
  };
  return {
    tellSignInNeeded,
    tellSecretRejected,
    tellEnding,
    tellOriginRefused,
    resolved,
    /**
     * Withdraws what is over by what the account is now: a label says nothing of a sign-in. Of a refused address only
     * what was allowed, or what the vendor has served since, tells.
     */
    changed(account: string, view: AccountView | undefined): void {
      if (view === undefined) return resolved(account);
      if (view.state !== 'sign_in_needed') notes.withdraw(needed(account));
      if (!secretRejected(view)) notes.withdraw(secret(account));
      const sameEnd = view.expires_at !== null && Math.floor(view.expires_at) === toldEnds.get(account);
      if (view.can_refresh || !sameEnd) notes.withdraw(ending(account));
    },
    allowed: (account: string): void => notes.withdraw(origin(account)),
    resolveAll(): void {
      for (const name of [...told]) resolved(name);
    },
  };
}

/** The note of a question; a program's code has to be compared by eye, which is for the window. */
function noteOf(
  view: ApprovalView,
  language: Language,
  answer: (allow: boolean) => void,
  onClick: () => void,
): Note {
  const texts = desktopTexts[language].notes;
  const actions = [
    { label: texts.allow, run: () => answer(true) },
    { label: texts.deny, run: () => answer(false) },
  ];
  // A yes is given where all that it covers can be read.
  const whole = view.kind === 'request' && ownOf(view, texts).length <= 200;
  return { ...textOf(view, language), ...(whole ? { actions } : {}), lasting: true, onClick };
}

/** The scope and audience of a token of its own, and the ID token, in words; empty when there is none. */
function ownOf({ scope, audience, id_token: idToken }: RequestView, texts: DesktopTexts['notes']): string {
  const lines = [
    ...(scope === null ? [] : [texts.scope(shownJson(scope))]),
    ...(audience === null ? [] : [texts.audience(shownJson(audience))]),
    ...(idToken === undefined ? [] : [texts.idToken]),
  ];
  return lines.length === 0 ? '' : `${shownText(lines.join(' '), 10_000)} `;
}

function textOf(view: ApprovalView, language: Language): { title: string; body: string } {
  const texts = desktopTexts[language].notes;
  const askers = describeAskers(view.askers, language);
  const by = askers === null ? '' : `${texts.askedBy(askers)} `;
  if (view.kind === 'pairing') {
    const code = `${view.code.slice(0, 3)} ${view.code.slice(3)}`;
    return { title: texts.pairing(view.client), body: `${by}${texts.pairingText(code)}` };
  }
  return {
    title: texts.requests[view.action](view.client, view.account),
    body: `${ownOf(view, texts)}${by}${texts.waits}`,
  };
}
