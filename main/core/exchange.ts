// The exchanges with a vendor: requests and answer checks by oauth4webapi, the vendor's wire form by the
// dialects beneath its customFetch.
//
// Invariants: an exchange changes nothing here; it gives what was granted or says why not. A response body
// never leaves this file but as a checked answer or as the vendor's two words.
import * as oauth from 'oauth4webapi';
import { judgeAnswer, judgeRevocation, standardise, type Failing } from './dialects/answer.ts';
import { toWire, type Message } from './dialects/wire.ts';
import type { Parameter } from './dialects/redirect.ts';
import { KeyfobError } from './errors.ts';
import type { ClientAuthWay, Leg } from './profile.ts';
import type { Session } from './record.ts';
import type { SteadyMark } from './schedule.ts';
import { createServers, requireEndpoint, type Party } from './server.ts';
import { choose, fillTemplate } from './template.ts';
import { Failed, send, type TransportPorts } from './transport.ts';
import { urlFault } from './url.ts';

/** A token as the vendor granted it, and when by the steady clock it was asked for. */
export interface Granted {
  readonly session: Session;
  readonly mark: SteadyMark;
}

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failing: Failing };

/** What a sign-in is made with; vendors want it again at refresh. */
export type Bound = Session['bound'];

/** A scope or resource (RFC 8707) of one request alone. */
export interface OwnRequest {
  readonly scope?: string;
  readonly resource?: string;
}

export interface DeviceStart {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly url: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Seconds between two questions (RFC 8628 section 3.2). */
  readonly interval: number;
}

/** What ties a code to the request that asked for it. */
export interface CodeProof {
  readonly codeVerifier: string | null;
  readonly nonce: string | null;
}

type TokenLeg = 'authorization_code' | 'refresh_token' | 'password' | 'client_credentials' | 'device_code';

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** Token types that oauth4webapi is to take, filled in by the answer itself. */
type TokenTypes = Record<string, () => void>;

export type Exchange = ReturnType<typeof createExchange>;

/** Makes the exchanges over a network. Every function rejects with KeyfobError (`bad_request`) alone. */
export function createExchange(ports: TransportPorts) {
  const serverOf = createServers(ports);

  /** The customFetch of one leg: the standard message goes out in the vendor's form, the answer comes back standard. */
  function through(
    party: Party,
    leg: Leg,
    auth: ClientAuthWay,
    keepIdToken: boolean,
    recognized: TokenTypes,
  ) {
    return async (url: string, init: { body?: unknown }): Promise<Response> => {
      const message: Message = new Map(init.body instanceof URLSearchParams ? init.body : []);
      const raw = await send(ports, toWire(url, message, { leg, clientAuth: auth, values: party.values }));
      const judgement = judgeAnswer(raw, ports.clock.wall());
      if (judgement.kind !== 'answer') {
        throw new Failed(judgement);
      }
      const answer = standardise(judgement.json, party.profile, keepIdToken);
      if (typeof answer['token_type'] === 'string') {
        recognized[answer['token_type'].toLowerCase()] = () => {};
      }
      return Response.json(answer);
    };
  }

  function clientAuth(party: Party): ClientAuthWay {
    const way = choose<ClientAuthWay>(party.profile.client_auth, party.values);
    return (party.secrets['client_secret'] ?? '') === '' ? 'none' : way;
  }

  function tokenLeg(party: Party, grant: TokenLeg): Leg {
    const { legs, ...base } = party.profile.token ?? {};
    return { ...base, ...legs?.[grant] };
  }

  /** oauth4webapi always gets client_id and secret among the parameters: the dialect moves them. */
  function client(party: Party): { client: oauth.Client; auth: oauth.ClientAuth } {
    const id = party.values['client_id'] ?? '';
    const secret = party.secrets['client_secret'] ?? '';
    return {
      client: { client_id: id },
      auth: (_server, _client, body) => {
        body.set('client_id', id);
        if (secret !== '') {
          body.set('client_secret', secret);
        }
      },
    };
  }

  async function grant(
    party: Party,
    leg: TokenLeg,
    bound: Bound,
    previous: Session | null,
    run: (request: {
      server: oauth.AuthorizationServer;
      client: oauth.Client;
      auth: oauth.ClientAuth;
      options: oauth.TokenEndpointRequestOptions;
      /** How a token is used is the profile's to say (`api`), so its type may bear any name. */
      taking: { readonly recognizedTokenTypes: TokenTypes };
    }) => Promise<oauth.TokenEndpointResponse>,
  ): Promise<Outcome<Granted>> {
    return outcome(async () => {
      const server = await serverOf(party);
      const url = requireEndpoint(server, 'token_endpoint', party.profile);
      const asked = { wall: ports.clock.wall(), steady: ports.clock.steady() };
      const recognized: TokenTypes = {};
      const answer = await run({
        server,
        ...client(party),
        taking: { recognizedTokenTypes: recognized },
        options: {
          [oauth.customFetch]: through(
            party,
            tokenLeg(party, leg),
            clientAuth(party),
            party.profile.issuer !== undefined && leg === 'authorization_code',
            recognized,
          ),
          [oauth.allowInsecureRequests]: isHttp(url),
        },
      });
      return { session: toSession(party, answer, bound, previous, asked.wall), mark: asked.steady };
    });
  }

  return {
    serverOf,

    /** RFC 6749 section 4.1.3. `parameters` have been judged; the code is used as the profile passes it on. */
    exchangeCode(
      party: Party,
      parameters: ReadonlyMap<string, Parameter>,
      redirectUri: string,
      bound: Bound,
      proof: CodeProof,
    ): Promise<Outcome<Granted>> {
      return grant(
        party,
        'authorization_code',
        bound,
        null,
        async ({ server, client: one, auth, options, taking }) => {
          // RFC 9207: an `iss` can be judged only against an issuer that is known.
          const hasIssuer = party.profile.issuer !== undefined;
          const asItStood = party.profile.redirect?.code_passed_on === 'as_it_stood';
          const answer = new URLSearchParams(
            [...parameters]
              .filter(([name]) => name === 'code' || name === 'state' || (name === 'iss' && hasIssuer))
              .map(([name, parameter]) => [
                name,
                name === 'code' && asItStood ? parameter.raw : parameter.value,
              ]),
          );
          // The state was judged when the answer was caught (sign-in.ts), by the profile's rule on absent ones.
          const checked = oauth.validateAuthResponse(server, one, answer, oauth.skipStateCheck);
          const response = await oauth.authorizationCodeGrantRequest(
            server,
            one,
            auth,
            checked,
            redirectUri,
            proof.codeVerifier ?? oauth.nopkce,
            {
              ...options,
              ...(bound.scope === null ? {} : { additionalParameters: extraScope(party, bound.scope) }),
            },
          );
          return oauth.processAuthorizationCodeResponse(server, one, response, {
            expectedNonce: proof.nonce ?? oauth.expectNoNonce,
            ...taking,
          });
        },
      );
    },

    /** RFC 6749 section 6, with the redirect URI and scope of the sign-in where the vendor's leg sends them. */
    refresh(party: Party, session: Session, own: OwnRequest = {}): Promise<Outcome<Granted>> {
      return grant(
        party,
        'refresh_token',
        session.bound,
        // RFC 6749 section 5.1: an answer without a scope grants what was asked for.
        own.scope === undefined ? session : { ...session, scope: own.scope },
        async ({ server, client: one, auth, options, taking }) => {
          const sends = tokenLeg(party, 'refresh_token').send;
          const additionalParameters: Record<string, string> = {};
          if (sends?.includes('redirect_uri') === true && session.bound.redirect_uri !== null) {
            additionalParameters['redirect_uri'] = session.bound.redirect_uri;
          }
          if (sends?.includes('scope') === true && session.bound.scope !== null) {
            additionalParameters['scope'] = session.bound.scope;
          }
          Object.assign(additionalParameters, own);
          const response = await oauth.refreshTokenGrantRequest(
            server,
            one,
            auth,
            session.refresh_token ?? '',
            {
              ...options,
              additionalParameters,
            },
          );
          return oauth.processRefreshTokenResponse(server, one, response, taking);
        },
      );
    },

    /** RFC 6749 section 4.4.2. */
    clientCredentials(party: Party, bound: Bound, own: OwnRequest = {}): Promise<Outcome<Granted>> {
      return grant(
        party,
        'client_credentials',
        bound,
        null,
        async ({ server, client: one, auth, options, taking }) => {
          const parameters = { ...(bound.scope === null ? {} : { scope: bound.scope }), ...own };
          const response = await oauth.clientCredentialsGrantRequest(server, one, auth, parameters, options);
          return oauth.processClientCredentialsResponse(server, one, response, taking);
        },
      );
    },

    /** RFC 6749 section 4.3.2. */
    password(party: Party, bound: Bound): Promise<Outcome<Granted>> {
      return grant(party, 'password', bound, null, async ({ server, client: one, auth, options, taking }) => {
        const parameters = {
          username: party.values['username'] ?? '',
          password: party.secrets['password'] ?? '',
          ...(bound.scope === null ? {} : { scope: bound.scope }),
        };
        const response = await oauth.genericTokenEndpointRequest(
          server,
          one,
          auth,
          'password',
          parameters,
          options,
        );
        return oauth.processGenericTokenEndpointResponse(server, one, response, taking);
      });
    },

    /** Asks for a code with user name and password, without a page ("request an authorization code directly"). */
    directCode(party: Party, bound: Bound): Promise<Outcome<string>> {
      return outcome(async () => {
        const leg = party.profile.direct;
        const url = leg === undefined ? null : fillTemplate(leg.url, party.values);
        if (leg === undefined || url === null || urlFault(url) !== null) {
          throw new KeyfobError('bad_request', `${party.profile.name} has no address for a direct sign-in.`, {
            hint: 'Correct the account’s settings, or choose another grant.',
          });
        }
        const message = new Map(
          [
            ['username', party.values['username'] ?? ''] as const,
            ['password', party.secrets['password'] ?? ''] as const,
            ['client_id', party.values['client_id'] ?? ''] as const,
            ['redirect_uri', bound.redirect_uri ?? ''] as const,
            ['scope', bound.scope ?? ''] as const,
          ].filter(([, value]) => value !== ''),
        );
        const raw = await send(
          ports,
          toWire(url, message, { leg, clientAuth: 'none', values: party.values }),
        );
        const judgement = judgeAnswer(raw, ports.clock.wall());
        if (judgement.kind !== 'answer') {
          throw new Failed(judgement);
        }
        const code = judgement.json['code'];
        if (typeof code !== 'string' || code === '') {
          throw notUnderstood();
        }
        return code;
      });
    },

    /** RFC 8628 sections 3.1 and 3.2. */
    startDevice(party: Party, bound: Bound): Promise<Outcome<DeviceStart>> {
      return outcome(async () => {
        const server = await serverOf(party);
        const url = requireEndpoint(server, 'device_authorization_endpoint', party.profile);
        const { client: one, auth } = client(party);
        const response = await oauth.deviceAuthorizationRequest(
          server,
          one,
          auth,
          bound.scope === null ? {} : { scope: bound.scope },
          {
            [oauth.customFetch]: async (address: string, init: { body?: unknown }) => {
              const message: Message = new Map(init.body instanceof URLSearchParams ? init.body : []);
              const raw = await send(
                ports,
                toWire(address, message, {
                  leg: { place: 'form' },
                  clientAuth: clientAuth(party),
                  values: party.values,
                }),
              );
              const judgement = judgeAnswer(raw, ports.clock.wall());
              if (judgement.kind !== 'answer') {
                throw new Failed(judgement);
              }
              return Response.json(judgement.json);
            },
            [oauth.allowInsecureRequests]: isHttp(url),
          },
        );
        const start = await oauth.processDeviceAuthorizationResponse(server, one, response);
        return {
          deviceCode: start.device_code,
          userCode: start.user_code,
          url: start.verification_uri_complete ?? start.verification_uri,
          expiresIn: start.expires_in,
          interval: start.interval ?? 5,
        };
      });
    },

    /** RFC 8628 section 3.4; `authorization_pending` and `slow_down` come back as passing. */
    deviceToken(party: Party, deviceCode: string, bound: Bound): Promise<Outcome<Granted>> {
      return grant(
        party,
        'device_code',
        bound,
        null,
        async ({ server, client: one, auth, options, taking }) => {
          const response = await oauth.genericTokenEndpointRequest(
            server,
            one,
            auth,
            deviceGrant,
            { device_code: deviceCode },
            options,
          );
          return oauth.processGenericTokenEndpointResponse(server, one, response, taking);
        },
      );
    },

    /** RFC 6749 section 4.2.2: the token stands in the redirect itself. */
    implicit(party: Party, parameters: ReadonlyMap<string, Parameter>, bound: Bound): Outcome<Granted> {
      const json = Object.fromEntries([...parameters].map(([name, parameter]) => [name, parameter.value]));
      const answer = standardise(json, party.profile, false);
      const token = answer['access_token'];
      if (typeof token !== 'string' || token === '') {
        return { ok: false, failing: notUnderstood().failing };
      }
      const { expires_in: expiresIn, token_type: type, scope } = answer;
      const session: Session = {
        access_token: token,
        token_type: typeof type === 'string' ? type.toLowerCase() : 'bearer',
        obtained_at: ports.clock.wall(),
        lifetime: typeof expiresIn === 'number' ? Math.round(expiresIn * 1000) : null,
        refresh_token: null,
        scope: typeof scope === 'string' ? scope : bound.scope,
        bound,
      };
      return { ok: true, value: { session, mark: ports.clock.steady() } };
    },

    /** Revokes at the vendor (RFC 7009, or as the profile says). `none`: the vendor has no way to. */
    revoke(party: Party, session: Session): Promise<Outcome<'done' | 'none'>> {
      return outcome(async () => {
        const rules = party.profile.revoke;
        if (rules === undefined || 'not_offered' in rules) {
          return 'none';
        }
        const url = (await serverOf(party)).revocation_endpoint;
        if (url === undefined) {
          return 'none';
        }
        const { tokens, authenticate, url: _template, ...leg } = rules;
        let revoked = false;
        for (const kind of tokens) {
          const token = session[kind];
          if (token === null) {
            continue;
          }
          const message = new Map([['token', token]]);
          if (authenticate) {
            message.set('token_type_hint', kind);
            message.set('client_id', party.values['client_id'] ?? '');
            message.set('client_secret', party.secrets['client_secret'] ?? '');
          }
          const auth = authenticate ? clientAuth(party) : 'none';
          const raw = await send(
            ports,
            toWire(url, message, { leg, clientAuth: auth, values: party.values }),
          );
          const failing = judgeRevocation(raw, ports.clock.wall());
          // RFC 7009 section 2.2.1: some vendors revoke refresh tokens alone, and what hangs on them.
          const leftOut = failing?.kind === 'refused' && failing.words.error === 'unsupported_token_type';
          if (failing !== null && !(leftOut && revoked)) {
            throw new Failed(failing);
          }
          revoked = true;
        }
        return 'done';
      });
    },
  };
}

function isHttp(url: string): boolean {
  return URL.parse(url)?.protocol === 'http:';
}

/** The scope in a code's leg is no standard parameter: only vendors whose leg names it get it. */
function extraScope(party: Party, scope: string): Record<string, string> {
  return party.profile.token?.legs?.authorization_code?.send?.includes('scope') === true ? { scope } : {};
}

/** Runs an exchange: a judgement becomes an outcome, an answer that breaks the rules a passing failure. */
async function outcome<T>(run: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    if (error instanceof Failed) {
      return { ok: false, failing: error.failing };
    }
    if (error instanceof KeyfobError) {
      throw error;
    }
    if (
      error instanceof oauth.OperationProcessingError ||
      error instanceof oauth.UnsupportedOperationError ||
      error instanceof oauth.ResponseBodyError
    ) {
      return { ok: false, failing: notUnderstood(error.message).failing };
    }
    throw error;
  }
}

/** The vendor answered, but not as the profile says it would. The detail is oauth4webapi's and holds no value. */
function notUnderstood(detail?: string): Failed {
  return new Failed({
    kind: 'passing',
    status: null,
    message: `The vendor’s answer is not what was expected${detail === undefined ? '' : ` (${detail})`}.`,
    retryAfterMs: null,
  });
}

function toSession(
  party: Party,
  answer: oauth.TokenEndpointResponse,
  bound: Bound,
  previous: Session | null,
  askedAt: number,
): Session {
  const keptRefreshToken =
    previous !== null && party.profile.refresh_token === 'reusable' ? previous.refresh_token : null;
  return {
    access_token: answer.access_token,
    token_type: answer.token_type,
    obtained_at: askedAt,
    lifetime: answer.expires_in === undefined ? null : Math.round(answer.expires_in * 1000),
    refresh_token: answer.refresh_token ?? keptRefreshToken,
    scope: answer.scope ?? previous?.scope ?? bound.scope,
    bound,
  };
}
