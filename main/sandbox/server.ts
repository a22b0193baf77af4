/**
 * Brings the five practice vendors to one loopback port.
 *
 * Invariants: it listens on 127.0.0.1 alone; a request whose `Host` is not loopback goes nowhere (a page on
 * the web must not reach it by DNS rebinding); each vendor has a path of its own, and nothing is shared but
 * the store; an unexpected fault answers 500 without a word of the request.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { controlRoutes } from './control.ts';
import type { SandboxDescription } from './description.ts';
import { json, readCall, Refusal, refusalReply, send } from './http.ts';
import type { Call, Reply } from './http.ts';
import { problemPage } from './pages.ts';
import type { Store } from './store.ts';
import { headerVendor } from './vendors/headers.ts';
import { jsonVendor } from './vendors/json.ts';
import { officerndVendor } from './vendors/officernd.ts';
import { organizationVendor } from './vendors/organization.ts';

type Vendor = (call: Call, path: string) => Reply | undefined;

/** Makes the server; it does not listen yet. `describe` is asked once it does. */
export function sandboxServer(store: Store, describe: () => SandboxDescription): Server {
  const vendors = new Map<string, Vendor>([
    ['/eptura', (call, path) => headerVendor(call, path, 'eptura-workplace', store)],
    ['/ioffice', (call, path) => headerVendor(call, path, 'ioffice', store)],
    ['/json', jsonVendor(store)],
    ['/organization', (call, path) => organizationVendor(call, path, store)],
    ['/officernd', officerndVendor(store)],
  ]);

  const route = (call: Call): Reply => {
    const control = controlRoutes(call, describe(), store);
    if (control !== undefined) return control;
    const end = call.path.indexOf('/', 1);
    const vendor = end < 0 ? undefined : vendors.get(call.path.slice(0, end));
    return vendor?.(call, call.path.slice(end)) ?? nothingHere(call);
  };

  return createServer((request, response) => {
    const answer = async (): Promise<Reply> => {
      const call = await readCall(request, ownOrigin(request));
      return route(call);
    };
    answer()
      .catch((cause: unknown) => {
        if (cause instanceof Refusal) return refusalReply(cause);
        return json(500, { error: 'server_error', error_description: 'The practice vendor has a fault.' });
      })
      .then((reply) => {
        if (!response.destroyed) send(response, reply);
      })
      .catch(() => response.destroy());
  });
}

function nothingHere(call: Call): Reply {
  const browser = call.rawHeaders.some(
    ([name, value]) => name.toLowerCase() === 'accept' && value.includes('text/html'),
  );
  if (browser)
    return problemPage('Nothing is here', ['The practice vendor has no page at this address.'], 404);
  return json(404, {
    error: 'not_found',
    error_description: 'The practice vendor has nothing at this address.',
  });
}

/** Gives the origin that the request came to; refuses every host that is not loopback with 421. */
function ownOrigin(request: IncomingMessage): string {
  const host = request.headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host)) {
    throw new Refusal(421, 'invalid_request', 'The practice vendor answers on loopback only.');
  }
  return `http://${host.toLowerCase()}`;
}
