// The metadata of vendors that have an issuer (OpenID Connect Discovery 1.0, RFC 8414), and with it their endpoints.
import * as oauth from 'oauth4webapi';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { shownText } from '../api/shown-text.ts';
import type { ClientContext } from './client-context.ts';
import { judgeAnswer } from './dialect/answer.ts';
import type { JsonAnswer } from './dialect/answer-form.ts';
import { endpoints, endpointsOf, issuerOf } from './endpoints.ts';
import { isIssuer } from './issuer.ts';
import { Failed, judgesNothing, type Failing } from './outcome.ts';
import type { OutgoingRequest } from './ports.ts';
import { momentOf } from './response.ts';
import { send, type TransportPorts } from './transport.ts';

/**
 * The requests for an issuer's metadata, in the order in which they are tried: below the issuer (OpenID Connect Discovery
 * 1.0 section 4.1), and before its path (RFC 8414 sections 3.1 and 5). Pure.
 */
export function discoveryRequests(issuer: string): readonly [OutgoingRequest, ...OutgoingRequest[]] {
  const request = (pathname: string): OutgoingRequest => {
    const url = new URL(issuer);
    url.pathname = pathname;
    return { method: 'GET', url: url.href, headers: { accept: 'application/json' }, body: null };
  };
  const path = new URL(issuer).pathname.replace(/\/$/, '');
  const [openId, oauth2] = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];
  const others = [`${oauth2}${path}`, `${path}${oauth2}`, `${openId}${path}`];
  const rest = path === '' ? [oauth2] : others;
  return [request(`${path}${openId}`), ...rest.map(request)];
}

/** Ms for which metadata is used before it is read again. */
const lifetime = 24 * 60 * 60_000;
/** Ms before which metadata is not read again, whatever its endpoints answer. */
const pause = 10_000;

/** Ms for which older metadata is used where it could not be read. */
const pauseAfterFailure = 60_000;

interface Known {
  readonly metadata: oauth.AuthorizationServer;
  /** Where it was found. */
  readonly at: OutgoingRequest;
  /** When it was asked for. */
  readonly unixMs: number;
  readonly steady: number;
}

/** Reads an issuer's metadata. */
function createReader(ports: TransportPorts) {
  async function ask(request: OutgoingRequest): Promise<JsonAnswer> {
    return send(ports, request, {
      gate: 'nothing secret',
      judge(raw, now) {
        const judged = judgeAnswer(raw, now, {}, message('endpoint_metadata', {}));
        return judged.kind === 'granted' ? judged : unreadable(judged, raw.status);
      },
    });
  }

  /** The first metadata that is there. Throws what came of the first request where it is nowhere, else what keeps from knowing. */
  async function find(
    requests: readonly OutgoingRequest[],
  ): Promise<{ readonly json: JsonAnswer; readonly at: OutgoingRequest }> {
    let why: unknown;
    for (const at of requests) {
      try {
        return { json: await ask(at), at };
      } catch (error) {
        if (!(error instanceof Failed && isElsewhere(error.failing))) throw error;
        why ??= error;
      }
    }
    throw why;
  }

  /** `at`: where it was found before, and is looked for first. */
  return async function read(issuer: string, at: OutgoingRequest | undefined): Promise<Known> {
    const asked = momentOf(ports.clock);
    const all = discoveryRequests(issuer);
    const found = await find(at === undefined ? all : [at, ...all.filter(({ url }) => url !== at.url)]);
    const { issuer: named } = found.json;
    const told = typeof named === 'string' ? named : '';
    try {
      const expected = isIssuer(told, issuer) ? told : issuer;
      const metadata = await oauth.processDiscoveryResponse(new URL(expected), Response.json(found.json));
      return { metadata, at: found.at, ...asked };
    } catch (error) {
      const params = { issuer: told === '' ? '-' : shownText(told, 200) };
      throw new KeyfobError('metadata_of_another_issuer', params, { field: 'issuer', cause: error });
    }
  };
}

/** Finds vendors' endpoints, and keeps discovered metadata for a day. */
export function createDiscovery(ports: TransportPorts) {
  const discovered = new Map<string, Known>();
  const underWay = new Map<string, Promise<Known>>();
  const read = createReader(ports);

  /** Ms since metadata was asked for, by the clock that says more: one stands still in sleep, one may be set back. */
  function age({ unixMs, steady }: Known): number {
    const { clock } = ports;
    return Math.max(clock.unixMs() - unixMs, clock.steady() - steady);
  }

  /** Metadata that is `maxAge` ms old at most; older where it cannot be read now, and was before. */
  async function discover(issuer: string, maxAge: number): Promise<oauth.AuthorizationServer> {
    const known = discovered.get(issuer);
    if (known !== undefined && age(known) < maxAge) {
      return known.metadata;
    }
    const reading = underWay.get(issuer) ?? read(issuer, known?.at).finally(() => underWay.delete(issuer));
    underWay.set(issuer, reading);
    try {
      const fresh = await reading;
      discovered.set(issuer, fresh);
      return fresh.metadata;
    } catch (error) {
      if (known === undefined) throw error;
      return holdOn(issuer, known);
    }
  }

  /** Older metadata, used on. It is not read again before each exchange, while the issuer sends none that will do. */
  function holdOn(issuer: string, known: Known): oauth.AuthorizationServer {
    const ago = lifetime - pauseAfterFailure;
    const { unixMs, steady } = momentOf(ports.clock);
    discovered.set(issuer, { ...known, unixMs: unixMs - ago, steady: steady - ago });
    return known.metadata;
  }

  /**
   * The endpoints in metadata, or in what was known `before` where these cannot be used. Metadata that cannot be used is
   * not kept.
   */
  function endpointsIn(
    context: ClientContext,
    issuer: string | null,
    metadata: oauth.AuthorizationServer | null,
    before: Known | undefined,
  ): ReturnType<typeof endpointsOf> {
    try {
      return endpointsOf(context, metadata);
    } catch (error) {
      if (issuer === null || !(error instanceof Failed)) throw error;
      discovered.delete(issuer);
      if (before === undefined || before.metadata === metadata) throw error;
      const endpointsBefore = endpointsOf(context, before.metadata);
      holdOn(issuer, before);
      return endpointsBefore;
    }
  }

  async function serverOf(context: ClientContext, maxAge: number): Promise<oauth.AuthorizationServer> {
    const issuer = issuerOf(context);
    const before = issuer === null ? undefined : discovered.get(issuer);
    const metadata = issuer === null ? null : await discover(issuer, maxAge);
    const { server, named } = endpointsIn(context, issuer, metadata, before);
    // Metadata that is not to be used is not kept: it may be right again the next time.
    if (issuer !== null && !(await context.gate.discovered(issuer, named))) {
      discovered.delete(issuer);
    }
    return server;
  }

  /**
   * Runs what uses an issuer's metadata. Metadata that lacks what is needed is forgotten, and asked for anew at the next
   * try: the vendor may have mended it by then. Throws what the run throws.
   */
  async function using<T>(context: ClientContext, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const issuer = lacksEndpoint(error) ? issuerOf(context) : null;
      if (issuer !== null) discovered.delete(issuer);
      throw error;
    }
  }

  return {
    /** The vendor's endpoints. Throws `bad_request`, and Failed when the metadata could not be had. */
    serverOf: (context: ClientContext) => serverOf(context, lifetime),
    using,

    /**
     * Runs an exchange with the vendor's endpoints, and once more where one of them answered as if nobody were there
     * (404, 410, a web page) and the issuer's metadata names others by now. `spends`: a code or a refresh token, which
     * a gateway that answers 200 with a page may have passed on: the metadata is read anew, and nothing is sent again.
     * Throws as serverOf, and what the run throws.
     */
    async withServer<T>(
      context: ClientContext,
      { spends }: { readonly spends: boolean },
      run: (server: oauth.AuthorizationServer) => Promise<T>,
    ): Promise<T> {
      const before = await serverOf(context, lifetime);
      try {
        return await using(context, () => run(before));
      } catch (error) {
        if (context.profile.issuer === undefined || !(error instanceof Failed && isGone(error.failing))) {
          throw error;
        }
        const now = await serverOf(context, pause);
        const mayHaveArrived = spends && error.failing.status === 200;
        if (mayHaveArrived || endpoints.every((endpoint) => now[endpoint] === before[endpoint])) throw error;
        return using(context, () => run(now));
      }
    },
  };
}

/** Whether an answer is as of an endpoint that is not there any more. */
function isGone(failing: Failing): boolean {
  const page = failing.kind === 'transient' && failing.message.reason.startsWith('web_page_came');
  return page || failing.status === 404 || failing.status === 410;
}

/** Whether an error says that an endpoint is missing that the issuer's metadata could name. */
function lacksEndpoint(error: unknown): boolean {
  if (!(error instanceof KeyfobError)) return false;
  const { reason } = error.problem;
  return reason === 'endpoint_not_in_metadata' || reason === 'client_id_missing';
}

/** Whether an issuer's metadata may stand at another address: nobody knows this one (4xx, or a page). */
function isElsewhere(failing: Failing): boolean {
  const { status } = failing;
  return isGone(failing) || (status !== null && status >= 400 && status < 500 && !judgesNothing(status));
}

/** Metadata is for all accounts: that it cannot be read is no refusal of this one's. */
function unreadable(failing: Failing, status: number): Failing {
  return failing.kind === 'transient'
    ? failing
    : {
        kind: 'transient',
        status,
        message: message('metadata_unreadable', { status }),
        retryAfterMs: failing.retryAfterMs,
      };
}
