// The exchanges with a vendor: requests and answer checks by oauth4webapi, the vendor's wire form by the
// dialects beneath its customFetch.
//
// Invariants: an exchange changes nothing here; it gives what was granted or says why not. A response body
// never leaves this file but as a checked answer or as the vendor's two words.
import * as oauth from 'oauth4webapi';
import { fillAddress } from './address.ts';
import { judgeAnswer, judgeRevocation, standardise } from './dialect/answer.ts';
import { toWire } from './dialect/wire.ts';
import type { Parameter } from './dialect/redirect.ts';
import { KeyfobError } from '../api/errors.ts';
import {
  canBeSent,
  client,
  clientAuth,
  createGranting,
  isHttp,
  notUnderstood,
  outcome,
  orFailed,
  tokenLeg,
  type Bound,
  type Granted,
  type Judged,
  type Outcome,
} from './granting.ts';
import type { Session } from './token.ts';
import { requireEndpoint, type Party } from './server.ts';
import { Failed, send, type TransportPorts } from './transport.ts';
import { webAddress } from './url.ts';

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

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

export type { Bound, Granted, Outcome } from './granting.ts';

export type Exchange = ReturnType<typeof createExchange>;

/** Makes the exchanges over a network. Every function rejects with KeyfobError (`bad_request`) alone. */
export function createExchange(ports: TransportPorts) {
  const { serverOf, grant, through } = createGranting(ports);

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

    /**
     * RFC 6749 section 6, with the redirect URI and scope of the sign-in where the vendor's leg sends them.
     * `onSpend` is called as the refresh token goes out: from then on the vendor may hold another one good.
     */
    refresh(
      party: Party,
      session: Session,
      own: OwnRequest = {},
      onSpend: () => void = () => undefined,
    ): Promise<Outcome<Granted>> {
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
        onSpend,
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
        const url =
          leg === undefined
            ? null
            : fillAddress(leg.url, party.values, `The sign-in address of ${party.profile.name}`);
        if (leg === undefined || url === null) {
          throw new KeyfobError('bad_request', `${party.profile.name} has no address for a direct sign-in.`, {
            hint: 'Correct the account’s settings, or choose another grant.',
          });
        }
        // The code that comes has to go on to the token endpoint: that is asked before a password leaves.
        party.gate.check(requireEndpoint(await serverOf(party), 'token_endpoint', party.profile));
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
          party.gate,
        );
        const judgement = judgeAnswer(raw, ports.clock.wall());
        if (judgement.kind !== 'answer') {
          throw new Failed(judgement);
        }
        const code = judgement.json['code'];
        if (typeof code !== 'string' || code === '') {
          throw notUnderstood('it holds no code');
        }
        return code;
      });
    },

    /** RFC 8628 sections 3.1 and 3.2. */
    startDevice(party: Party, bound: Bound): Promise<Outcome<DeviceStart>> {
      return outcome(async () => {
        const server = await serverOf(party);
        const url = requireEndpoint(server, 'device_authorization_endpoint', party.profile);
        party.gate.check(requireEndpoint(server, 'token_endpoint', party.profile));
        const { client: one, auth } = client(party);
        const judged: Judged = { failing: null };
        const response = await oauth.deviceAuthorizationRequest(
          server,
          one,
          auth,
          bound.scope === null ? {} : { scope: bound.scope },
          {
            [oauth.customFetch]: through(party, { place: 'form' }, judged, (json) => json),
            [oauth.allowInsecureRequests]: isHttp(url),
          },
        );
        const start = await orFailed(judged, oauth.processDeviceAuthorizationResponse(server, one, response));
        const named = webAddress(start.verification_uri);
        const whole = start.verification_uri_complete;
        const page = whole === undefined ? named : webAddress(whole);
        if (named === null || page === null) {
          throw new KeyfobError(
            'unusable_answer',
            `The page that ${party.profile.name} names for the sign-in does not begin with https:// or http://, so it is not opened.`,
            { hint: 'Tell the vendor; until then choose another grant.' },
          );
        }
        return {
          deviceCode: start.device_code,
          userCode: start.user_code,
          url: page,
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
      if (typeof token !== 'string' || !canBeSent(token)) {
        return { ok: false, failing: notUnderstood('it holds no access token that can be sent').failing };
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
        const { tokens, authenticate, url: _url, warning: _warning, ...leg } = rules;
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
            party.gate,
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

/** The scope in a code's leg is no standard parameter: only vendors whose leg names it get it. */
function extraScope(party: Party, scope: string): Record<string, string> {
  return party.profile.token?.legs?.authorization_code?.send?.includes('scope') === true ? { scope } : {};
}
