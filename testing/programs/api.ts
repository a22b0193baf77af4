// An API on loopback that takes the vendor's tokens and no other: each is looked up where the vendor keeps them.
import http from 'node:http';
import https from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Provider from 'oidc-provider';

import { secureOptions } from './certificate.ts';
import type { Certificate } from './certificate.ts';

export interface Seen {
  readonly path: string;
  /** What stood in `Authorization`, or an empty text. */
  readonly authorization: string;
  readonly token: string;
  readonly taken: boolean;
}

export interface Api {
  /** `http://127.0.0.1:PORT`, or `https`. */
  readonly origin: string;
  /** Each request, in order. */
  readonly seen: Seen[];
  /** Ends a token before its end. */
  refuse(token: string): void;
  /** Whether a token is the vendor's, lives, and is not refused. */
  takes(token: string): Promise<boolean>;
  close(): void;
}

/** How a token comes: RFC 6750, as the password of HTTP Basic, or as it is. */
type Way = 'bearer' | 'basic' | 'bare';

export interface ApiOptions {
  readonly way?: Way;
  /** With it the API speaks TLS. */
  readonly certificate?: Certificate;
  /** What is answered to a request whose token was taken; a small JSON object when left out. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
}

/** Starts one for the tokens of a vendor. */
export async function startApi(
  vendor: Provider,
  { way = 'bearer', answer = answerName, certificate }: ApiOptions = {},
): Promise<Api> {
  const refused = new Set<string>();
  const seen: Seen[] = [];
  const takes = async (token: string): Promise<boolean> =>
    token !== '' && !refused.has(token) && (await vendor.AccessToken.find(token))?.isValid === true;
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      void (async () => {
        const { url = '', headers } = request;
        const authorization = headers.authorization ?? '';
        const token = tokenOf(authorization, way);
        const taken = await takes(token);
        seen.push({ path: url, authorization, token, taken });
        if (taken) return answer(request, response, Buffer.concat(parts));
        const wanted = way === 'basic' ? 'Basic realm="programs"' : 'Bearer error="invalid_token"';
        response.writeHead(401, { 'www-authenticate': wanted }).end();
      })();
    });
  };
  const server =
    certificate === undefined
      ? http.createServer(handle)
      : https.createServer(secureOptions(certificate), handle);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    // Listening on TCP, so not a pipe's name.
    origin: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    takes,
    refuse: (token) => void refused.add(token),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answerName(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"Alice"}\n');
}

function tokenOf(authorization: string, way: Way): string {
  if (way === 'bare') return authorization;
  const [, scheme = '', value = ''] = /^(\S+) (.*)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== way) return '';
  return way === 'bearer'
    ? value
    : Buffer.from(value, 'base64')
        .toString()
        .replace(/^[^:]*:/, '');
}

/** Answers by passing the request on to a server that asks for no token. */
export function passTo(
  origin: string,
  headers: Readonly<Record<string, string>> = {},
): NonNullable<ApiOptions['answer']> {
  return (request, response, body) => {
    const { authorization: _, ...rest } = request.headers;
    const onward = http.request(
      new URL(request.url ?? '/', origin),
      { method: request.method, headers: { ...rest, ...headers }, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    onward.end(body);
  };
}
