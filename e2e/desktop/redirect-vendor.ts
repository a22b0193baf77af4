// A vendor that sends people back in every way a page can, and a listener where they are sent to, which
// should see nothing.
import http from 'node:http';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';

export interface RedirectVendor {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly tokenUrl: string;
  /** `http://127.0.0.1:PORT/cb`, where a listener stands. */
  readonly redirectUri: string;
  /** The same path on another port, where a listener stands as well. */
  readonly otherPort: string;
  /** What the listeners saw, as `METHOD URL BODY`. */
  readonly seen: string[];
  /** Sets a page (HTML) or a redirect (its target) for a way; `TO` and `STATE` are filled in from the request. */
  way(name: string, page: Page): void;
  authorizeUrl(way: string): string;
  close(): Promise<void>;
}

/** A page's HTML, or where it redirects to. In both `TO` is the redirect URI, `STATE` the flow's state. */
export type Page = { readonly html: string } | { readonly status: 302 | 307; readonly to: string };

/** Runs a script a moment after the page was loaded. */
export const script = (code: string): string =>
  `<!doctype html><title>Vendor</title><body style="background:#fff">The vendor’s page` +
  `<script>setTimeout(() => { ${code} }, 150)</script>`;

/** A form with an answer in it, which submits itself. */
export const form = (to: string, attributes = ''): string =>
  `<form method="post" action="${to}" ${attributes}><input name="code" value="c"><input name="state" value="STATE">` +
  `</form>${script('document.forms[0].submit()')}`;

async function listen(handler: http.RequestListener, servers: net.Server[]): Promise<string> {
  const server = http.createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listens on TCP
}

/** Starts the vendor. */
export async function startRedirectVendor(): Promise<RedirectVendor> {
  const servers: http.Server[] = [];
  const seen: string[] = [];
  const pages = new Map<string, Page>();
  const counts: http.RequestListener = (request, answer) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      seen.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`.trim());
      answer.end('seen');
    });
  };
  const redirectUri = `${await listen(counts, servers)}/cb`;
  const otherPort = `${await listen(counts, servers)}/cb`;
  const origin = await listen((request, answer) => {
    const url = new URL(request.url ?? '/', 'http://vendor.invalid');
    if (url.pathname === '/token') {
      answer.writeHead(200, { 'Content-Type': 'application/json' });
      answer.end(JSON.stringify({ access_token: 't', token_type: 'Bearer', expires_in: 3600 }));
      return;
    }
    const page = pages.get(url.pathname.slice(1));
    if (page === undefined) {
      answer.writeHead(404).end('no such way');
      return;
    }
    // Pages that follow on one another pass on what they were asked with.
    const fill = (text: string): string =>
      text
        .replaceAll('TO', url.searchParams.get('redirect_uri') ?? '')
        .replaceAll('STATE', url.searchParams.get('state') ?? '')
        .replaceAll('ASKED', url.search);
    if ('to' in page) answer.writeHead(page.status, { Location: fill(page.to) }).end();
    else answer.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(fill(page.html));
  }, servers);
  return {
    origin,
    tokenUrl: `${origin}/token`,
    redirectUri,
    otherPort,
    seen,
    way: (name, page) => void pages.set(name, page),
    authorizeUrl: (way) => `${origin}/${way}`,
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
