/**
 * Requests and replies of the practice vendor, as plain values.
 *
 * Invariants: what a client sent is kept as it stood (raw path, raw query, raw headers, raw body), since the
 * practice vendor judges encodings; a vendor's step is a function from a Call to a Reply or a thrown Refusal,
 * and never sees a socket; no value that a client sent is repeated in a refusal, for it may be a secret.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bytes of a request body that are read before the request is refused with 413. */
const BODY_LIMIT = 64 * 1024;

/** One request. `rawQuery` is the text after `?` (empty without one); `body` is decoded as UTF-8. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** This server's own origin, such as `http://127.0.0.1:15399`. */
  readonly origin: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Name and value pairs in the order in which they came, form-decoded. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** Says no with an OAuth error (RFC 6749 section 5.2); the description names what was wrong, never a value. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, error: string, description: string, headers: Record<string, string> = {}) {
    super(description);
    this.name = 'Refusal';
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

/** Gives a header's value, or undefined when it did not come; one that came twice is refused. */
export function header(call: Call, name: string): string | undefined {
  const found = call.rawHeaders.filter(([key]) => key.toLowerCase() === name);
  if (found.length > 1) {
    throw new Refusal(400, 'invalid_request', `The header ${name} came ${found.length} times: send it once.`);
  }
  return found[0]?.[1];
}

/** Gives the media type of the body in lower case, without its parameters; empty when none was named. */
export function mediaType(call: Call): string {
  return (header(call, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Reads `application/x-www-form-urlencoded` text; `+` is a blank. Broken percent-encoding is refused. */
export function readPairs(raw: string, where: string): Pairs {
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '));
    } catch {
      throw new Refusal(400, 'invalid_request', `The percent-encoding in the ${where} is broken.`);
    }
  };
  return raw
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece) => {
      const at = piece.indexOf('=');
      return at < 0 ? [decode(piece), ''] : [decode(piece.slice(0, at)), decode(piece.slice(at + 1))];
    });
}

/** Gives one parameter of the pairs; undefined when missing or empty, refused when it came twice (RFC 6749 3.1). */
export function one(pairs: Pairs, name: string): string | undefined {
  const found = pairs.filter(([key]) => key === name);
  if (found.length > 1) {
    throw new Refusal(
      400,
      'invalid_request',
      `The parameter ${name} came ${found.length} times: send it once.`,
    );
  }
  const value = found[0]?.[1];
  return value === '' ? undefined : value;
}

/** Refuses every method but the one named, with 405 and `Allow`. */
export function onlyMethod(call: Call, method: string): void {
  if (call.method === method) return;
  throw new Refusal(405, 'invalid_request', `This address takes ${method} only.`, { allow: method });
}

/** Refuses a query string where the vendor reads none. */
export function noQuery(call: Call, instead: string): void {
  if (call.rawQuery === '') return;
  throw new Refusal(400, 'invalid_request', `No parameter belongs in the query string here: ${instead}`);
}

/** Refuses an `Authorization` header where the vendor names none. */
export function noAuthorization(call: Call, instead: string): void {
  if (header(call, 'authorization') === undefined) return;
  throw new Refusal(400, 'invalid_request', `No Authorization header is taken here: ${instead}`);
}

/** Refuses names beyond those of the vendor's document. */
export function onlyNames(names: readonly string[], allowed: readonly string[], where: string): void {
  const odd = names.filter((name) => !allowed.includes(name));
  if (odd.length === 0) return;
  const known = ['redirect_uri', 'scope', 'code_verifier', 'client_id', 'client_secret', 'code', 'state'];
  const named = odd.filter((name) => known.includes(name));
  const what = named.length > 0 ? named.join(', ') : `${odd.length} more name${odd.length > 1 ? 's' : ''}`;
  throw new Refusal(
    400,
    'invalid_request',
    `The ${where} takes ${allowed.join(', ')} and nothing else; it also had ${what}.`,
  );
}

/** Makes a JSON reply that no cache keeps (RFC 6749 section 5.1). */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      ...headers,
    },
    body: JSON.stringify(value),
  };
}

/** Turns a refusal into the OAuth error JSON that a client reads. */
export function refusalReply(refusal: Refusal): Reply {
  return json(
    refusal.status,
    { error: refusal.error, error_description: refusal.message },
    { ...refusal.headers },
  );
}

/** Reads one request whole. Throws a Refusal with 413 when the body is larger than 64 KiB. */
export async function readCall(request: IncomingMessage, origin: string): Promise<Call> {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const rawHeaders: [string, string][] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    rawHeaders.push([request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? '']);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    const bytes = Buffer.from(piece as Uint8Array); // a request without setEncoding yields bytes
    size += bytes.length;
    if (size <= BODY_LIMIT) pieces.push(bytes);
  }
  // Read to its end all the same: a connection cut in the middle would hide the answer.
  if (size > BODY_LIMIT) throw new Refusal(413, 'invalid_request', 'The body is larger than 64 KiB.');
  return {
    method: request.method ?? 'GET',
    path: at < 0 ? url : url.slice(0, at),
    rawQuery: at < 0 ? '' : url.slice(at + 1),
    rawHeaders,
    body: Buffer.concat(pieces).toString('utf8'),
    origin,
  };
}

/** Sends a reply. */
export function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(reply.body),
    ...reply.headers,
  });
  response.end(reply.body);
}
