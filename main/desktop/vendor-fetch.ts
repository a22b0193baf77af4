// The way to vendors' servers on Chromium's network: the system's proxy (PAC and sign-on included) and the
// system's certificates, as the sign-in window has them.
//
// Invariants: as the Fetch port says: it rejects only when no answer came, and a redirect is an answer that
// is not followed. A session of its own, in memory, which neither sends nor keeps cookies, credentials or
// answers. net.fetch would reject on `redirect: 'manual'`, and sends cookies: so it is net.request.
import { net } from 'electron';
import type { ClientRequest, IncomingMessage, Session } from 'electron';
import type { Fetch, FetchInit } from '../oauth/ports.ts';
import { headerPlan } from './vendor-headers.ts';
import { lockedSession } from './sign-in-session.ts';

export interface VendorFetchOptions {
  /** Goes into the user agent `Keyfob/<version>`, which is sent unless the caller names one. */
  readonly version: string;
  /**
   * Takes requests with a header value beyond ASCII: vendors get it as Latin-1, a byte a character, and
   * Chromium's network can send UTF-8 alone. Node's own network (see main/platform/network.ts).
   */
  readonly latin1: Fetch;
}

/** Bytes of an answer that are read; no token endpoint's answer comes near. */
const answerLimit = 8_000_000;

/** Makes the desktop's fetch. Needs Electron's `ready` at its first call. */
export function createVendorFetch(options: VendorFetchOptions): Fetch {
  let own: Session | undefined;
  return async (url, init) => {
    const plan = headerPlan(init.headers, url, `Keyfob/${options.version}`);
    if (!plan.ascii) return options.latin1(url, init);
    init.signal.throwIfAborted();
    own ??= lockedSession('vendors', { cache: false });
    return ask(own, url, init, plan.headers);
  };
}

function ask(
  session: Session,
  url: string,
  init: FetchInit,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request: ClientRequest = net.request({
      method: init.method,
      url,
      session,
      redirect: 'manual',
      credentials: 'omit',
      useSessionCookies: false,
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    let over = false;
    const settle = (end: () => void): void => {
      if (over) return;
      over = true;
      init.signal.removeEventListener('abort', onAbort);
      end();
    };
    const fail = (error: unknown): void => {
      settle(() => {
        reject(failureOf(error, url));
      });
    };
    const onAbort = (): void => {
      const { signal } = init;
      settle(() => {
        reject(signal.reason instanceof Error ? signal.reason : new Error('The request was given up.'));
      });
      request.abort();
    };
    init.signal.addEventListener('abort', onAbort);
    for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
    request.on('error', (error) => {
      // Chromium gives up on a Location that it would not follow; it is an answer all the same.
      if (!/ERR_(INVALID|UNSAFE)_REDIRECT/.test(error.message)) return fail(error);
      settle(() => {
        resolve(new Response(null, { status: 302, headers: { location: '' } }));
      });
    });
    request.on('redirect', (status, _method, location, received) => {
      // Not followed: the runtime ends the request. What came with it is not given to us.
      settle(() => {
        resolve(new Response(null, { status, headers: redirectHeaders(received, location) }));
      });
      request.abort();
    });
    // A proxy that wants a password: nobody is asked in the background, and the answer says so (407).
    request.on('login', (_info, callback) => {
      callback();
    });
    request.on('response', (incoming) => {
      read(incoming).then(
        (response) => {
          settle(() => {
            resolve(response);
          });
        },
        (error: unknown) => {
          fail(error);
          request.abort();
        },
      );
    });
    request.end(init.body === undefined ? undefined : Buffer.from(init.body, 'utf8'));
  });
}

function read(incoming: IncomingMessage): Promise<Response> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    incoming.on('data', (piece) => {
      length += piece.byteLength;
      if (length > answerLimit) reject(new TypeError('the answer is too long'));
      else pieces.push(piece);
    });
    incoming.on('error', reject);
    incoming.on('aborted', () => {
      reject(new Error('net::ERR_CONNECTION_CLOSED'));
    });
    incoming.on('end', () => {
      const { statusCode: status, statusMessage: statusText, rawHeaders } = incoming;
      const headers = new Headers();
      for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
        headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
      }
      const empty = [204, 205, 304].includes(status);
      resolve(new Response(empty ? null : Buffer.concat(pieces), { status, statusText, headers }));
    });
  });
}

function redirectHeaders(received: Readonly<Record<string, string[]>>, location: string): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(received)) {
    for (const value of values) headers.append(name, value);
  }
  if (!headers.has('location')) headers.set('location', location);
  return headers;
}

/** The failure with the server's name, as `describeNetworkFailure` wants it; never more of the address. */
function failureOf(error: unknown, url: string): Error {
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = /^net::(ERR_\w+)/.exec(cause.message)?.[1];
  return code === undefined
    ? cause
    : Object.assign(new TypeError(`net::${code}`), { code, hostname: URL.parse(url)?.hostname ?? '' });
}
