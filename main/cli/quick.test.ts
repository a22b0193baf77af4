// The bytes of an answer, as the short way reads them: whole, in pieces, in chunks, cut off.
import http from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { cleanUp, makeFolder } from '../../testing/program.ts';
import { socketIn } from '../../testing/system.ts';
import { readResponse } from './quick.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

describe('an answer that the short way reads', () => {
  it('is whole with its last byte, and not before', () => {
    const all = bytes(
      `${head}content-LENGTH:  5\r\n\r\n{"ä"}`.replace('5', String(Buffer.byteLength('{"ä"}'))),
    );
    for (let length = 0; length < all.length; length += 1) {
      expect(readResponse(all.subarray(0, length), false)).toBeUndefined();
      expect(readResponse(all.subarray(0, length), true)).toBeUndefined();
    }
    expect(readResponse(all, false)).toEqual({ status: 200, text: '{"ä"}' });
  });

  it('without a length goes to the end of the connection', () => {
    expect(readResponse(bytes(`${head}\r\n{}`), false)).toBeUndefined();
    expect(readResponse(bytes(`${head}\r\n{}`), true)).toEqual({ status: 200, text: '{}' });
  });

  it.each([
    'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\n{}',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
    'HTTP/2 200\r\n\r\n{}',
    'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    '',
  ])('is none: %j', (text) => {
    expect(readResponse(bytes(text), true)).toBeUndefined();
  });

  it('comes out as a real server sent it, with a length and in chunks', async () => {
    const socket = socketIn(makeFolder());
    const text = JSON.stringify({ access_token: 'ü'.repeat(40_000) });
    const server = http.createServer((request, response) => {
      response.writeHead(request.url === '/none' ? 404 : 200);
      if (request.url === '/length') response.end(text);
      else for (let at = 0; at < text.length; at += 7_001) response.write(text.slice(at, at + 7_001));
      response.end();
    });
    await new Promise<void>((ready) => server.listen(socket, ready));
    for (const [url, status] of [
      ['/length', 200],
      ['/chunks', 200],
      ['/none', 404],
    ]) {
      const chunks: Buffer[] = [];
      const connection = connect(socket);
      connection.write(`GET ${String(url)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      for await (const chunk of connection) chunks.push(chunk as Buffer);
      expect(readResponse(Buffer.concat(chunks), true)).toEqual({ status, text });
    }
    await new Promise((done) => server.close(done));
    await cleanUp();
  });
});
