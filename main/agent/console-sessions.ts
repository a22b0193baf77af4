// Who may use the console: one-time secrets of links, and the sessions that pages get for them.
//
// Invariants: of secrets and sessions digests are kept; a secret gives one session; the oldest of both go.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJson } from '../api/json.ts';
import { digitsWanted } from '../host/confirmation-pages.ts';
import { createConfirmationCode } from '../host/confirmation.ts';
import type { ConfirmationCode } from '../host/confirmation.ts';
import { ADDRESS_MS, json, plain, readBody } from '../host/http.ts';
import type { PageLanguage } from '../host/page-language.ts';
import { sha256Hex } from '../platform/digest.ts';
import type { PeerUser } from '../platform/peer-user.ts';

/** One-time secrets and sessions that are kept; the oldest go. */
const KEPT = 50;

/** `tell` puts a sentence where only the person at this Keyfob reads it. */
export function createSessions(tell: (sentence: string) => void, language: PageLanguage) {
  const secrets = new Map<string, { readonly code: ConfirmationCode; readonly until: number }>();
  const sessions = new Map<string, true>();

  return {
    /** A fresh secret for a link, and the digits that its page asks for where the user cannot be told. */
    invite(): { secret: string; digits: string } {
      const secret = randomBytes(32).toString('base64url');
      const code = createConfirmationCode('The console', tell);
      keep(secrets, sha256Hex(secret), { code, until: Date.now() + ADDRESS_MS });
      return { secret, digits: code.digits };
    },
    /** Answers a page that wants a session for its secret. */
    async enter(incoming: IncomingMessage, outgoing: ServerResponse, user: PeerUser): Promise<void> {
      const { secret, digits } = claimIn((await readBody(incoming, 1_024)) ?? '');
      const key = secret === null ? '' : sha256Hex(secret);
      const kept = secrets.get(key);
      if (kept === undefined || Date.now() > kept.until) {
        secrets.delete(key);
        return plain(outgoing, 401, 'This secret is not good.');
      }
      if (user === 'unknown') {
        const { code } = kept;
        code.announce();
        const judged = digits === null ? null : code.judge(digits);
        if (judged === 'ended') secrets.delete(key);
        if (judged !== 'right')
          return json(outgoing, 403, digitsWanted(language(incoming), code.left, judged !== null));
      }
      secrets.delete(key);
      const session = randomBytes(32).toString('base64url');
      keep(sessions, sha256Hex(session), true);
      json(outgoing, 200, { session });
    },
    /** Goes on for a session's page alone, before anything of the body is read. */
    async admit(
      incoming: IncomingMessage,
      outgoing: ServerResponse,
      go: () => void | Promise<void>,
    ): Promise<void> {
      const session = incoming.headers['x-keyfob-session'];
      if (typeof session === 'string' && sessions.has(sha256Hex(session))) return go();
      return plain(outgoing, 401, 'This session is over.');
    },
    end(): void {
      sessions.clear();
      secrets.clear();
    },
  };
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= KEPT) break;
    map.delete(oldest);
  }
}

/** What the page sends for a session. */
function claimIn(body: string): { secret: string | null; digits: string | null } {
  const value = jsonOf(body);
  const text = (name: string): string | null => {
    const given: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : null;
    return typeof given === 'string' ? given : null;
  };
  return { secret: text('secret'), digits: text('digits') };
}

/** Undefined when the text is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
