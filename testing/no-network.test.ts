import dns from 'node:dns/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import tls from 'node:tls';

import { describe, expect, it } from 'vitest';

import { isLoopback, takeReached } from './no-network.ts';

describe('the network guard', () => {
  it('lets a test speak to its own server', async () => {
    const server = createServer((_request, response) => response.end('here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // a TCP server has an address with a port
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe('here');
    }
    server.closeAllConnections();
    server.close();
    expect(takeReached()).toEqual([]);
  });

  it('refuses fetch, net, tls and DNS beyond this machine, and fails the test for it', async () => {
    await expect(fetch('http://192.0.2.1/')).rejects.toThrow();
    await expect(fetch('https://example.com/')).rejects.toThrow();
    await expect(once(connect(80, '192.0.2.2'), 'connect')).rejects.toThrow(
      'a test tried to reach 192.0.2.2',
    );
    await expect(once(tls.connect({ host: 'example.net', port: 443 }), 'connect')).rejects.toThrow();
    await expect(dns.lookup('example.org')).rejects.toThrow();
    expect(takeReached()).toEqual(['192.0.2.1', 'example.com', '192.0.2.2', 'example.net', 'example.org']);
  });

  it('lets a name that never exists fail as it would anywhere', async () => {
    await expect(once(connect(80, 'vendor.invalid'), 'connect')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(takeReached()).toEqual([]);
  });

  it('knows this machine', () => {
    for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.8.9.1', '::1', '[::1]']) {
      expect(isLoopback(host)).toBe(true);
    }
    for (const host of ['127.0.0.1.example.com', 'localhost.example.com', '10.0.0.1', '::2', '0.0.0.0']) {
      expect(isLoopback(host)).toBe(false);
    }
  });
});
