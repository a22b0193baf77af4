// A pasted sign-in on a loopback redirect URI: whoever listens where it leads would get the code.
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import type { SignInFlow } from '../accounts/ports.ts';
import { freePort } from '../../testing/program.ts';
import { answerNames } from '../oauth/dialect/redirect.ts';
import { createCallbackSignIn } from './callback.ts';

const signIn = createCallbackSignIn();
const others: net.Server[] = [];
afterEach(async () => {
  await signIn.close();
  for (const other of others.splice(0)) other.close();
});

function begin(redirectUri: string | null, paste = true): Promise<SignInFlow> {
  const request = {
    id: 'f',
    account: 'hq',
    providerName: 'Vendor',
    redirectUri,
    paste,
    browser: false,
    stateless: false,
    answerNames: answerNames(),
  };
  return signIn.begin(
    request,
    () => ({ taken: true }),
    () => undefined,
  );
}

/** Another program that listens at an address; the code of its failure, or its port. */
function listen(address: string, port: number): Promise<number | string> {
  const server = net.createServer((connection) => connection.destroy());
  others.push(server);
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    server.listen({ host: address, port, ipv6Only: address === '::1' }, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const end = { account: 'hq', problem: null };

describe('a pasted sign-in', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:PORT/cb'],
    ['0.0.0.0', 'http://127.0.0.1:PORT/cb'],
    ['127.0.0.1', 'http://localhost:PORT/cb'],
    ['::1', 'http://localhost:PORT/cb'],
    ['::', 'http://localhost:PORT/cb'],
    ['::1', 'http://[::1]:PORT/'],
    ['127.0.0.1', 'https://localhost:PORT/cb'],
    ['127.0.0.1', 'https://app.localhost:PORT/cb'],
    ['127.0.0.2', 'http://127.0.0.2:PORT/cb'],
  ])('does not begin while another program listens at %s for %s', async (address, uri) => {
    const port = await listen(address, 0);
    const redirectUri = uri.replace('PORT', String(port));
    const refused = { problem: { code: 'bad_request', reason: 'redirect_port_in_use', params: { port } } };
    await expect(begin(redirectUri)).rejects.toMatchObject(refused);
    // Nothing is held by what did not begin.
    for (const other of others.splice(0)) await new Promise((resolve) => other.close(resolve));
    await (await begin(redirectUri)).end(end);
  });

  it('holds the port of its redirect URI until it ends, on both addresses of localhost', async () => {
    const port = await freePort();
    const flow = await begin(`http://localhost:${String(port)}/cb`);
    expect(await listen('127.0.0.1', port)).toBe('EADDRINUSE');
    expect(await listen('::1', port)).toBe('EADDRINUSE');
    await flow.end(end);
    expect(await listen('127.0.0.1', port)).toBe(port);
    expect(await listen('::1', port)).toBe(port);
  });

  it('tells a browser that comes there to copy the address, and takes nothing by itself', async () => {
    const port = await freePort();
    const uri = `http://127.0.0.1:${String(port)}/cb`;
    await begin(uri);
    const answer = await fetch(`${uri}?code=hunter2&state=s`);
    const text = await answer.text();
    expect([answer.status, answer.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    expect(text).toContain('Copy the address of this page');
    expect(text).not.toContain('hunter2');
    const status = await new Promise((resolve) => {
      http.get(uri, { headers: { host: 'evil.example.com' } }, (got) => resolve(got.resume().statusCode));
    });
    expect(status).toBe(421);
  });

  it('without a registered redirect URI takes a free port and holds it', async () => {
    const flow = await begin(null);
    const port = Number(/^http:\/\/127\.0\.0\.1:(\d+)\/callback$/.exec(flow.redirectUri)?.[1]);
    expect(await listen('127.0.0.1', port)).toBe('EADDRINUSE');
    await flow.end(end);
    expect(await listen('127.0.0.1', port)).toBe(port);
  });

  it('is begun anew while the older one is still ending', async () => {
    const uri = `http://127.0.0.1:${String(await freePort())}/cb`;
    const first = await begin(uri);
    void first.end(end);
    await (await begin(uri)).end(end);
    const listening = await begin(uri, false);
    void listening.end(end);
    await begin(uri);
  });

  it('of a redirect URI that leads elsewhere holds nothing', async () => {
    const flow = await begin('https://app.example.com/cb');
    expect(await flow.show('https://vendor.example.com/')).toEqual({ url: 'https://vendor.example.com/' });
    await flow.end(end);
    await (await begin('com.example.app:/cb')).end(end);
  });
});

it('a sign-in whose port another program has does not send the person to --paste', async () => {
  const port = await listen('127.0.0.1', 0);
  await expect(begin(`http://127.0.0.1:${String(port)}/cb`, false)).rejects.toHaveProperty('problem', {
    code: 'bad_request',
    reason: 'redirect_port_in_use',
    params: { port },
  });
});
