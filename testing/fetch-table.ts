/**
 * What a Fetch port does, looked at on real sockets: the same table for Node's network and for Chromium's, so
 * that a vendor sees no difference. Runs in Node and in an Electron main process; compare what `lookAtFetch`
 * gives with `expectedOfFetch`.
 */
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { commandTexts, sentenceOf } from '../main/messages/index.ts';
import { describeNetworkFailure } from '../main/host/network-failure.ts';
import type { Fetch, FetchInit } from '../main/oauth/ports.ts';

const expectedVersion = '1.2.3';

/** What both networks do. The version given to the fetch under test is 1.2.3. */
export const expectedOfFetch: Readonly<Record<string, unknown>> = {
  'a GET': [200, 'a, b', 'grüße', `Keyfob/${expectedVersion}`, 'no cookie'],
  'a caller’s own user agent': 'mine',
  'a POST': ['application/x-www-form-urlencoded', '4', 'ü=1'],
  'a POST without a body': '0',
  'no cookie after one was set': 'no cookie',
  'no answer from a cache': ['1', '2'],
  'redirects, which are not followed': [
    [301, true, 1],
    [302, true, 1],
    [303, true, 1],
    [307, true, 1],
    [308, true, 1],
  ],
  'a redirect to another scheme': [302, true],
  'a redirect without a place': [302, false, 'no place'],
  'a refusal with a challenge': [401, '{"error":"invalid_client"}'],
  'an error': [500, 'oops'],
  'an empty answer': [204, ''],
  'interim answers': [200, 'at last'],
  'a packed answer': 'packed',
  'a header in Latin-1': '\xfc',
  'a header that cannot be':
    'The request could not be sent: a header contains a character that is not allowed there.',
  'given up': 'The request was cancelled before an answer came.',
  'given up beforehand': 'The request was cancelled before an answer came.',
  'out of time': 'The server did not answer in time.',
  'nobody there': 'The server 127.0.0.1 refused the connection (nothing listens there).',
  'broken off': true,
  'no HTTP': 'The server does not speak HTTP.',
  'no TLS': 'The server and Keyfob have no TLS version or cipher in common.',
  'no such name': true,
};

const init = (more: Partial<FetchInit> = {}): FetchInit => ({
  method: 'GET',
  headers: {},
  redirect: 'manual',
  signal: AbortSignal.timeout(8_000),
  ...more,
});

/** Puts a fetch through the table; what it did, as plain data. */
export async function lookAtFetch(fetch: Fetch): Promise<Record<string, unknown>> {
  const servers: net.Server[] = [];
  const listen = async <S extends net.Server>(server: S): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    return (server.address() as AddressInfo).port; // listens on TCP
  };
  let count = 0;
  const server = http.createServer((request, answer) => {
    count += 1;
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      const [, what = '', status = ''] = (request.url ?? '').split('/');
      const { headers } = request;
      const seen = {
        agent: headers['user-agent'],
        cookie: headers.cookie ?? 'no cookie',
        type: headers['content-type'],
        length: headers['content-length'],
        text: headers['x-text'],
        body,
        count,
      };
      if (what === 'redirect') answer.writeHead(Number(status), { Location: '/seen' }).end('hi');
      else if (what === 'scheme') answer.writeHead(302, { Location: 'com.example.app:/cb?code=1' }).end();
      else if (what === 'nowhere') answer.writeHead(302).end('no place');
      else if (what === 'challenge')
        answer.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end('{"error":"invalid_client"}');
      else if (what === 'error') answer.writeHead(500).end('oops');
      else if (what === 'empty') answer.writeHead(204).end();
      else if (what === 'packed')
        answer.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('packed'));
      else if (what === 'many')
        answer
          .writeHead(200, {
            'X-Many': ['a', 'b'],
            'Set-Cookie': 'a=b; Path=/',
            'X-Seen': JSON.stringify(seen),
          })
          .end('grüße');
      else answer.writeHead(200, { 'Cache-Control': 'max-age=600' }).end(JSON.stringify(seen));
    });
  });
  const origin = `http://127.0.0.1:${await listen(server)}`;
  const seenBy = async (more: Partial<FetchInit>, path = '/seen'): Promise<Record<string, string>> =>
    JSON.parse(await (await fetch(origin + path, init(more))).text()) as Record<string, string>;
  const failure = async (url: string, more: Partial<FetchInit> = {}): Promise<string> =>
    fetch(url, init(more)).then(
      () => 'answered',
      (error: unknown) => sentenceOf(commandTexts, describeNetworkFailure(error)),
    );

  const found: Record<string, unknown> = {};
  const many = await fetch(`${origin}/many`, init());
  const first = JSON.parse(many.headers.get('x-seen') ?? '{}') as Record<string, string>;
  found['a GET'] = [
    many.status,
    many.headers.get('x-many'),
    await many.text(),
    first['agent'],
    first['cookie'],
  ];
  found['a caller’s own user agent'] = (await seenBy({ headers: { 'User-Agent': 'mine' } }))['agent'];
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const post = await seenBy({ method: 'POST', headers: form, body: 'ü=1' });
  found['a POST'] = [post['type'], post['length'], post['body']];
  found['a POST without a body'] = (await seenBy({ method: 'POST' }))['length'];
  found['no cookie after one was set'] = (await seenBy({}))['cookie'];
  count = 0;
  const twice = [await seenBy({}, '/cached'), await seenBy({}, '/cached')];
  found['no answer from a cache'] = twice.map((one) => String(one['count']));
  const redirects: unknown[] = [];
  for (const status of [301, 302, 303, 307, 308]) {
    count = 0;
    const answer = await fetch(`${origin}/redirect/${status}`, init({ method: 'POST', body: 'a=1' }));
    await answer.text();
    redirects.push([answer.status, answer.headers.has('location'), count]);
  }
  found['redirects, which are not followed'] = redirects;
  const scheme = await fetch(`${origin}/scheme`, init());
  found['a redirect to another scheme'] = [scheme.status, scheme.headers.has('location')];
  const nowhere = await fetch(`${origin}/nowhere`, init());
  found['a redirect without a place'] = [
    nowhere.status,
    nowhere.headers.has('location'),
    await nowhere.text(),
  ];
  const challenge = await fetch(`${origin}/challenge`, init({ headers: { Authorization: 'Basic eDp5' } }));
  found['a refusal with a challenge'] = [challenge.status, await challenge.text()];
  const error = await fetch(`${origin}/error`, init());
  found['an error'] = [error.status, await error.text()];
  const empty = await fetch(`${origin}/empty`, init());
  found['an empty answer'] = [empty.status, await empty.text()];
  found['a packed answer'] = await (await fetch(`${origin}/packed`, init())).text();
  found['a header in Latin-1'] = (await seenBy({ headers: { 'X-Text': 'ü' } }))['text'];
  found['a header that cannot be'] = await failure(origin, { headers: { 'X-Text': '\u20ac' } });

  const talkative = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n',
      );
      setTimeout(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nat last'), 20);
    });
  });
  const interim = await fetch(
    `http://127.0.0.1:${await listen(talkative)}/`,
    init({ method: 'POST', body: 'a=1' }),
  );
  found['interim answers'] = [interim.status, await interim.text()];

  const silent = `http://127.0.0.1:${await listen(net.createServer((socket) => socket.on('error', () => undefined)))}/`;
  const given = new AbortController();
  const waiting = failure(silent, { signal: given.signal });
  setTimeout(() => given.abort(), 100);
  found['given up'] = await waiting;
  found['given up beforehand'] = await failure(silent, { signal: given.signal });
  found['out of time'] = await failure(silent, { signal: AbortSignal.timeout(100) });
  const closed = net.createServer();
  const gone = await listen(closed);
  await new Promise((resolve) => closed.close(resolve));
  found['nobody there'] = await failure(`http://127.0.0.1:${gone}/?code=secret`);
  const abrupt = await listen(net.createServer((socket) => socket.once('data', () => socket.destroy())));
  found['broken off'] = /was closed before an answer came\.$/.test(
    await failure(`http://127.0.0.1:${abrupt}/`),
  );
  const odd = await listen(
    net.createServer((socket) => socket.on('error', () => undefined).end('hello there\r\n\r\n')),
  );
  found['no HTTP'] = await failure(`http://127.0.0.1:${odd}/`);
  found['no TLS'] = await failure(`https://127.0.0.1:${odd}/`);
  found['no such name'] = /^The name of the server vendor\.invalid /.test(
    await failure('http://vendor.invalid/?code=secret'),
  );
  for (const one of servers) one.close();
  return found;
}
