// How an account stands, in words, for rows, rings and the switcher.
import type { AccountView } from '../../preload/contract.ts';
import { lang } from '../words/lang.svelte.ts';

export type Tone = 'accent' | 'warn' | 'bad' | 'plain';

export interface Life {
  /** 0 to 1: what is left of the token. */
  readonly part: number;
  readonly tone: Tone;
  /** Short, for a row's end. */
  readonly text: string;
}

/** Reads an account's state at a time (Unix seconds). */
export function lifeOf(account: AccountView, now: number): Life {
  const words = lang.words.state;
  const left = account.expires_at === null ? null : Math.max(0, account.expires_at - now);
  const part = partOf(left, account.lifetime);
  switch (account.state) {
    case 'live':
      if (left === null) return { part: 1, tone: 'accent', text: words.lifeUnknown };
      if (left === 0) return { part: 0, tone: 'warn', text: words.ended };
      return { part, tone: part < 0.1 ? 'warn' : 'accent', text: lang.span(left) };
    case 'refreshing':
      return {
        part,
        tone: 'warn',
        text: left === null || left === 0 ? words.refreshing : words.leftRefreshing(lang.span(left)),
      };
    case 'retrying': {
      const wait = account.next_refresh_at === null ? 0 : account.next_refresh_at - now;
      return { part, tone: 'warn', text: wait > 0 ? words.retryIn(lang.span(wait)) : words.retryNow };
    }
    case 'sign_in_needed':
      return { part: 0, tone: 'bad', text: words.sign_in_needed };
    case 'signing_in':
      return { part: 0, tone: 'warn', text: words.signing_in };
    case 'signed_out':
      return { part: 0, tone: 'plain', text: words.signed_out };
    case 'locked':
      return { part: 0, tone: 'plain', text: words.locked };
  }
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
