// What a sign-in's windows ask for, held against its redirect URI. Pure: knows nothing of windows.
//
// Invariants: an address is the redirect URI by scheme, host, port and path exactly, never by prefix. A
// request to it is stopped whatever comes of it, and whoever asks; only a main frame's carries an answer.
// The first answer that is taken is the last one that is looked at.
import { splitAddress } from '../core/dialects/redirect.ts';
import type { RedirectAnswer, Verdict } from '../core/ports.ts';
import { isRedirectTo } from '../core/url.ts';
import { carriesAnswer } from '../host/redirect-uri.ts';

/** One request as `webRequest.onBeforeRequest` tells it. */
export interface SeenRequest {
  readonly url: string;
  readonly method: string;
  /** Electron's resource type. */
  readonly resourceType: string;
  /** What is posted, in pieces; a piece without bytes is a file or a blob. */
  readonly uploadData?: readonly { readonly bytes?: Uint8Array }[] | undefined;
}

/**
 * What becomes of something that was asked for. `passed`: not the redirect URI, it goes its way. `stopped`:
 * the redirect URI, not to be asked for, and nothing was taken from it. `judged`: stopped, and an answer came.
 */
export type Caught = 'passed' | 'stopped' | 'judged';

export interface RedirectCatch {
  /** A request of the session: all of them are seen, posted bodies too. */
  request(seen: SeenRequest): Caught;
  /**
   * A navigation that is about to start, of which the address alone is known. What is posted is left to
   * `request` (then `passed`), which comes after it; other schemes than http and https never get there.
   */
  navigation(address: string, isMainFrame: boolean): Caught;
  /** An address that a page has given itself (hash, pushState). Nothing is left to stop. */
  inPage(address: string, isMainFrame: boolean): Caught;
  /** The page that the flow begins with. Where it stands at the redirect URI itself it may be loaded. */
  startsAt(authorizeUrl: string): void;
  /** Takes nothing more; requests to the redirect URI are stopped still. */
  close(): void;
}

/** Bytes of a posted answer that are read. */
const bodyLimit = 64 * 1024;

/** Makes the catch of one flow. `onVerdict` is told of each answer that was judged. */
export function createRedirectCatch(options: {
  readonly redirectUri: string;
  readonly onAnswer: (answer: RedirectAnswer) => Verdict;
  readonly onVerdict: (verdict: Verdict) => void;
}): RedirectCatch {
  const { redirectUri } = options;
  let open = true;
  let startsThere = false;

  const judge = (address: string, body: string | null): Caught => {
    if (!open) return 'stopped';
    const verdict = options.onAnswer({ ...splitAddress(address), body, boundBy: 'window' });
    if (verdict.taken) open = false;
    options.onVerdict(verdict);
    return 'judged';
  };
  const carries = (address: string): boolean => {
    const { query, fragment } = splitAddress(address);
    return carriesAnswer(query) || carriesAnswer(fragment);
  };

  return {
    request(seen) {
      if (!isRedirectTo(seen.url, redirectUri)) return 'passed';
      const main = seen.resourceType === 'mainFrame';
      const body = main && seen.method === 'POST' ? bodyOf(seen.uploadData) : null;
      const answers = carries(seen.url) || (body !== null && carriesAnswer(body));
      // A vendor may send people back to the page that they signed in on: that page is not an answer.
      if (startsThere && !answers) return 'passed';
      return main ? judge(seen.url, body) : 'stopped';
    },
    navigation(address, isMainFrame) {
      if (!isRedirectTo(address, redirectUri)) return 'passed';
      if (isMainFrame && carries(address)) return judge(address, null);
      if (/^https?:/i.test(address)) return 'passed';
      return isMainFrame ? judge(address, null) : 'stopped';
    },
    inPage(address, isMainFrame) {
      return isMainFrame && isRedirectTo(address, redirectUri) && carries(address)
        ? judge(address, null)
        : 'passed';
    },
    startsAt(authorizeUrl) {
      startsThere = isRedirectTo(authorizeUrl, redirectUri);
    },
    close() {
      open = false;
    },
  };
}

/**
 * A form's body (application/x-www-form-urlencoded) as text, or null where it is none: too long, with files,
 * or of another kind. The header is not there to be asked yet, so the text itself has to look like one.
 */
export function bodyOf(parts: SeenRequest['uploadData']): string | null {
  if (parts === undefined || parts.length === 0) return null;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const { bytes } of parts) {
    if (bytes === undefined) return null;
    length += bytes.byteLength;
    if (length > bodyLimit) return null;
    pieces.push(bytes);
  }
  const text = Buffer.concat(pieces, length).toString('utf8');
  // The form's encoding leaves these characters and no others (URL standard, section 5.2).
  return /^[\w*.+%=&-]*$/.test(text) ? text : null;
}
