// The network: requests by this machine's proxies and certificates, and word of a changed network.
//
// Invariants: loopback is never proxied, whatever NO_PROXY says; the system's certificate store is added to
// Node's own and to NODE_EXTRA_CA_CERTS, and takes nothing away; no cookie is kept, no redirect followed.
//
// No flag or environment variable of Node's own is needed. The certificates are `tls.setDefaultCACertificates` (Node
// 24.5); an older runtime has it not, then they are left as the runtime has them. A proxy is
// asked for a tunnel (CONNECT) for http too; HTTP_PROXY is taken for https where HTTPS_PROXY is unset.
import os from 'node:os';
import process from 'node:process';
import tls from 'node:tls';
import type { Fetch } from '../oauth/ports.ts';
import { httpFetch } from './http-fetch.ts';
import { goesRound } from './no-proxy.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The port's fetch over the system's network: the proxies of an environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in
 * lower case first; one that is no http URL is left out), and the system's certificates (see `openNetwork`). `version` goes into the user agent `Keyfob/<version>` that is
 * sent unless the caller names one. Header values are sent as Latin-1, a byte a character.
 */
export function createFetch(options: { env?: Environment; version: string }): Fetch {
  const proxyFor = openNetwork(options.env ?? process.env);
  return async (url, init) => {
    const named = Object.keys(init.headers).some((name) => name.toLowerCase() === 'user-agent');
    const headers = named ? init.headers : { ...init.headers, 'user-agent': `Keyfob/${options.version}` };
    return httpFetch(url, { ...init, headers }, proxyFor(url));
  };
}

/**
 * Gives the proxy of a URL that is about to be asked, or null, by the same environment as `createFetch`. The first time
 * that one of the two is https, the system's certificates are read, in some 50 ms and 10 MB, and trusted by the whole
 * process from then on.
 */
export function openNetwork(env: Environment): (url: string) => string | null {
  const proxyFor = proxiesOf(env);
  return (url) => {
    const proxy = proxyFor(url);
    if (isHttps(url) || (proxy !== null && isHttps(proxy))) trustSystemCertificates();
    return proxy;
  };
}

function isHttps(url: string): boolean {
  return new URL(url).protocol === 'https:';
}

/** Whether a URL's host name is this machine itself: localhost and below it, 127.0.0.0/8, ::1. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    host === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}

/**
 * Calls back when the machine's addresses have changed, seen by looking every `everyMs` (5,000 when omitted).
 * The answer ends it. Keeps no process alive.
 */
export function onNetworkChange(callback: () => void, options: { everyMs?: number } = {}): () => void {
  let before = addresses();
  const timer = setInterval(() => {
    const now = addresses();
    if (now === before) return;
    before = now;
    callback();
  }, options.everyMs ?? 5000);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

function addresses(): string {
  try {
    const all = Object.entries(os.networkInterfaces()).flatMap(([name, found]) =>
      (found ?? [])
        .filter(({ internal }) => !internal)
        .map(({ cidr, address }) => `${name} ${cidr ?? address}`),
    );
    return all.sort().join('\n');
  } catch {
    return '';
  }
}

/** Gives the proxy of a URL, or null. */
function proxiesOf(env: Environment): (url: string) => string | null {
  const noProxy = env['no_proxy'] || env['NO_PROXY'] || '';
  const forHttp = proxyOf(env, 'http_proxy');
  const forHttps = proxyOf(env, 'https_proxy') ?? forHttp;
  return (url) => {
    const { protocol, hostname } = new URL(url);
    const proxy = protocol === 'https:' ? forHttps : forHttp;
    return proxy === null || isLoopback(hostname) || goesRound(url, noProxy) ? null : proxy;
  };
}

/** The proxy that a variable names; null: none, or what is no http URL. */
function proxyOf(env: Environment, lower: string): string | null {
  const value = (env[lower] || env[lower.toUpperCase()] || '').trim();
  if (value === '') return null;
  // As curl: a proxy without a scheme is an HTTP proxy.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  return URL.canParse(url) && /^https?:/i.test(url) ? url : null;
}

let areTrusted = false;

/** Adds the system's certificates to Node's own, once, where the runtime can; `keyfob doctor` tells of them. */
function trustSystemCertificates(): void {
  if (areTrusted) return;
  areTrusted = true;
  if (typeof tls.setDefaultCACertificates !== 'function' || typeof tls.getCACertificates !== 'function')
    return;
  try {
    // 'default' holds Node's own and those of NODE_EXTRA_CA_CERTS.
    const known = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...new Set([...known, ...tls.getCACertificates('system')])]);
  } catch {
    // A store that cannot be read adds none: Node's own are trusted.
  }
}
