// The network: Node's fetch with this machine's proxies and certificates, and word of a changed network.
//
// Invariants: loopback is never proxied, whatever NO_PROXY says; the system's certificate store is added to
// Node's own and to NODE_EXTRA_CA_CERTS, and takes nothing away; no cookie is kept, no redirect followed.
//
// Both are set up inside the process, so that no flag or environment variable of Node's own is needed:
// `http.setGlobalProxyFromEnv` (Node 24.14) and `tls.setDefaultCACertificates` (Node 24.5); an older
// runtime has neither, then that part is left as the runtime does it and `describe` says so. Node asks an
// HTTP proxy for a tunnel (CONNECT) for http too, and takes HTTP_PROXY for https where HTTPS_PROXY is unset.
import http from 'node:http';
import os from 'node:os';
import process from 'node:process';
import tls from 'node:tls';
import type { Fetch } from '../oauth/ports.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SystemNetwork {
  /** One sentence a person can check: proxies (without their passwords) and certificates. */
  describe(): string;
  /** Takes the proxies back. The certificates stay: Node cannot forget them. */
  restore(): void;
}

/**
 * Makes Node's fetch and https use the proxies of an environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in
 * lower case first) and trust the system's certificates. Reading those takes some 50 ms, once. Proxies that
 * are no URL are left out and said in `describe`.
 */
export function useSystemNetwork(env: Environment = process.env): SystemNetwork {
  const proxies = useProxies(env);
  const certificates = useSystemCertificates();
  return { describe: () => `${proxies.sentence} ${certificates}`, restore: proxies.restore };
}

/**
 * The port's fetch over the system's network. `version` goes into the user agent `Keyfob/<version>` that is
 * sent unless the caller names one. Header values are sent as Latin-1, a byte a character.
 */
export function createFetch(options: { env?: Environment; version: string }): {
  fetch: Fetch;
  describe(): string;
  restore(): void;
} {
  direct ??= directDispatcher();
  const network = useSystemNetwork(options.env ?? process.env);
  const send: Fetch = async (url, init) => {
    const headers = new Headers(init.headers);
    if (!headers.has('user-agent')) headers.set('user-agent', `Keyfob/${options.version}`);
    const request: RequestInit & { dispatcher?: unknown } = { ...init, headers };
    // NO_PROXY's patterns cannot say "all of loopback" (127.0.0.2, ::1): such requests go round the proxy.
    if (direct !== undefined && isLoopback(new URL(url).hostname)) request.dispatcher = direct;
    return fetch(url, request); // Node's fetch takes a dispatcher; the DOM's type does not know
  };
  return { fetch: send, describe: network.describe, restore: network.restore };
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
 * Calls back when the machine's addresses have changed, seen by looking every `everyMs` (5,000 when unsaid).
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

function useProxies(env: Environment): { sentence: string; restore: () => void } {
  const nothing = (): void => undefined;
  const httpProxy = proxyOf(env, 'http_proxy');
  const httpsProxy = proxyOf(env, 'https_proxy');
  const bad = [httpProxy, httpsProxy].filter((proxy) => proxy.kind === 'bad');
  const said =
    bad.length === 0
      ? ''
      : ` What ${bad.map(({ name }) => name).join(' and ')} says is no http URL and is left out.`;
  if (httpProxy.kind !== 'good' && httpsProxy.kind !== 'good') {
    return { sentence: `No proxy.${said}`, restore: nothing };
  }
  if (typeof http.setGlobalProxyFromEnv !== 'function') {
    return { sentence: `This runtime cannot use a proxy from the environment.${said}`, restore: nothing };
  }
  const noProxy = env['no_proxy'] || env['NO_PROXY'] || '';
  const restore = http.setGlobalProxyFromEnv({
    ...(httpProxy.kind === 'good' ? { http_proxy: httpProxy.url } : {}),
    ...(httpsProxy.kind === 'good' ? { https_proxy: httpsProxy.url } : {}),
    // For everything that does not go through `createFetch`, as far as the patterns reach.
    no_proxy: [noProxy, 'localhost', '.localhost', '127.0.0.1', '127.0.0.1-127.255.255.255']
      .filter(Boolean)
      .join(','),
  });
  const shown = [httpProxy, httpsProxy].flatMap((proxy) =>
    proxy.kind === 'good' ? [`${proxy.name} ${new URL(proxy.url).host}`] : [],
  );
  return { sentence: `Proxy: ${shown.join(', ')}.${said}`, restore };
}

type Proxy =
  | { readonly kind: 'none' | 'bad'; readonly name: string }
  | { readonly kind: 'good'; readonly name: string; readonly url: string };

function proxyOf(env: Environment, lower: string): Proxy {
  const name = lower.toUpperCase();
  const value = (env[lower] || env[name] || '').trim();
  if (value === '') return { kind: 'none', name };
  // As curl: a proxy without a scheme is an HTTP proxy.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  return URL.canParse(url) && /^https?:/i.test(url) ? { kind: 'good', name, url } : { kind: 'bad', name };
}

function useSystemCertificates(): string {
  if (typeof tls.setDefaultCACertificates !== 'function' || typeof tls.getCACertificates !== 'function') {
    return "This runtime cannot add the system's certificates; NODE_EXTRA_CA_CERTS names a file of more.";
  }
  try {
    // 'default' holds Node's own and those of NODE_EXTRA_CA_CERTS.
    const known = tls.getCACertificates('default');
    const system = tls.getCACertificates('system');
    tls.setDefaultCACertificates([...new Set([...known, ...system])]);
    return system.length === 0
      ? "The system's certificate store is empty; Node's own certificates are trusted."
      : "The system's certificates are trusted beside Node's own.";
  } catch {
    return "The system's certificate store cannot be read; Node's own certificates are trusted.";
  }
}

// The dispatcher from before any proxy was set; kept over all calls of createFetch.
let direct: object | undefined;

// undici keeps fetch's dispatcher under this symbol, so that versions of it can share one. With
// NODE_USE_ENV_PROXY it is a proxy's from the start: then the list in NO_PROXY must do.
function directDispatcher(): object | undefined {
  const found = (globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.1')]; // read only
  if (typeof found !== 'object' || found === null) return undefined;
  return found.constructor.name === 'EnvHttpProxyAgent' ? undefined : found;
}
