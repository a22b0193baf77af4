// How an account stands, in words, for rows, rings and the switcher.
import type { AccountView } from '../../main/api/accounts.ts';
import { lang } from '../i18n/lang.svelte.ts';

export type Tone = 'accent' | 'warn' | 'bad' | 'plain';

export interface Life {
  /** 0 to 1: what is left of the token. */
  readonly part: number;
  readonly tone: Tone;
  /** All of it, for where there is room. */
  readonly text: string;
  /** The time alone, for a row's end; empty when the time is not what matters. */
  readonly time: string;
  /** What is not as usual; null when all is well. */
  readonly trouble: string | null;
}

/** Reads an account's state at a time (Unix seconds). */
export function lifeOf(account: AccountView, now: number): Life {
  const words = lang.words.state;
  const left = account.expires_at === null ? null : Math.max(0, account.expires_at - now);
  const part = partOf(left, account.lifetime);
  const time = left === null || left === 0 ? '' : lang.span(left);
  const ended = (text: string, tone: Tone): Life => ({ part: 0, tone, text, time: '', trouble: text });
  switch (account.state) {
    case 'live':
      if (left === null) return { part: 1, tone: 'accent', text: words.lifeUnknown, time, trouble: null };
      if (left === 0) return ended(words.ended, 'warn');
      return { part, tone: part < 0.1 ? 'warn' : 'accent', text: time, time, trouble: null };
    case 'refreshing': {
      const text = time === '' ? words.refreshing : words.leftRefreshing(time);
      return { part, tone: 'warn', text, time, trouble: words.refreshing };
    }
    case 'retrying': {
      if (refusesRefresh(account, now)) {
        return { part, tone: 'warn', text: words.leftRefused(time), time, trouble: words.refused };
      }
      const wait = account.next_refresh_at === null ? 0 : account.next_refresh_at - now;
      const text = wait > 0 ? words.retryIn(lang.span(wait)) : words.retryNow;
      return { part, tone: 'warn', text, time, trouble: text };
    }
    case 'sign_in_needed':
      return ended(words.sign_in_needed, 'bad');
    case 'signing_in':
      return ended(words.signing_in, 'warn');
    case 'signed_out':
      return ended(words.signed_out, 'plain');
    case 'locked':
      return ended(words.locked, 'plain');
  }
}

/** Whether the vendor refused to renew a token that still lives: it is asked again at its end alone. */
export function refusesRefresh(
  { state, expires_at: end, next_refresh_at: next }: AccountView,
  now: number,
): boolean {
  return state === 'retrying' && end !== null && end > now && next !== null && next >= end;
}

function partOf(left: number | null, lifetime: number | null): number {
  if (left === null) return 1;
  // A vendor that did not say how long its tokens live: an hour is usual.
  return Math.min(1, left / (lifetime === null || lifetime <= 0 ? 3_600 : lifetime));
}

/** Whether there is, or can be, a token to copy without a person. */
export function hasToken(account: AccountView): boolean {
  return account.state === 'live' || account.state === 'refreshing' || account.state === 'retrying';
}
