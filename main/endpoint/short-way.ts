// The short way of the requests that programs make all day: from Node's request to the route and back, without the
// web's Request, Headers and Response between.
//
// Invariants: what is judged stands elsewhere, once (`hostGuard` before this, `Handler.serve` behind it); a request
// that this could read in another way than the long way goes the long way, before anything has happened; both ways
// answer the same bytes (short-way.test.ts).
import type { IncomingMessage, ServerResponse } from 'node:http';

import { send } from './bridge.ts';
import type { Bindings, Handler } from './handler.ts';
import type { WholeAnswer } from './response.ts';
import type { PlainRequest, Route } from './route.ts';
import { routes } from './routes/index.ts';

/** The routes that only read, take no name in their path, and answer at once. */
const shortRoutes = new Map<string, Route>(
  routes
    .filter(({ method, path, answers }) => method === 'GET' && !path.includes('{') && answers[200] !== null)
    .map((route) => [route.path, route]),
);
/** A query that a URL keeps as it stands. */
const plainQuery = /^[\w.~%&=+:/,-]*$/;
const noParams = {};
/** Who sends one of these has a body. */
const bodyHeaders = ['content-length', 'transfer-encoding'];

/** Whether the request goes the short way; it is answered then. Else nothing has happened. */
export function answerShortly(
  handler: Pick<Handler, 'serve'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  bindings: Bindings,
): boolean {
  const { method, url = '' } = incoming;
  if (method !== 'GET' || bodyHeaders.some((name) => headerOf(incoming, name) !== null)) return false;
  const mark = url.indexOf('?');
  const found = shortRoutes.get(mark === -1 ? url : url.slice(0, mark));
  const query = mark === -1 ? '' : url.slice(mark + 1);
  if (found === undefined || !plainQuery.test(query)) return false;
  outgoing.on('error', ignore);
  void handler
    .serve(found, new NodeRequest(incoming, outgoing, query), bindings)
    .then((answer) =>
      answer instanceof Response ? send(incoming, outgoing, answer) : write(outgoing, answer),
    );
  return true;
}

class NodeRequest implements PlainRequest {
  readonly params = noParams;
  readonly queryText: string;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #gone: AbortController | null = null;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, query: string) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.queryText = query;
  }

  get signal(): AbortSignal {
    if (this.#gone === null) {
      const gone = new AbortController();
      const outgoing = this.#outgoing;
      const leave = (): void => {
        if (!outgoing.writableFinished) gone.abort();
      };
      if (outgoing.destroyed) leave();
      else outgoing.once('close', leave);
      this.#gone = gone;
    }
    return this.#gone.signal;
  }

  header(name: string): string | null {
    return headerOf(this.#incoming, name);
  }

  async text(): Promise<string> {
    return '';
  }
}

/** As `Headers.get`: one that is sent twice is both, and so no key. Unlike `headers`, nothing is made of the others. */
function headerOf({ rawHeaders }: IncomingMessage, name: string): string | null {
  let value: string | null = null;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i] ?? '';
    if (raw.length !== name.length || raw.toLowerCase() !== name) continue;
    const one = rawHeaders[i + 1] ?? '';
    value = value === null ? one : `${value}, ${one}`;
  }
  return value;
}

function write(outgoing: ServerResponse, { status, headers, body }: WholeAnswer): void {
  try {
    const text = body ?? '';
    const bytes = Buffer.byteLength(text);
    outgoing.writeHead(status, [...headers, 'Content-Length', String(bytes)]);
    // One byte a character: nothing has to be made of it.
    outgoing.end(text, bytes === text.length ? 'latin1' : 'utf8');
  } catch {
    outgoing.destroy();
  }
}

function ignore(): void {}
