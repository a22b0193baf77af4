// Six digits that a page asks for where it cannot be told which user of this machine has opened it.
//
// Invariants: they stand where other users cannot look (standard error, the window, the answer to who asked
// for the address), never on the page; five wrong ones end them, whatever comes after; compared in constant
// time; a continuation runs at most once.
import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import process from 'node:process';

import { confirmationPage, endedPage } from './confirmation-pages.ts';
import { plain, readBody, show } from './http.ts';
import type { PageLanguage } from './page-language.ts';
import type { Language } from '../messages/language.ts';
import { sha256 } from '../platform/digest.ts';

const TRIES = 5;
/** Bytes of a form with six digits. */
const FORM_LIMIT = 1_024;
/** Continuations that wait at a time; the oldest go. */
const WAITING = 10;

export interface ConfirmationCode {
  readonly digits: string;
  /** Tries that are left; 0 when it has ended. */
  readonly left: number;
  /** A page asks for it: says the digits to the person, once. */
  announce(): void;
  judge(given: string): 'right' | 'wrong' | 'ended';
}

export function tellOnStandardError(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** Draws a code. `tell` puts a sentence where only the person at this Keyfob reads it. */
export function createConfirmationCode(what: string, tell: (sentence: string) => void): ConfirmationCode {
  const digits = String(randomInt(1_000_000)).padStart(6, '0');
  let left = TRIES;
  let announced = false;
  return {
    digits,
    get left() {
      return left;
    },
    announce() {
      if (announced) return;
      announced = true;
      tell(`${what} asks for six digits. If you opened it, enter: ${digits}`);
    },
    judge(given) {
      if (left === 0) return 'ended';
      if (timingSafeEqual(digest(given.replaceAll(/\s/g, '')), digest(digits))) return 'right';
      left -= 1;
      return left === 0 ? 'ended' : 'wrong';
    },
  };
}

export interface Confirmations {
  /** Keeps what is to happen once the digits were entered; the path of the page that asks for them. */
  ask(then: (outgoing: ServerResponse) => void): string;
  waitsAt(path: string): boolean;
  /** Answers a request to such a path. */
  answer(path: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;
}

/** Pages that ask for a code below `prefix`. `onEnded` is called once the last wrong digits were answered. */
export function createConfirmations(
  prefix: string,
  code: ConfirmationCode,
  language: PageLanguage,
  onEnded: () => void,
): Confirmations {
  const waiting = new Map<string, (outgoing: ServerResponse) => void>();

  const take = (path: string, digits: string, outgoing: ServerResponse, spoken: Language): void => {
    const then = waiting.get(path);
    const judged = then === undefined ? null : code.judge(digits);
    if (judged === 'wrong') return show(outgoing, 403, confirmationPage(spoken, code.left));
    if (then !== undefined && judged === 'right') {
      waiting.delete(path);
      return then(outgoing);
    }
    if (judged === 'ended') {
      waiting.clear();
      outgoing.once('close', onEnded);
    }
    show(outgoing, 410, endedPage(spoken));
  };

  return {
    ask(then) {
      code.announce();
      const path = `${prefix}${randomBytes(32).toString('base64url')}`;
      waiting.set(path, then);
      for (const oldest of waiting.keys()) {
        if (waiting.size <= WAITING) break;
        waiting.delete(oldest);
      }
      return path;
    },
    waitsAt: (path) => waiting.has(path),
    async answer(path, incoming, outgoing) {
      const spoken = language(incoming);
      if (incoming.method === 'GET') return show(outgoing, 200, confirmationPage(spoken, null));
      const type = incoming.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
      if (type !== 'application/x-www-form-urlencoded')
        return plain(outgoing, 415, 'This is not taken here.');
      const body = await readBody(incoming, FORM_LIMIT);
      if (body === null) return plain(outgoing, 413, 'This is too much.', { Connection: 'close' });
      take(path, new URLSearchParams(body).get('digits') ?? '', outgoing, spoken);
    },
  };
}

function digest(text: string): Buffer {
  return sha256(text);
}
