// The metadata of vendors that have an issuer (OpenID Connect Discovery 1.0), and with it their endpoints.
import * as oauth from 'oauth4webapi';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import type { ClientContext } from './client-context.ts';
import { judgeAnswer } from './dialect/answer.ts';
import { endpointsOf, issuerOf } from './endpoints.ts';
import type { Failing } from './outcome.ts';
import type { OutgoingRequest } from './ports.ts';
import { send, type TransportPorts } from './transport.ts';

/** OpenID Connect Discovery 1.0 section 4.1. Pure. */
export function discoveryRequest(issuer: string): OutgoingRequest {
  const url = new URL(issuer);
  url.pathname = `${url.pathname}/.well-known/openid-configuration`.replace('//', '/');
  return { method: 'GET', url: url.href, headers: { accept: 'application/json' }, body: null };
}

/** Finds vendors' endpoints and keeps discovered metadata until the program ends. */
export function createDiscovery(ports: TransportPorts) {
  const discovered = new Map<string, oauth.AuthorizationServer>();

  async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
    const known = discovered.get(issuer);
    if (known !== undefined) {
      return known;
    }
    const json = await send(ports, discoveryRequest(issuer), {
      gate: 'nothing secret',
      judge(raw, now) {
        const judged = judgeAnswer(raw, now);
        return judged.kind === 'granted' ? judged : unreadable(judged, raw.status);
      },
    });
    try {
      const metadata = await oauth.processDiscoveryResponse(new URL(issuer), Response.json(json));
      discovered.set(issuer, metadata);
      return metadata;
    } catch (error) {
      throw new KeyfobError('metadata_of_another_issuer', {}, { field: 'issuer', cause: error });
    }
  }

  /** The vendor's endpoints. Throws `bad_request`, and Failed when the metadata could not be had. */
  return async function serverOf(context: ClientContext): Promise<oauth.AuthorizationServer> {
    const issuer = issuerOf(context);
    const { server, named } = endpointsOf(context, issuer === null ? null : await discover(issuer));
    // Metadata that is not to be used is not kept: it may be right again the next time.
    if (issuer !== null && !(await context.gate.discovered(issuer, named))) {
      discovered.delete(issuer);
    }
    return server;
  };
}

/** Metadata is for all accounts: that it cannot be read is no refusal of this one's. */
function unreadable(failing: Failing, status: number): Failing {
  return failing.kind === 'transient'
    ? failing
    : {
        kind: 'transient',
        status,
        message: message('metadata_unreadable', { status }),
        retryAfterMs: null,
      };
}
