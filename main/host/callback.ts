// The agent's way to show a vendor's page and to catch the redirect: a listener on the redirect URI for the
// time of one flow.
//
// Invariants: exact host, port and path; an answer is taken once, judged before the browser gets a reply, and
// sent on to a clean address, so that no code stands in the history; nothing of it is logged. A fragment
// comes by a POST of this page's own script, checked by origin and header. Prefetches, HEAD and sub-frames
// take nothing. What ties an answer to the flow is the HttpOnly cookie that the flow's start page set. Another
// user of the machine is refused and uses nothing up; where the user cannot be told and there is no such
// cookie, six digits are asked for first. The start page works once, and for the browser that it has opened.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { looksUpPeers, peerUser } from '../adapters/peer-user.ts';
import type { FindPeerUser, PeerUser } from '../adapters/peer-user.ts';
import { KeyfobError } from '../api/errors.ts';
import type {
  GivenUp,
  SignIn,
  SignInFlow,
  SignInOutcome,
  SignInRequest,
  Verdict,
} from '../accounts/ports.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import * as pages from './callback-pages.ts';
import { otherUserPage } from './confirmation-pages.ts';
import { createConfirmationCode, createConfirmations, sayOnStandardError } from './confirmation.ts';
import { ADDRESS_MS, goOn, hostFits, isPrefetch, json, plain, readBody, show } from './http.ts';
import { addressesOf, listenAt, takenError } from './loopback.ts';
import { QUIET_HEADERS } from './pages.ts';
import { beginPaste } from './paste.ts';
import type { PasteFlow } from './paste.ts';
import { carriesAnswer, loopbackOf, place, placeOf } from './redirect-uri.ts';
import type { ListenPlace } from './redirect-uri.ts';

export interface CallbackSignIn extends SignIn {
  /** Closes every listener at once, whatever waits. */
  close(): Promise<void>;
}

const BODY_LIMIT = 64 * 1024;
/** Ms that the waiting page has to fetch the outcome after the flow's end. */
const GRACE_MS = 2_000;
/** Ms that the server holds the waiting page's question. */
const HOLD_MS = 30_000;

export interface CallbackOptions {
  /** Whose a connection is; the system's own answer when left out. */
  readonly peerUser?: FindPeerUser;
  /** Says a sentence where only the person at this Keyfob reads it; standard error when left out. */
  readonly say?: (sentence: string) => void;
}

/** Makes the agent's sign-in port. */
export function createCallbackSignIn(options: CallbackOptions = {}): CallbackSignIn {
  const open = new Set<CallbackListener | PasteFlow>();
  return {
    async begin(request, onAnswer, onGivenUp) {
      const { redirectUri, paste } = request;
      const wanted =
        redirectUri === null ? null : paste ? loopbackOf(redirectUri) : placeOf(redirectUri, request.account);
      // A listener whose flow has ended waits for a last page; a new flow does not wait for it.
      if (wanted !== null)
        for (const each of [...open]) if (each.ended && each.port === wanted.port) await each.close();
      if (paste) {
        const pasted = await beginPaste(redirectUri, (closed) => open.delete(closed));
        open.add(pasted);
        return pasted;
      }
      const flow = await openListener(request, wanted, options, { onAnswer, onGivenUp }, (closed) =>
        open.delete(closed),
      );
      open.add(flow);
      return flow;
    },
    async close() {
      await Promise.all([...open].map((each) => each.close()));
    },
  };
}

type AnswerPart = Partial<Pick<RedirectAnswer, 'query' | 'fragment' | 'body'>>;

interface CallbackListener extends SignInFlow {
  readonly port: number;
  readonly ended: boolean;
  close(): Promise<void>;
}

async function openListener(
  { id, account, redirectUri }: SignInRequest,
  wanted: ListenPlace | null,
  options: CallbackOptions,
  heard: { onAnswer: (answer: RedirectAnswer) => Verdict; onGivenUp: (reason: GivenUp) => void },
  onClosed: (listener: CallbackListener) => void,
): Promise<CallbackListener> {
  const { peerUser: findUser = peerUser, say = sayOnStandardError } = options;
  const startPath = `/keyfob/start/${randomBytes(32).toString('base64url')}`;
  const donePath = `/keyfob/done/${randomBytes(32).toString('base64url')}`;
  const cookieName = `kf_flow_${createHash('sha256').update(id).digest('hex').slice(0, 16)}`;
  const cookieValue = randomBytes(32).toString('base64url');
  const code = createConfirmationCode(`The sign-in page of ${account}`, say);
  const confirmations = createConfirmations('/keyfob/confirm/', code, () => heard.onGivenUp('wrong_digits'));
  let authorizeUrl: string | null = null;
  let opened = false;
  let openUntil = 0;
  let answered = false;
  let outcome: SignInOutcome | null = null;
  const outcomeKnown = Promise.withResolvers<void>();

  const servers: Server[] = [];
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const port = await listenAll(servers, account, wanted, serve);
  const here = wanted ?? place('127.0.0.1', port, '/callback');

  const isBound = (incoming: IncomingMessage): boolean => hasCookie(incoming, cookieName, cookieValue);

  const judge = (part: AnswerPart, incoming: IncomingMessage): Verdict => {
    const boundBy = isBound(incoming) ? 'cookie' : 'nothing';
    // Said beforehand: an answer that is an error ends the flow before onAnswer returns, and its page must be told.
    answered = true;
    const verdict = heard.onAnswer({ query: '', fragment: '', body: null, ...part, boundBy });
    answered = verdict.taken;
    return verdict;
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', headers } = incoming;
    const target = incoming.url ?? '';
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = mark < 0 ? '' : target.slice(mark + 1);
    if (!hostFits(incoming, here.hosts))
      return plain(outgoing, 421, 'This is not the address Keyfob waits at.');
    const user = await findUser(incoming.socket);
    if (user === 'other') return show(outgoing, 403, otherUserPage());
    const confirms = confirmations.waitsAt(path);
    if (![here.path, startPath, donePath, `${donePath}/outcome`].includes(path) && !confirms)
      return show(outgoing, 404, pages.nothingHerePage());
    if (method !== 'GET' && !(method === 'POST' && (path === here.path || confirms)))
      return plain(outgoing, 405, 'This is not taken here.', { Allow: 'GET' });
    if (isPrefetch(headers)) return plain(outgoing, 503, 'Open this address to go on.');

    if (path === `${donePath}/outcome`) return tellOutcome(incoming, outgoing);
    const mode = headers['sec-fetch-dest'];
    const handover = method === 'POST' && headers['x-keyfob-handover'] === '1';
    if (!handover && mode !== undefined && mode !== 'document')
      return plain(outgoing, 403, 'This address is for a page of its own.');
    if (path === donePath)
      return show(outgoing, 200, outcome === null ? pages.waitPage() : pages.outcomePage(outcome));
    if (confirms) return confirmations.answer(path, incoming, outgoing);
    if (path === startPath) return start(incoming, outgoing, user);

    // What remains is the redirect URI itself.
    const mustConfirm = user === 'unknown' && !isBound(incoming);
    if (method === 'POST') return takePost(incoming, outgoing, query, handover, mustConfirm);
    if (answered || outcome !== null) return show(outgoing, 410, pages.answeredPage());
    if (!carriesAnswer(query)) return show(outgoing, 200, pages.handoverPage());
    if (mustConfirm) return goOn(outgoing, 303, confirmAnswer({ query }, incoming));
    conclude(outgoing, judge({ query }, incoming));
  };

  /** The page that lets a browser in: for the one that comes first, and for that one again. */
  const start = (incoming: IncomingMessage, outgoing: ServerResponse, user: PeerUser): void => {
    if (answered || outcome !== null) return show(outgoing, 410, pages.answeredPage());
    if (authorizeUrl === null) return show(outgoing, 404, pages.nothingHerePage());
    const url = authorizeUrl;
    const bound = isBound(incoming);
    const free = (): boolean => bound || (!opened && Date.now() <= openUntil);
    const letIn = (into: ServerResponse, goThere: () => void): void => {
      if (!free()) return show(into, 410, pages.usedPage());
      opened = true;
      // Two of one name: a cookie goes to every port of a host, so it is bound to these two paths.
      const rest = 'HttpOnly; SameSite=Lax; Max-Age=3600';
      into.setHeader(
        'Set-Cookie',
        [cookiePath(here.path), startPath].map((at) => `${cookieName}=${cookieValue}; Path=${at}; ${rest}`),
      );
      goThere();
    };
    if (user !== 'unknown' || bound || !free()) return letIn(outgoing, () => goOn(outgoing, 302, url));
    const asking = confirmations.ask((later) => letIn(later, () => show(later, 200, pages.onwardPage(url))));
    goOn(outgoing, 303, asking);
  };

  /** Keeps an answer until the digits were entered; the page that asks for them. */
  const confirmAnswer = (part: AnswerPart, incoming: IncomingMessage): string =>
    confirmations.ask((later) => {
      if (answered || outcome !== null) return show(later, 410, pages.answeredPage());
      conclude(later, judge(part, incoming));
    });

  const takePost = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    query: string,
    handover: boolean,
    mustConfirm: boolean,
  ): Promise<void> => {
    const { headers } = incoming;
    // The header cannot come from another origin: it would need a preflight, which is refused.
    if (handover && headers.origin !== here.origin)
      return plain(outgoing, 403, 'Only the page of this address may hand over.');
    const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (!handover && type !== 'application/x-www-form-urlencoded')
      return plain(outgoing, 415, 'This is not taken here.');
    const body = await readBody(incoming, BODY_LIMIT);
    if (body === null) return plain(outgoing, 413, 'This is too much.', { Connection: 'close' });
    if (answered || outcome !== null) {
      if (!handover) return show(outgoing, 410, pages.answeredPage());
      return json(outgoing, 410, pages.ANSWERED);
    }
    const part = handover ? { query, fragment: body } : { query, body };
    if (mustConfirm) {
      const next = confirmAnswer(part, incoming);
      return handover ? json(outgoing, 200, { next }) : goOn(outgoing, 303, next);
    }
    const verdict = judge(part, incoming);
    if (!handover) return conclude(outgoing, verdict);
    if (verdict.taken) return json(outgoing, 200, { next: donePath });
    json(outgoing, 200, {
      title: pages.NOT_TAKEN,
      text: pages.refusedText(verdict.reason),
    });
  };

  const conclude = (outgoing: ServerResponse, verdict: Verdict): void => {
    if (verdict.taken) goOn(outgoing, 303, donePath);
    else show(outgoing, 400, pages.refusedPage(verdict.reason));
  };

  const tellOutcome = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (outcome === null) {
      const held = Promise.withResolvers<void>();
      const timer = setTimeout(held.resolve, HOLD_MS);
      incoming.socket.once('close', held.resolve);
      await Promise.race([outcomeKnown.promise, held.promise]);
      clearTimeout(timer);
      incoming.socket.off('close', held.resolve);
    }
    if (outcome === null) {
      outgoing.writeHead(204, QUIET_HEADERS).end();
      return;
    }
    json(outgoing, 200, pages.outcomeTexts(outcome));
    // Told: nobody else waits for it.
    outgoing.once('finish', () => setTimeout(() => void close(), 100).unref());
  };

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    closing ??= Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    ).then(() => onClosed(listener));
    return closing;
  };

  const listener: CallbackListener = {
    redirectUri: redirectUri ?? `${here.origin}${here.path}`,
    port,
    get ended() {
      return outcome !== null;
    },
    async show(url) {
      authorizeUrl = url;
      openUntil = Date.now() + ADDRESS_MS;
      return {
        url: `${here.origin}${startPath}`,
        confirmationCode: looksUpPeers ? code.digits : null,
      };
    },
    async end(result) {
      if (outcome !== null) return;
      outcome = result;
      outcomeKnown.resolve();
      // Without an answer no page of ours waits to be told.
      if (answered) setTimeout(() => void close(), GRACE_MS).unref();
      else await close();
    },
    close,
  };
  return listener;
}

/** Listens on every address that the host name stands for; the port. Throws `bad_request`. */
async function listenAll(
  servers: Server[],
  account: string,
  wanted: ListenPlace | null,
  serve: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<number> {
  const host = wanted?.host ?? '127.0.0.1';
  let port = wanted?.port ?? 0;
  for (const address of addressesOf(host)) {
    const server = createServer(
      { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 64 * 1024, requireHostHeader: false },
      serve,
    );
    const got = await listenAt(server, address, port);
    if ('port' in got) {
      servers.push(server);
      port = got.port;
      continue;
    }
    const { refused } = got;
    if (refused === 'no such address' && servers.length > 0) continue;
    for (const opened of servers) opened.close();
    if (refused === 'taken') throw takenError({ port });
    const options = { action: { type: 'sign_in_by_paste', params: { account } } } as const;
    throw refused === 'no such address'
      ? new KeyfobError('redirect_no_address', { port }, options)
      : new KeyfobError('redirect_port_unusable', { port, code: refused.code }, options);
  }
  return port;
}

/** A path as the attribute of a cookie (RFC 6265 section 4.1.1); one with other signs is left wide. */
function cookiePath(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : '/';
}

/** Whether the flow's cookie is there, with its value; other ports of this host may have set others. */
function hasCookie(incoming: IncomingMessage, name: string, value: string): boolean {
  const wanted = Buffer.from(value);
  return (incoming.headers.cookie ?? '').split(';').some((pair) => {
    const [key, ...rest] = pair.trim().split('=');
    const given = Buffer.from(rest.join('='));
    return key === name && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}
