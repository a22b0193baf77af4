// How the endpoint's client sends and hears: one exchange, the stream of events, and what failures mean.
//
// Invariants: nothing is sent to a socket that could be another user's; a problem document of the host comes out with
// its own code, sentence and hint, but for one that does not know what it was asked for: it is of another version.
import http from 'node:http';
import { isErrorCode } from '../api/codes.ts';
import { KeyfobError, ReceivedProblem } from '../api/errors.ts';
import { isObject } from '../api/json.ts';
import type { ProblemDocument } from '../api/problem.ts';
import { ANSWER_WITHIN } from './client-request.ts';
import { connectProved, isPipe, readPipeKey } from '../platform/pipe-proof.ts';
import { checkOwnSocket } from './own-socket.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface ServerEvent {
  readonly type: string;
  /** The JSON of `data:`. */
  readonly data: unknown;
}

export interface EventStream {
  /** Resolves when the host ended the stream or `close` was called. */
  readonly ended: Promise<void>;
  close(): void;
}

/** On whose behalf a request is made. */
export interface Sender {
  /** A client's key; left out, the user who owns the socket. */
  readonly key?: string;
  /** Given up when it fires: rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** One exchange over the socket: status and the whole text. Errors as `createClient`. */
export function exchange(
  socket: string,
  method: Method,
  route: string,
  body: string | undefined,
  sender: Sender = {},
): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = {
    host: 'localhost',
    accept: 'application/json',
    connection: 'close',
    ...(sender.key === undefined ? {} : { authorization: `Bearer ${sender.key}` }),
  };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(Buffer.byteLength(body));
  }
  return new Promise((resolve, reject) => {
    checkOwnSocket(socket);
    const outgoing = http.request(
      { ...connectionTo(socket), method, path: route, headers, signal: sender.signal },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', (error) => reject(fromNetwork(error)));
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    outgoing.setTimeout(ANSWER_WITHIN, () => {
      reject(hangs());
      outgoing.destroy();
    });
    outgoing.on('error', (error) => reject(sender.signal?.aborted === true ? error : fromNetwork(error)));
    outgoing.end(body);
  });
}

/** How a request gets to a socket; to a named pipe only once both ends have proved themselves. */
function connectionTo(socket: string): http.RequestOptions {
  if (!isPipe(socket)) return { socketPath: socket, agent: false };
  return {
    createConnection(_, done) {
      const key = readPipeKey();
      // Without a key nothing has ever run here.
      if (key === null) throw new KeyfobError('none_running', {}, { action: start });
      connectProved(socket, key, done);
      return undefined;
    },
  };
}

/**
 * Opens `GET /v1/events` and calls back for each event until the stream ends. Resolves once the host has
 * begun to send; errors as `createClient`.
 */
export async function openEvents(
  socket: string,
  listener: (event: ServerEvent) => void,
): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    checkOwnSocket(socket);
    const outgoing = http.request(
      {
        ...connectionTo(socket),
        method: 'GET',
        path: '/v1/events',
        headers: { host: 'localhost', accept: 'text/event-stream' },
      },
      (incoming) => {
        incoming.setEncoding('utf8');
        if (incoming.statusCode !== 200) {
          let text = '';
          incoming.on('data', (chunk: string) => (text += chunk));
          incoming.on('end', () => reject(fromProblem(incoming.statusCode ?? 0, parseOrNull(text))));
          return;
        }
        const push = eventParser(listener);
        incoming.on('data', push);
        const ended = new Promise<void>((done) => {
          incoming.on('close', done);
          incoming.on('error', () => done());
        });
        resolve({ ended, close: () => outgoing.destroy() });
      },
    );
    outgoing.on('error', (error) => reject(fromNetwork(error)));
    outgoing.end();
  });
}

/** Takes the text of an event stream in pieces and calls back for each whole event (WHATWG HTML 9.2.6). */
export function eventParser(listener: (event: ServerEvent) => void): (chunk: string) => void {
  let rest = '';
  let type = '';
  let data: string[] = [];
  return (chunk) => {
    rest += chunk;
    const lines = rest.split(/\r\n|\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        const json = data.length === 0 ? null : parseOrNull(data.join('\n'));
        if (json !== null) listener({ type: type === '' ? 'message' : type, data: json });
        type = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') type = value;
      else if (field === 'data') data.push(value);
    }
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** The JSON of an answer, null where it has no body. Throws the host's problem, and `unexpected` for what is not Keyfob's. */
export function readAnswer(status: number, text: string): unknown {
  let json: unknown = null;
  if (text !== '') {
    try {
      json = JSON.parse(text) as unknown;
    } catch (cause) {
      throw notKeyfob(status, cause);
    }
  }
  if (status >= 200 && status < 300) return json;
  throw fromProblem(status, json);
}

/** Reads a problem document (RFC 9457) into an error; what is not one is `unexpected`. */
export function fromProblem(status: number, json: unknown): KeyfobError {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return notKeyfob(status);
  const document: Partial<ProblemDocument> = { ...json };
  const { code, detail, hint = '', error, error_description, field, origins, retry_after } = document;
  if (!isErrorCode(code) || typeof detail !== 'string') return notKeyfob(status);
  // The host's own sentences are shown: it may be of another version, and name other things in them.
  return new ReceivedProblem({
    code,
    reason: 'text',
    ...(isOfAnotherVersion(document)
      ? { params: { text: detail, hint: '' }, action: { type: 'start_this_version', params: {} } }
      : { params: { text: detail, hint } }),
    ...(error === undefined ? {} : { error }),
    ...(error_description === undefined ? {} : { error_description }),
    ...(field === undefined ? {} : { field }),
    ...(origins === undefined ? {} : { origins }),
    ...(retry_after === undefined ? {} : { retry_after }),
  });
}

/** Whether a host does not know what it was asked for: what a person types wrong is told before it is asked. */
function isOfAnotherVersion({ reason, params }: Partial<ProblemDocument>): boolean {
  if (reason === 'unknown_route') return true;
  if (reason !== 'bad_query' && reason !== 'bad_body') return false;
  const faults: unknown = params?.['faults'];
  return (
    Array.isArray(faults) && faults.some((one: unknown) => isObject(one) && one['reason'] === 'unknown_names')
  );
}

const doctor = { type: 'look_at_doctor', params: {} } as const;
const start = { type: 'start', params: {} } as const;

/** The error for a host that took a request and did not answer. */
export function hangs(): KeyfobError {
  return new KeyfobError('hangs', {}, { action: start });
}

/** The error for a host that ended, or broke off, before its answer was whole. */
export function endedMeanwhile(cause?: unknown): KeyfobError {
  return new KeyfobError('ended_meanwhile', {}, { action: start, cause });
}

/** The error for an answer that is not Keyfob's. */
export function notKeyfob(status: number, cause?: unknown): KeyfobError {
  return new KeyfobError('not_keyfob', { status }, { cause });
}

/** The error for what the system says of a connection. */
export function fromNetwork(error: NodeJS.ErrnoException): KeyfobError {
  // Judged already, before there was a connection.
  if (error instanceof KeyfobError) return error;
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTDIR':
      return new KeyfobError('none_running', {}, { action: start, cause: error });
    case 'UNPROVED':
      return new KeyfobError('pipe_unproved', {}, { cause: error });
    case 'ECONNRESET':
    case 'EPIPE':
      return endedMeanwhile(error);
    case 'EACCES':
    case 'EPERM':
      return 'address' in error && isPipe(String(error.address))
        ? new KeyfobError('pipe_not_open', {}, { cause: error })
        : new KeyfobError('socket_not_open', {}, { action: start, cause: error });
    default:
      return error.code === undefined
        ? new KeyfobError('socket_unusable', {}, { action: doctor, cause: error })
        : new KeyfobError('socket_unusable_code', { code: error.code }, { action: doctor, cause: error });
  }
}
