// One sign-in flow of the agent: a listener on its redirect URI, the start page that leads to the vendor, the
// answer that comes back, and the page that tells how it went.
//
// Invariants: exact host, port and path; an answer is taken once, judged before the browser gets a reply, and
// sent on to a clean address, so that no code stands in the history; nothing of it is logged. A fragment
// comes by a POST of this page's own script, checked by origin and header. Prefetches, HEAD and sub-frames
// take nothing. Where the vendor echoes no state, a secret that the start page leaves in its tab's sessionStorage
// ties the answer to the flow (a cookie goes along with any page's navigation), and the redirect's page hands it
// over with query and fragment; without it the six digits are asked for, and nothing is taken or ended. (An answer
// that is posted by a form has no such page: without a state it is refused.) Another
// user of the machine is refused and uses nothing up; where the user cannot be told and there is no such
// cookie, six digits are asked for first. The start page works once, and for the browser that it has opened.
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { GivenUp, SignInFlow, SignInOutcome, SignInRequest, Verdict } from '../accounts/ports.ts';
import { toProblem } from '../api/errors.ts';
import { looksUpPeers, peerUser } from '../platform/peer-user.ts';
import type { FindPeerUser, PeerUser } from '../platform/peer-user.ts';
import type { Language } from '../messages/language.ts';
import type { OpenListener } from '../endpoint/listeners.ts';
import type { RedirectAnswer } from '../oauth/redirect-judgement.ts';
import { bindBrowser, unguessable } from './callback-binding.ts';
import type { BrowserBinding } from './callback-binding.ts';
import { callbackPages } from './callback-pages.ts';
import type { CallbackPages } from './callback-pages.ts';
import { otherUserPage } from './confirmation-pages.ts';
import { createConfirmationCode, createConfirmations, tellOnStandardError } from './confirmation.ts';
import type { ConfirmationCode, Confirmations } from './confirmation.ts';
import { ADDRESS_MS, goOn, hostFits, isPrefetch, json, plain, readBody, show } from './http.ts';
import { serveLoopback } from './loopback.ts';
import { pageLanguage } from './page-language.ts';
import type { PageLanguage } from './page-language.ts';
import { QUIET_HEADERS } from './pages.ts';
import { carriesAnswer, listenAddress, withPort, written } from './redirect-uri.ts';
import type { ListenAddress } from './redirect-uri.ts';

const BODY_LIMIT = 64 * 1024;
/** Ms that the waiting page has to fetch the outcome after the flow's end. */
const GRACE_MS = 2_000;
/** Ms that the server holds the waiting page's question. */
const HOLD_MS = 30_000;

export interface CallbackOptions {
  /** Whose a connection is; the system's own answer when left out. */
  readonly peerUser?: FindPeerUser;
  /** Says a sentence where only the person at this Keyfob reads it; standard error when left out. */
  readonly tell?: (sentence: string) => void;
  /** What the settings say of the language; the browser's own when left out. */
  readonly language?: () => Language | 'system';
}

/** Who hears of a flow. */
export interface CallbackListeners {
  onAnswer(answer: RedirectAnswer): Verdict;
  onGivenUp(reason: GivenUp): void;
  onClosed(flow: CallbackFlow): void;
}

type PartialAnswer = Partial<Pick<RedirectAnswer, 'query' | 'fragment' | 'body'>>;

export class CallbackFlow implements SignInFlow {
  readonly #listeners: CallbackListeners;
  readonly #findUser: FindPeerUser;
  readonly #language: PageLanguage;
  readonly #startPath = `/keyfob/start/${unguessable()}`;
  readonly #donePath = `/keyfob/done/${unguessable()}`;
  readonly #binding: BrowserBinding;
  readonly #answerNames: readonly string[];
  readonly #code: ConfirmationCode;
  readonly #confirmations: Confirmations;
  /** Null until it listens. */
  #server: OpenListener | null = null;
  #here: ListenAddress;
  readonly #redirectUri: string | null;
  /** The vendor's page as it is to be opened now; null until it is known. */
  #urlNow: (() => Promise<string>) | null = null;
  #opened = false;
  #openUntil = 0;
  #answered = false;
  #outcome: SignInOutcome | null = null;
  readonly #outcomeKnown = Promise.withResolvers<void>();
  #closing: Promise<void> | null = null;

  private constructor(
    { id, account, redirectUri, stateless, answerNames }: SignInRequest,
    here: ListenAddress,
    { peerUser: findUser = peerUser, tell = tellOnStandardError, language }: CallbackOptions,
    listeners: CallbackListeners,
  ) {
    this.#listeners = listeners;
    this.#findUser = findUser;
    this.#language = pageLanguage(language);
    this.#here = here;
    this.#redirectUri = redirectUri;
    this.#answerNames = answerNames;
    this.#binding = bindBrowser(id, stateless);
    this.#code = createConfirmationCode(`The sign-in page of ${account}`, tell);
    this.#confirmations = createConfirmations('/keyfob/confirm/', this.#code, this.#language, () =>
      listeners.onGivenUp('wrong_digits'),
    );
  }

  /** Listens where the redirect URI leads; without one, or a port in it, on a free port. Throws `bad_request`. */
  static async open(
    request: SignInRequest,
    wanted: ListenAddress | null,
    options: CallbackOptions,
    listeners: CallbackListeners,
  ): Promise<CallbackFlow> {
    const here = wanted ?? listenAddress('127.0.0.1', 0, '/callback');
    const flow = new CallbackFlow(request, here, options, listeners);
    const server = await serveLoopback(
      here,
      (incoming, outgoing) => void flow.#serve(incoming, outgoing).catch(() => outgoing.destroy()),
      { account: request.account },
    );
    flow.#server = server;
    // A port was free to choose: it is known now.
    if (here.port === 0) flow.#here = listenAddress(written(here.host), server.port, here.path);
    return flow;
  }

  get redirectUri(): string {
    const { origin, path, port } = this.#here;
    return this.#redirectUri === null ? `${origin}${path}` : withPort(this.#redirectUri, port);
  }

  get port(): number {
    return this.#here.port;
  }

  get ended(): boolean {
    return this.#outcome !== null;
  }

  async show(...[url, urlNow]: Parameters<SignInFlow['show']>): ReturnType<SignInFlow['show']> {
    this.#urlNow = urlNow ?? (async () => url);
    this.#openUntil = Date.now() + ADDRESS_MS;
    return {
      url: `${this.#here.origin}${this.#startPath}`,
      confirmationCode: looksUpPeers || this.#binding.tab !== null ? this.#code.digits : null,
    };
  }

  async end(result: SignInOutcome): Promise<void> {
    if (this.#outcome !== null) return;
    this.#outcome = result;
    this.#outcomeKnown.resolve();
    // Without an answer no page of ours waits to be told.
    if (this.#answered) setTimeout(() => void this.close(), GRACE_MS).unref();
    else await this.close();
  }

  async close(): Promise<void> {
    this.#closing ??= Promise.resolve(this.#server?.close()).then(() => this.#listeners.onClosed(this));
    return this.#closing;
  }

  get #isOver(): boolean {
    return this.#answered || this.#outcome !== null;
  }

  #pages(incoming: IncomingMessage): CallbackPages {
    return callbackPages(this.#language(incoming));
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const pages = this.#pages(incoming);
    const here = this.#here;
    const { method = '', headers } = incoming;
    const target = incoming.url ?? '';
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = mark < 0 ? '' : target.slice(mark + 1);
    if (!hostFits(incoming, here.hosts))
      return plain(outgoing, 421, 'This is not the address Keyfob waits at.');
    const user = await this.#findUser(incoming.socket);
    if (user === 'other') return show(outgoing, 403, otherUserPage(this.#language(incoming)));
    const outcomePath = `${this.#donePath}/outcome`;
    const confirms = this.#confirmations.waitsAt(path);
    if (![here.path, this.#startPath, this.#donePath, outcomePath].includes(path) && !confirms)
      return show(outgoing, 404, pages.nothingHere());
    if (method !== 'GET' && !(method === 'POST' && (path === here.path || confirms)))
      return plain(outgoing, 405, 'This is not taken here.', { Allow: 'GET' });
    if (isPrefetch(headers)) return plain(outgoing, 503, 'Open this address to go on.');

    if (path === outcomePath) return this.#tellOutcome(incoming, outgoing);
    const mode = headers['sec-fetch-dest'];
    const handover = method === 'POST' && headers['x-keyfob-handover'] === '1';
    if (!handover && mode !== undefined && mode !== 'document')
      return plain(outgoing, 403, 'This address is for a page of its own.');
    if (path === this.#donePath)
      return show(outgoing, 200, this.#outcome === null ? pages.wait() : pages.outcome(this.#outcome));
    if (confirms) return this.#confirmations.answer(path, incoming, outgoing);
    if (path === this.#startPath) return this.#start(incoming, outgoing, user);

    // What remains is the redirect URI itself.
    const mustConfirm =
      user === 'unknown' && !this.#binding.hasCookie(incoming) && !this.#binding.isFromTab(incoming);
    if (method === 'POST') return this.#takePost(incoming, outgoing, query, handover, mustConfirm);
    if (this.#isOver) return show(outgoing, 410, pages.answered());
    // A page of another site can lead a browser here: what stands in a tab's storage only this page can say.
    if (this.#binding.tab !== null || !carriesAnswer(query, this.#answerNames))
      return show(outgoing, 200, pages.handover(this.#binding.tab?.key ?? null));
    if (mustConfirm) return goOn(outgoing, 303, this.#confirmAnswer({ query }, incoming));
    this.#conclude(outgoing, pages, this.#judge({ query }, this.#binding.of(incoming)));
  }

  /** The page that lets a browser in: for the one that comes first, and for that one again. */
  #start(incoming: IncomingMessage, outgoing: ServerResponse, user: PeerUser): void {
    const pages = this.#pages(incoming);
    if (this.#isOver) return show(outgoing, 410, pages.answered());
    const urlNow = this.#urlNow;
    if (urlNow === null) return show(outgoing, 404, pages.nothingHere());
    const bound = this.#binding.hasCookie(incoming);
    const free = (): boolean => bound || (!this.#opened && Date.now() <= this.#openUntil);
    const letIn = (into: ServerResponse, goThere: (url: string) => void): void => {
      if (!free()) return show(into, 410, pages.used());
      this.#opened = true;
      // Whoever was let in can load this page again, where the vendor did not answer.
      into.setHeader('Set-Cookie', this.#binding.cookies([this.#here.path, this.#startPath]));
      urlNow().then(goThere, (error: unknown) => show(into, 502, pages.notPrepared(toProblem(error))));
    };
    const goThere = (into: ServerResponse) => (url: string) =>
      show(into, 200, pages.onward(url, this.#binding.tab));
    if (user !== 'unknown' || bound || !free())
      return letIn(outgoing, (url) =>
        this.#binding.tab === null ? goOn(outgoing, 302, url) : goThere(outgoing)(url),
      );
    const asking = this.#confirmations.ask((later) => letIn(later, goThere(later)));
    goOn(outgoing, 303, asking);
  }

  #judge(answer: PartialAnswer, boundBy: RedirectAnswer['boundBy']): Verdict {
    // Said beforehand: an answer that is an error ends the flow before onAnswer returns, and its page must be told.
    this.#answered = true;
    const verdict = this.#listeners.onAnswer({ query: '', fragment: '', body: null, ...answer, boundBy });
    this.#answered = verdict.taken;
    return verdict;
  }

  /** Keeps an answer until the digits were entered; the page that asks for them. */
  #confirmAnswer(answer: PartialAnswer, incoming: IncomingMessage): string {
    const pages = this.#pages(incoming);
    return this.#confirmations.ask((later) => {
      if (this.#isOver) return show(later, 410, pages.answered());
      // The digits stand in for what the tab has lost; a state that came with it counts as ever.
      this.#conclude(
        later,
        pages,
        this.#judge(answer, this.#binding.tab === null ? this.#binding.of(incoming) : 'digits'),
      );
    });
  }

  async #takePost(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    query: string,
    handover: boolean,
    mustConfirm: boolean,
  ): Promise<void> {
    const pages = this.#pages(incoming);
    const { headers } = incoming;
    // The header cannot come from another origin: it would need a preflight, which is refused.
    if (handover && headers.origin !== this.#here.origin)
      return plain(outgoing, 403, 'Only the page of this address may hand over.');
    const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (!handover && type !== 'application/x-www-form-urlencoded')
      return plain(outgoing, 415, 'This is not taken here.');
    const body = await readBody(incoming, BODY_LIMIT);
    if (body === null) return plain(outgoing, 413, 'This is too much.', { Connection: 'close' });
    if (this.#isOver) {
      if (!handover) return show(outgoing, 410, pages.answered());
      return json(outgoing, 410, pages.answeredTexts);
    }
    const answer = handover ? { query, fragment: body } : { query, body };
    const lostItsTab = handover && this.#binding.tab !== null && !this.#binding.isFromTab(incoming);
    if (mustConfirm || lostItsTab) {
      const next = this.#confirmAnswer(answer, incoming);
      return handover ? json(outgoing, 200, { next }) : goOn(outgoing, 303, next);
    }
    const verdict = this.#judge(answer, this.#binding.of(incoming));
    if (!handover) return this.#conclude(outgoing, pages, verdict);
    if (verdict.taken) return json(outgoing, 200, { next: this.#donePath });
    json(outgoing, 200, pages.refusedTexts(verdict.reason));
  }

  #conclude(outgoing: ServerResponse, pages: CallbackPages, verdict: Verdict): void {
    if (verdict.taken) goOn(outgoing, 303, this.#donePath);
    else show(outgoing, 400, pages.refused(verdict.reason));
  }

  async #tellOutcome(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (this.#outcome === null) {
      const held = Promise.withResolvers<void>();
      const timer = setTimeout(held.resolve, HOLD_MS);
      incoming.socket.once('close', held.resolve);
      await Promise.race([this.#outcomeKnown.promise, held.promise]);
      clearTimeout(timer);
      incoming.socket.off('close', held.resolve);
    }
    if (this.#outcome === null) {
      outgoing.writeHead(204, QUIET_HEADERS).end();
      return;
    }
    json(outgoing, 200, this.#pages(incoming).outcomeTexts(this.#outcome));
    // Told: nobody else waits for it.
    outgoing.once('finish', () => setTimeout(() => void this.close(), 100).unref());
  }
}
