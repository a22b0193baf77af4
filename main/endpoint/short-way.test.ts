import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';

import { endpointKit, type EndpointKit } from '../../testing/endpoint-kit.ts';
import { readRequest, send } from './bridge.ts';
import { problemResponse } from './response.ts';
import { answerShortly } from './short-way.ts';
import type { HttpListener } from './types.ts';

const targets = ['/v1/token', '/v1/accounts', '/v1/health', '/v1/status', '/v1/openapi.json'].flatMap(
  (path) => [
    path,
    `${path}?`,
    `${path}?account=hq`,
    `${path}?account=hq&account=hq`,
    `${path}?account=berlin&min_valid=10`,
    `${path}?min_valid=99999`,
    `${path}?min_valid=-1`,
    `${path}?account=%68q&x=%zz`,
    `${path}?account=h%C3%A4q`,
    `${path}?scope=a+b&provider=oauth2`,
    `${path}#a?account=hq`,
    `${path}?account=hq#a`,
    `${path}?acc"ount='hq'`,
    `${path}/`,
    `${path}/../token`,
    `/./${path}`,
    path.replace('v1', '%761'),
    `http://127.0.0.1:1${path}`,
  ],
);
const headers = [
  '',
  'Accept: text/plain\r\n',
  'Accept: application/json;q=0.5\r\nAccept: text/plain\r\n',
  'Authorization: Bearer KEY\r\n',
  'authorization:   bearer   KEY  \r\n',
  'Authorization: Bearer KEY\r\nAuthorization: Bearer KEY\r\n',
  'Authorization: Basic KEY\r\n',
  'Authorization: Bearer kf_wrong\r\n',
  'X-Odd: \x80\xff\r\n',
  'Accept:\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: websocket\r\nConnection: upgrade\r\n',
];
const requests = targets.flatMap((target, index) =>
  headers
    // Each header with every third target, so that each path meets all of them.
    .filter((_, other) => (index + other) % 3 === 0)
    .map((lines) => `GET ${target} HTTP/1.1\r\nHost: x\r\n${lines}`),
);
const others = ['HEAD', 'POST', 'OPTIONS', 'TRACE', 'DELETE'].map(
  (method) => `${method} /v1/token HTTP/1.1\r\nHost: x\r\n`,
);

/** All requests, each on a connection of its own: what came back of each, and the audit's lines. */
async function answers(
  way: 'short' | 'long',
  via: HttpListener,
): Promise<{ answers: string[]; lines: unknown[]; short: number }> {
  await using k: EndpointKit = await endpointKit([{ name: 'hq', selected: true }, { name: 'berlin' }]);
  const { key } = await k.access.clients.add({ name: 'bot', accounts: ['hq'] });
  let short = 0;
  const server = createServer({ requireHostHeader: false }, (incoming, outgoing) => {
    const bindings = { listener: via, peer: undefined };
    if (way === 'short' && answerShortly(k.endpoint.handler, incoming, outgoing, bindings)) {
      short += 1;
      return;
    }
    const request = readRequest(incoming, outgoing);
    if (request === null) void send(incoming, outgoing, problemResponse(new Error('unreadable')));
    else void k.endpoint.handler.fetch(request, via).then((answer) => send(incoming, outgoing, answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const heard: string[] = [];
  for (const request of [...requests, ...others]) {
    const bytes = `${request.replaceAll('KEY', key)}Connection: close\r\n\r\n`;
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
      socket.on('close', () => resolve(text));
      socket.on('error', () => undefined);
      socket.write(bytes, 'latin1');
      if (/Content-Length: 5|chunked/.test(bytes)) setTimeout(() => socket.end(), 20);
    });
    heard.push(answer.replace(/^Date: .*\r\n/m, ''));
  }
  const lines = await k.access.audit.tail(10_000);
  await new Promise((resolve) => void server.close(resolve));
  return { answers: heard, lines, short };
}

describe('the short way', () => {
  it.each(['socket', 'tcp'] as const)(
    'answers and audits byte for byte as the long one (%s)',
    async (via) => {
      const [short, long] = [await answers('short', via), await answers('long', via)];
      expect(long.short).toBe(0);
      expect(short.short).toBeGreaterThan(150);
      const all = [...requests, ...others];
      expect(all.map((request, i) => [request, short.answers[i]])).toEqual(
        all.map((request, i) => [request, long.answers[i]]),
      );
      expect(short.lines).toEqual(long.lines);
      expect(short.lines.length).toBeGreaterThan(30);
    },
  );
});
