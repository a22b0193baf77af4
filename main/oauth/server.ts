// The vendor as oauth4webapi knows it: endpoints by the profile's templates or by the issuer's metadata.
import * as oauth from 'oauth4webapi';
import { judgeAnswer } from './dialect/answer.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Profile } from './profile.ts';
import type { FieldValues } from './template.ts';
import type { Gate } from './ports.ts';
import { fillAddress } from './address.ts';
import { Failed, send, type TransportPorts } from './transport.ts';
import { urlFault } from './url.ts';

/** Who speaks to which vendor. */
export interface Party {
  readonly profile: Profile;
  readonly values: FieldValues;
  readonly secrets: Readonly<Record<string, string>>;
  /** What is asked before anything secret leaves. */
  readonly gate: Gate;
}

/** The issuer of vendors that name none; it is never sent anywhere nor compared. */
const noIssuer = 'https://issuer.invalid';

export type Endpoint =
  'authorization_endpoint' | 'token_endpoint' | 'revocation_endpoint' | 'device_authorization_endpoint';

/** Finds vendors' endpoints and keeps discovered metadata until the program ends. */
export function createServers(ports: TransportPorts) {
  const discovered = new Map<string, oauth.AuthorizationServer>();

  /** OpenID Connect Discovery 1.0 section 4. */
  async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
    const known = discovered.get(issuer);
    if (known !== undefined) {
      return known;
    }
    const url = new URL(issuer);
    const response = await oauth.discoveryRequest(url, {
      [oauth.customFetch]: async (address) => {
        const raw = await send(
          ports,
          {
            method: 'GET',
            url: address,
            headers: { accept: 'application/json' },
            body: null,
          },
          'nothing secret',
        );
        const judgement = judgeAnswer(raw, ports.clock.wall());
        if (judgement.kind === 'answer') {
          return Response.json(judgement.json);
        }
        throw new Failed(
          judgement.kind === 'passing'
            ? judgement
            : {
                kind: 'passing',
                status: raw.status,
                message: `The issuer’s metadata could not be read (HTTP ${String(raw.status)}).`,
                retryAfterMs: null,
              },
        );
      },
      [oauth.allowInsecureRequests]: url.protocol === 'http:',
    });
    try {
      const metadata = await oauth.processDiscoveryResponse(url, response);
      discovered.set(issuer, metadata);
      return metadata;
    } catch (error) {
      throw new KeyfobError(
        'bad_request',
        'The issuer’s metadata names another issuer than the one entered.',
        {
          hint: 'Enter the issuer exactly as the provider writes it, with or without a slash at its end.',
          cause: error,
        },
      );
    }
  }

  /** The vendor's endpoints, checked: https, or http on loopback. Throws `bad_request`. */
  return async function serverOf({ profile, values, gate }: Party): Promise<oauth.AuthorizationServer> {
    const issuer =
      profile.issuer === undefined
        ? null
        : fillAddress(profile.issuer, values, `The issuer of ${profile.name}`);
    const named: string[] = [];
    const server: { -readonly [K in keyof oauth.AuthorizationServer]: oauth.AuthorizationServer[K] } =
      issuer === null ? { issuer: noIssuer } : { ...(await discover(issuer)) };
    const templates: Record<Endpoint, string | undefined> = {
      authorization_endpoint: profile.authorize?.url,
      token_endpoint: profile.token?.url,
      revocation_endpoint:
        profile.revoke !== undefined && 'tokens' in profile.revoke ? profile.revoke.url : undefined,
      device_authorization_endpoint: profile.device?.url,
    };
    for (const [endpoint, template] of Object.entries(templates) as [Endpoint, string | undefined][]) {
      const what = `The ${endpoint.replaceAll('_', ' ')} of ${profile.name}`;
      const filled = template === undefined ? null : fillAddress(template, values, what);
      if (filled !== null) {
        server[endpoint] = filled;
      }
      const url: unknown = server[endpoint];
      if (typeof url !== 'string') {
        // Metadata is what the issuer sent: null, say, for what it does not have.
        Reflect.deleteProperty(server, endpoint);
        continue;
      }
      const fault = urlFault(url);
      if (fault !== null) {
        throw new KeyfobError('bad_request', `${what} ${fault}.`, {
          hint: 'Correct the account’s settings or the provider’s profile.',
        });
      }
      if (filled === null) {
        named.push(url);
      }
    }
    // Metadata that is not to be used is not kept: it may be right again the next time.
    if (issuer !== null && !(await gate.discovered(issuer, named))) {
      discovered.delete(issuer);
    }
    return server;
  };
}

/** An endpoint that must be there. Throws `bad_request` naming it. */
export function requireEndpoint(
  server: oauth.AuthorizationServer,
  endpoint: Endpoint,
  profile: Profile,
): string {
  const url = server[endpoint];
  if (url === undefined) {
    throw new KeyfobError(
      'bad_request',
      `${profile.name} has no ${endpoint.replaceAll('_', ' ')} for this account.`,
      {
        hint: 'Set its URL, or choose another grant.',
      },
    );
  }
  return url;
}
