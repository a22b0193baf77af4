// An account's status for rows, rings and the switcher: what is left of its token, and what is not as usual.
import type { AccountView } from '../../main/api/accounts.ts';
import { span } from '../../main/messages/time-left.ts';
import { lang } from '../i18n/lang.svelte.ts';

export type Tone = 'accent' | 'warn' | 'bad' | 'plain';

export interface AccountStatus {
  /** 0 to 1: what is left of the token. */
  readonly fraction: number;
  readonly tone: Tone;
  /** All of it, for where there is space. */
  readonly text: string;
  /** The time alone, or that it is over, for a row's end; empty when the time is not what matters. */
  readonly time: string;
  /** What is not as usual; null when all is well. */
  readonly warning: string | null;
}

/** Reads an account's status at a time (Unix seconds). */
export function accountStatus(account: AccountView, now: number): AccountStatus {
  const texts = lang.texts.state;
  const left = account.expires_at === null ? null : Math.max(0, account.expires_at - now);
  const fraction = fractionOf(left, account.lifetime);
  const time = left === null || left === 0 ? '' : left < 10 ? texts.brief : span(left * 1000, lang.language);
  const ended = (text: string, tone: Tone): AccountStatus => ({
    fraction: 0,
    tone,
    text,
    time: tone === 'bad' && left === 0 ? texts.ended : '',
    warning: text,
  });
  if (account.needs === 'client_secret' && (account.state === 'live' || account.state === 'retrying')) {
    const why = texts.secretRejected;
    return time === ''
      ? ended(why, 'bad')
      : { fraction, tone: 'warn', text: texts.leftBut(time, why), time, warning: why };
  }
  switch (account.state) {
    case 'live':
      if (left === null) return { fraction: 1, tone: 'accent', text: texts.noKnownEnd, time, warning: null };
      if (left === 0) return ended(texts.ended, 'warn');
      return { fraction, tone: fraction < 0.1 ? 'warn' : 'accent', text: time, time, warning: null };
    case 'refreshing': {
      const text = time === '' ? texts.refreshing : texts.leftRefreshing(time);
      return { fraction, tone: time === '' ? 'plain' : 'accent', text, time, warning: texts.refreshing };
    }
    case 'retrying': {
      if (refusesRefresh(account, now)) {
        return { fraction, tone: 'warn', text: texts.leftRefused(time), time, warning: texts.refused };
      }
      const wait = account.next_refresh_at === null ? 0 : account.next_refresh_at - now;
      const text = wait > 0 ? texts.retryIn(lang.span(wait)) : texts.retryNow;
      return { fraction, tone: 'warn', text, time, warning: text };
    }
    case 'sign_in_needed': {
      // The token in hand is served until its end.
      const why = account.needs === 'client_secret' ? texts.secretRejected : texts.signInNeeded;
      return time === ''
        ? ended(why, 'bad')
        : { fraction, tone: 'warn', text: texts.leftBut(time, why), time, warning: why };
    }
    case 'signing_in':
      return ended(texts.signing_in, 'warn');
    case 'signed_out':
      return ended(texts.signed_out, 'plain');
    case 'locked':
      return ended(texts.locked, 'plain');
  }
}

/** Whether the vendor refused to renew a token that is still good: it is asked again when it ends, not before. */
export function refusesRefresh(
  { state, expires_at: end, next_refresh_at: next }: AccountView,
  now: number,
): boolean {
  return state === 'retrying' && end !== null && end > now && next !== null && next >= end;
}

function fractionOf(left: number | null, lifetime: number | null): number {
  if (left === null) return 1;
  // A vendor that did not say how long its tokens live: an hour is usual.
  return Math.min(1, left / (lifetime === null || lifetime <= 0 ? 3_600 : lifetime));
}

/** Whether there is, or can be, a token to copy without a person, at a time (Unix seconds). */
export function hasToken({ state, expires_at: end }: AccountView, now = Date.now() / 1000): boolean {
  const inHand = state === 'sign_in_needed' && end !== null && end > now;
  return inHand || state === 'live' || state === 'refreshing' || state === 'retrying';
}
