// What a sign-in's windows ask for, held against its redirect URI. Pure: knows nothing of windows.
//
// Invariants: an address is the redirect URI by scheme, host, port and path exactly, never by prefix. A
// request to it is stopped whatever comes of it, and whoever asks; only a main frame's carries an answer.
// The first answer that is taken is the last one that is looked at.
import { splitAddress } from '../oauth/dialect/redirect.ts';
import type { Verdict } from '../accounts/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { isRedirectTo } from '../oauth/url.ts';
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

export interface RedirectCatch<From> {
  /** A request of the session: all of them are seen, posted bodies too. Who asks is not known. */
  request(seen: SeenRequest): Caught;
  /**
   * A navigation that is about to start, of which the address alone is known. What is posted is left to
   * `request` (then `passed`), which comes after it; with other schemes than http and https to `posted`.
   */
  navigation(address: string, isMainFrame: boolean, from: From | null): Caught;
  /**
   * A request with the redirect URI's own scheme, other than http and https, which a navigation was let
   * through for: it may carry a form's body. Every other one is nothing.
   */
  posted(seen: Pick<SeenRequest, 'url' | 'method' | 'uploadData'>): void;
  /** Whether an address is the redirect URI, of a scheme other than http and https. */
  owns(address: string): boolean;
  /** An address that a page has given itself (hash, pushState). Nothing is left to stop. */
  inPage(address: string, isMainFrame: boolean, from: From): Caught;
  /** The page that the flow begins with. Where it stands at the redirect URI itself it may be loaded. */
  startsAt(authorizeUrl: string): void;
  /** Takes nothing more; requests to the redirect URI are stopped still. */
  close(): void;
}

const isWeb = (address: string): boolean => /^https?:/i.test(address);

/** Bytes of a posted answer that are read. */
const bodyLimit = 64 * 1024;

/**
 * Makes the catch of one flow. `onVerdict` is told of each answer that was judged, and where it came: in a
 * window (`From`), in one that is not known (undefined), or in one that was never opened (null).
 */
export function createRedirectCatch<From>(options: {
  readonly redirectUri: string;
  readonly answerNames: readonly string[];
  readonly onAnswer: (answer: RedirectAnswer) => Verdict;
  readonly onVerdict: (verdict: Verdict, from: From | null | undefined) => void;
}): RedirectCatch<From> {
  const { redirectUri, answerNames } = options;
  let open = true;
  let startsThere = false;
  /** Where a navigation came from that was let through to `posted`. */
  let awaited: { readonly from: From | null } | null = null;

  const judge = (address: string, body: string | null, from?: From | null): Caught => {
    if (!open) return 'stopped';
    const verdict = options.onAnswer({ ...splitAddress(address), body, boundBy: 'window' });
    if (verdict.taken) open = false;
    options.onVerdict(verdict, from);
    return 'judged';
  };
  const carries = (address: string): boolean => {
    const { query, fragment } = splitAddress(address);
    return carriesAnswer(query, answerNames) || carriesAnswer(fragment, answerNames);
  };

  return {
    request(seen) {
      if (!isRedirectTo(seen.url, redirectUri)) return 'passed';
      const main = seen.resourceType === 'mainFrame';
      const body = main && seen.method === 'POST' ? bodyOf(seen.uploadData) : null;
      const answers = carries(seen.url) || (body !== null && carriesAnswer(body, answerNames));
      // A vendor may send people back to the page that they signed in on: that page is not an answer.
      if (startsThere && !answers) return 'passed';
      return main ? judge(seen.url, body) : 'stopped';
    },
    navigation(address, isMainFrame, from) {
      if (!isRedirectTo(address, redirectUri)) return 'passed';
      if (isMainFrame && carries(address)) return judge(address, null, from);
      if (isWeb(address)) return 'passed';
      if (!isMainFrame) return 'stopped';
      awaited = { from };
      return 'passed';
    },
    posted(seen) {
      if (awaited === null || !isRedirectTo(seen.url, redirectUri)) return;
      const { from } = awaited;
      awaited = null;
      judge(seen.url, seen.method === 'POST' ? bodyOf(seen.uploadData) : null, from);
    },
    owns: (address) => isRedirectTo(address, redirectUri) && !isWeb(address),
    inPage(address, isMainFrame, from) {
      return isMainFrame && isRedirectTo(address, redirectUri) && carries(address)
        ? judge(address, null, from)
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
export function bodyOf(uploaded: SeenRequest['uploadData']): string | null {
  if (uploaded === undefined || uploaded.length === 0) return null;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const { bytes } of uploaded) {
    if (bytes === undefined) return null;
    length += bytes.byteLength;
    if (length > bodyLimit) return null;
    pieces.push(bytes);
  }
  const text = Buffer.concat(pieces, length).toString('utf8');
  // The form's encoding leaves these characters and no others (URL standard, section 5.2).
  return /^[\w*.+%=&-]*$/.test(text) ? text : null;
}
