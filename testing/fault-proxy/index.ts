// A proxy on loopback between a program and its vendor that does what networks and vendors do on a bad day.
//
// Invariants: it listens on 127.0.0.1 alone; each request is logged once, when it is over, by method and path, without
// query, headers and bodies, which hold secrets; one request a connection, so that no fault reaches into another's
// exchange. Nothing of this folder needs anything but Node.
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { changed, changes, empty, interim, ofConnection, written } from './answer.ts';
import type { Answer } from './answer.ts';
import { RuleBook } from './rules.ts';
import type { Fault, Rule } from './rules.ts';

/** What the program got. `as is`: the upstream's answer, late maybe; `gone`: it hung up before the end. */
export type Answered = 'as is' | 'changed' | 'cut' | 'swallowed' | 'gone';

/** One line of the log. */
export interface ExchangeLine {
  /** When the request came, ISO 8601. */
  readonly at: string;
  readonly number: number;
  readonly method: string;
  readonly path: string;
  /** The rule that it met; null: none. */
  readonly rule: string | null;
  /** The upstream's status, or why it gave none (`ECONNREFUSED`); null: it was not asked. */
  readonly upstream: number | string | null;
  readonly answered: Answered;
  /** The status that the program got; null: none. */
  readonly status: number | null;
  readonly ms: number;
}

/** With what was said in the exchange, for whoever runs the proxy in a process of their own. Secrets are in it. */
export interface Exchange extends ExchangeLine {
  readonly request: string;
  /** The upstream's body; null: it gave none. */
  readonly answer: string | null;
}

export interface FaultProxyOptions {
  /** Where requests go: scheme, host and port, and a path that is put before theirs. */
  readonly upstream: string;
  readonly rules?: readonly Rule[];
  /** By default a free one. */
  readonly port?: number;
  /** What `probability` is drawn by. By default `0`. */
  readonly seed?: string;
  readonly onExchange?: (exchange: Exchange) => void;
}

export interface FaultProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Other rules, counted from the beginning. What is under way goes on as it was. */
  setRules(rules: readonly Rule[]): void;
  /** The network is away (connections are refused, open ones reset), or back. */
  setReachable(reachable: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy. Rejects when the port is taken. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const seed = options.seed ?? '0';
  let book = new RuleBook(options.rules ?? [], seed);
  let count = 0;
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    // The bytes are written by hand.
    response.on('error', () => undefined);
    const begun = Date.now();
    const number = (count += 1);
    void bodyOf(request).then(
      async (body) => {
        const { method = 'GET', url = '/' } = request;
        const rule = book.next({ method, url, body: body.toString('latin1') });
        const { upstream, answer, ...end } = await serve(options.upstream, request, body, rule?.fault ?? {});
        options.onExchange?.({
          at: new Date(begun).toISOString(),
          number,
          method,
          path: url.replace(/[?#].*/s, ''),
          rule: rule === null ? null : (rule.name ?? 'unnamed'),
          upstream,
          ...end,
          ms: Date.now() - begun,
          request: body.toString('utf8'),
          answer: answer?.toString('utf8') ?? null,
        });
      },
      () => undefined,
    ); // The program hung up before it had asked.
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const silence = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy();
    });
  await listen(options.port ?? 0);
  // Listening on TCP, so not a pipe's name.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    setRules: (rules) => void (book = new RuleBook(rules, seed)),
    setReachable: async (reachable) => {
      if (reachable !== server.listening) await (reachable ? listen(port) : silence());
    },
    close: async () => {
      if (server.listening) await silence();
    },
  };
}

interface Ending {
  readonly upstream: number | string | null;
  readonly answer: Buffer | null;
  readonly answered: Answered;
  readonly status: number | null;
}

/** Does what the fault says with one request. */
async function serve(
  upstream: string,
  request: http.IncomingMessage,
  requestBody: Buffer,
  fault: Fault,
): Promise<Ending> {
  const line = new Line(request.socket);
  const isOwn = [fault.status, fault.body, fault.size, fault.raw].some((one) => one !== undefined);
  const passes = fault.cut !== 'before' && (fault.pass ?? !isOwn);
  await line.wait(fault.wait);
  const got = passes && !line.closed ? await passOn(upstream, request, requestBody) : null;
  const isFailure = typeof got === 'string';
  const told = isFailure
    ? { upstream: got, answer: null }
    : { upstream: got?.status ?? null, answer: got?.body ?? null };
  const end = (answered: Answered, status: number | null = null): Ending => ({
    ...told,
    answered: line.closed && answered !== 'cut' ? 'gone' : answered,
    status,
  });
  if (fault.cut === 'before' || fault.cut === 'after') {
    line.end(fault.reset);
    return end('cut');
  }
  if (fault.swallow === true) {
    await line.ended;
    return { ...end('swallowed'), answered: 'swallowed' };
  }
  const given = isFailure ? badGateway(got) : (got ?? empty);
  const answer = changed(given, fault, Date.now());
  const { head, body } = written(answer, fault);
  await line.wait(fault.delay);
  for (const status of fault.interim ?? []) await line.write(interim(status));
  if (fault.cut === 'head') {
    await line.write(head.subarray(0, head.length / 2));
    line.end(fault.reset);
    return end('cut');
  }
  await line.write(head);
  await line.drip(fault.cut === 'body' ? body.subarray(0, body.length / 2) : body, fault.drip);
  const ending = end(fault.cut === 'body' ? 'cut' : changes(fault) ? 'changed' : 'as is', answer.status);
  line.end(fault.cut === 'body' && fault.reset);
  return ending;
}

/** What the program gets where the upstream gave no answer. */
const badGateway = (code: string): Answer => ({
  ...empty,
  status: 502,
  reason: 'Bad Gateway',
  body: Buffer.from(code),
});

/** The connection to the program; nothing is written, and nothing waited for, once it has hung up. */
class Line {
  readonly ended: Promise<void>;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      if (this.closed) resolve();
      else socket.once('close', () => resolve());
    });
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  async wait(ms = 0): Promise<void> {
    if (ms === 0 || this.closed) return;
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([passed, this.ended]);
    clearTimeout(timer);
  }

  async write(bytes: Buffer | string): Promise<void> {
    if (this.closed || bytes.length === 0) return;
    const flushed = new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()));
    await Promise.race([flushed, this.ended]);
  }

  async drip(bytes: Buffer, ms: number | undefined): Promise<void> {
    if (ms === undefined) return this.write(bytes);
    for (let at = 0; at < bytes.length && !this.closed; at += 1) {
      await this.write(bytes.subarray(at, at + 1));
      await this.wait(ms);
    }
  }

  end(reset = false): void {
    if (reset) this.#socket.resetAndDestroy();
    else this.#socket.destroySoon();
  }
}

/** The upstream's answer, or the code of what went wrong. */
async function passOn(
  upstream: string,
  { method, url = '/', rawHeaders }: http.IncomingMessage,
  body: Buffer,
): Promise<Answer | string> {
  const base = new URL(upstream);
  const target = new URL(base.pathname.replace(/\/$/, '') + url, base);
  const headers = pairs(rawHeaders).filter(
    ([name]) => !ofConnection.test(name) && !/^(?:host|expect)$/i.test(name),
  );
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    const asked = (target.protocol === 'https:' ? https : http).request(
      target,
      {
        method,
        agent: false,
        headers: [...headers.flat(), 'Host', target.host, 'Content-Length', String(body.length)],
      },
      (answer) => {
        bodyOf(answer).then(
          (whole) =>
            resolve({
              status: answer.statusCode ?? 0,
              reason: answer.statusMessage ?? '',
              headers: pairs(answer.rawHeaders),
              body: whole,
            }),
          fail,
        );
      },
    );
    asked.on('error', fail).end(body);
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : [],
  );
}

async function bodyOf(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
