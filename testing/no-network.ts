/**
 * Set-up file of every test: nothing may reach beyond this machine.
 *
 * Every connection of Node (net, tls, http, fetch) passes `Socket.prototype.connect`. Loopback addresses,
 * `localhost` and Unix sockets pass; a name under `.invalid` fails as it would anywhere (RFC 6761 §6.4), which
 * is how a test tells of a vendor that cannot be reached. Everything else fails at once with
 * ENETUNREACH **and** fails the test, even when the code under test handles the error. Names are refused
 * before they are looked up, so that no DNS query leaves either.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { Socket, isIP } from 'node:net';

import { afterEach } from 'vitest';

/** Tells whether `host`, a name or an address, is this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true;
  if (isIP(bare) === 4) return bare.startsWith('127.');
  if (isIP(bare) === 6) return bare === '::1' || bare.startsWith('::ffff:127.');
  return false;
}

/** Returns the host that the arguments of `connect` name, or undefined for a path and for no host at all. */
function hostOf(args: readonly unknown[]): string | undefined {
  // net.connect and tls.connect pass their arguments on as one normalised array.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) {
    if ('path' in first && typeof first.path === 'string') return undefined;
    return 'host' in first && typeof first.host === 'string' ? first.host : undefined;
  }
  return typeof second === 'string' ? second : undefined;
}

function refusal(host: string): NodeJS.ErrnoException {
  const nowhere = host.toLowerCase().endsWith('.invalid');
  if (!nowhere) reached.push(host);
  const text = nowhere ? `getaddrinfo ENOTFOUND ${host}` : `a test tried to reach ${host}`;
  return Object.assign(new Error(text), {
    code: nowhere ? 'ENOTFOUND' : 'ENETUNREACH',
    syscall: nowhere ? 'getaddrinfo' : 'connect',
    hostname: host,
  });
}

const reached: string[] = [];

const connect: (this: Socket, ...args: never[]) => Socket = Socket.prototype.connect;

Socket.prototype.connect = function (this: Socket, ...args: never[]): Socket {
  const host = hostOf(args);
  if (host === undefined || isLoopback(host)) return connect.apply(this, args);
  const error = refusal(host);
  process.nextTick(() => this.destroy(error));
  return this;
};

const lookup: (...args: never[]) => void = dns.lookup;
const lookupPromise: (...args: never[]) => Promise<unknown> = dns.promises.lookup;

Object.assign(dns, {
  lookup(host: string, ...rest: unknown[]): void {
    if (isIP(host) !== 0 || isLoopback(host)) return lookup(...([host, ...rest] as never[]));
    const error = refusal(host);
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(() => void Reflect.apply(done, undefined, [error]));
  },
});
Object.assign(dns.promises, {
  async lookup(host: string, ...rest: unknown[]): Promise<unknown> {
    if (isIP(host) !== 0 || isLoopback(host)) return lookupPromise(...([host, ...rest] as never[]));
    throw refusal(host);
  },
});
syncBuiltinESMExports();

afterEach(() => {
  const hosts = reached.splice(0);
  if (hosts.length > 0) throw new Error(`This test reached beyond the machine: ${hosts.join(', ')}.`);
});

/** Takes note of, and forgets, what was reached so far: for the test of this file alone. */
export function takeReached(): string[] {
  return reached.splice(0);
}
