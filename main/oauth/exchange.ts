// The exchanges with a vendor: a message of a grant goes out, what is granted comes back, or why not.
//
// Invariants: an exchange changes nothing here; a response body never leaves this folder but as a checked answer
// or as the vendor's two words. Every function rejects with KeyfobError (`bad_request`, `not_permitted`; the start of a
// device's sign-in `unusable_answer` too) alone.
import * as oauth from 'oauth4webapi';
import { authorizationRequest, type AuthorizationRequest, type CodeProof } from './authorization-request.ts';
import { checkTokenEndpoint, createAsking, tokenOfRedirect, type Spending } from './asking.ts';
import { awaitsRedirect, readingClientOf, withRedirect, type ClientContext } from './client-context.ts';
import { judgeAnswer } from './dialect/answer.ts';
import type { AnswerForm } from './dialect/answer-form.ts';
import type { Parameter } from './dialect/redirect.ts';
import { createDiscovery } from './discovery.ts';
import { revocationRules } from './profile.ts';
import { readRegistration, registrationRequest } from './registration.ts';
import type { RegisteredClient } from './registered-client.ts';
import { endpointNames, requireEndpoint } from './endpoints.ts';
import type { GrantType, OwnRequest } from './grants/grant.ts';
import { grantType } from './grants/index.ts';
import { refreshGrantType, refreshMessage } from './grants/refresh-token.ts';
import { KeyfobError } from '../api/errors.ts';
import { message, type Message } from '../api/problems/index.ts';
import { isIssuerOfRedirect } from './issuer.ts';
import { outcome, type Outcome } from './outcome.ts';
import type { RawAnswer } from './ports.ts';
import * as response from './response.ts';
import type { DeviceStart, IssuedToken } from './response.ts';
import { revocationRequests } from './revocation.ts';
import type { Session } from './token.ts';
import { deviceRequest, firstRequest } from './token-request.ts';
import type { TransportPorts } from './transport.ts';

export type Exchange = ReturnType<typeof createExchange>;

const directEndpoint = message('endpoint_direct', {});

const unheard: Spending = { onSpend: () => undefined, keep: async () => undefined };

/** Makes the exchanges over a network. `grant`: as the profile names it. */
export function createExchange(ports: TransportPorts) {
  const { serverOf, using, withServer } = createDiscovery(ports);
  const { ask, askToken, checkIdToken, push, revokeAll } = createAsking(ports);
  const outcomeAt: OutcomeAt = (context, run) => outcome(() => withServer(context, { spends: false }, run));

  return {
    serverOf,
    ...createDeviceExchange(outcomeAt, ask, askToken),
    register: createRegistration(outcomeAt, ask),

    /** Signs in without a person, with what is stored. `own`: of client credentials, another scope or resource. */
    signIn: (context: ClientContext, grant: string, own?: OwnRequest): Promise<Outcome<IssuedToken>> =>
      outcomeAt(context, async (server) => {
        const type = ofMode(grant, 'direct');
        // A code that comes first has to go on to the token endpoint: that is asked before a password leaves.
        checkTokenEndpoint(context, server, type.tokenGrantType);
        const first = await firstRequest(context, server, type);
        const judge = answerIn(context.profile.direct?.answer, directEndpoint);
        const code = first === null ? '' : response.readCode(await ask(context, first, [], judge));
        const redirectUri = context.values['redirect_uri'] ?? null;
        const message = await type.token(context, { code, redirectUri, codeVerifier: null }, own);
        return askToken(context, server, type.tokenGrantType, message, first === null ? {} : { nonce: null });
      }),

    /**
     * Begins a sign-in on the vendor's page: what comes back can go on to where it is exchanged, or this throws
     * `not_permitted`. Grants what makes the request to a page that sends its answer to a redirect URI, and pushes it
     * where the vendor wants that.
     */
    beginPage: (context: ClientContext, grant: string): Promise<Outcome<RequestMaker>> =>
      outcome(async () => {
        const type = ofMode(grant, 'redirect');
        const server = await serverOf(context);
        // Before a person signs in on a page: what comes back has to go on to the token endpoint.
        await using(context, async () => {
          context.gate.check(requireEndpoint(server, 'authorization_endpoint', context.profile));
          if (type.tokenGrantType !== null && !awaitsRedirect(context.profile, type.tokenGrantType)) {
            checkTokenEndpoint(context, server, type.tokenGrantType);
          }
        });
        return (redirectUri: string, client = context) =>
          outcome(() =>
            using(client, async () => {
              const request = await authorizationRequest(client, server, type, redirectUri);
              return push(client, server, request);
            }),
          );
      }),

    /** Takes what came on a redirect, once it was judged: exchanges its code, or reads its token. */
    redeem: (
      context: ClientContext,
      grant: string,
      parameters: ReadonlyMap<string, Parameter>,
      { redirectUri, codeVerifier, nonce, proofKey }: CodeProof,
    ): Promise<Outcome<IssuedToken>> =>
      outcome(async () => {
        const type = ofMode(grant, 'redirect');
        if (type.token === undefined || type.tokenGrantType === null) {
          return tokenOfRedirect(ports.clock, context, parameters, redirectUri);
        }
        const { tokenGrantType, token } = type;
        // A code is good once (RFC 6749 section 4.1.2).
        const bound = proofKey == null ? context : { ...context, proofKey };
        const client = withRedirect(bound, parameters);
        return withServer(client, { spends: true }, async (server) => {
          const code = checkedCode(client, server, parameters);
          const message = token(client, { code, redirectUri, codeVerifier });
          const how = { nonce, redirect: parameters, onSpend: unheard.onSpend };
          return askToken(client, server, tokenGrantType, message, how);
        });
      }),

    /**
     * RFC 6749 section 6, with the redirect URI and scope of the sign-in where the vendor's form sends them. It may
     * take minutes.
     */
    refresh: (
      context: ClientContext,
      session: Session,
      own: OwnRequest = {},
      spending: Spending = unheard,
    ): Promise<Outcome<IssuedToken>> =>
      outcome(() =>
        withServer(context, { spends: true }, async (server) => {
          // RFC 6749 section 5.1: an answer without a scope grants what was asked for.
          const previous = own.scope === undefined ? session : { ...session, scope: own.scope };
          const message = refreshMessage(session, own);
          return askToken(context, server, refreshGrantType, message, { previous, ...spending });
        }),
      ),

    /** Looks at the signature of an ID token that came with a refresh (OpenID Connect Core 1.0 section 3.1.3.7). */
    checkIdToken: (context: ClientContext, idToken: string): Promise<Outcome<null>> =>
      outcome(async () => checkIdToken(context, await serverOf(context), idToken)),

    /** Revokes at the vendor (RFC 7009, or as the profile says). `none`: the vendor has no way to. */
    revoke: (context: ClientContext, session: Session): Promise<Outcome<'done' | 'none'>> =>
      outcome(async () => {
        // A vendor that has no way to is not asked for its metadata either.
        if (revocationRules(context.profile) === null) return 'none';
        return withServer(context, { spends: false }, async (server) => {
          const requests = await revocationRequests(context, server, session);
          return requests === null ? 'none' : revokeAll(context, requests, session);
        });
      }),
  };
}

/** Makes the request of a sign-in by its redirect URI; `client`: where another one signs in than the one that began. */
type RequestMaker = (redirectUri: string, client?: ClientContext) => Promise<Outcome<AuthorizationRequest>>;

/** Runs what spends nothing with the vendor's endpoints. */
type OutcomeAt = <T>(
  context: ClientContext,
  run: (server: oauth.AuthorizationServer) => Promise<T>,
) => Promise<Outcome<T>>;
type Asking = ReturnType<typeof createAsking>;

/** The device's code (RFC 8628). */
function createDeviceExchange(outcomeAt: OutcomeAt, ask: Asking['ask'], askToken: Asking['askToken']) {
  return {
    /** RFC 8628 sections 3.1 and 3.2. */
    startDevice: (context: ClientContext, grant: string): Promise<Outcome<DeviceStart>> =>
      outcomeAt(context, async (server) => {
        const type = ofMode(grant, 'device');
        checkTokenEndpoint(context, server, type.tokenGrantType);
        const request = await deviceRequest(context, server, type);
        const { device } = context.profile;
        const at = endpointNames.device_authorization_endpoint;
        const came = await ask(context, request, [], answerIn(device?.answer, at));
        return response.readDeviceStart(context, server, came);
      }),

    /** RFC 8628 section 3.4; `authorization_pending` and `slow_down` come back as transient. */
    pollDevice: (context: ClientContext, grant: string, code: string): Promise<Outcome<IssuedToken>> =>
      outcomeAt(context, async (server) => {
        const type = ofMode(grant, 'device');
        const message = type.token(context, { code, redirectUri: null, codeVerifier: null });
        return askToken(context, server, type.tokenGrantType, message);
      }),
  };
}

/** Has the vendor register a client for an account (RFC 7591). Throws `bad_request` where it registers none. */
function createRegistration(outcomeAt: OutcomeAt, ask: Asking['ask']) {
  return (
    context: ClientContext,
    grant: string,
    redirectUri: string | null,
  ): Promise<Outcome<RegisteredClient>> =>
    outcomeAt(context, async (server) => {
      if (server.registration_endpoint === undefined) {
        const field = 'client_id';
        throw new KeyfobError('client_id_missing', { provider: context.profile.name }, { field });
      }
      const request = registrationRequest(context, server, grant, redirectUri);
      const judge = answerIn({}, endpointNames.registration_endpoint);
      return readRegistration(context, server, await ask(context, request, [], judge), redirectUri);
    });
}

/** A grant that is begun as `mode` says; its profile has it, so that it is one. */
function ofMode<M extends GrantType['mode']>(grant: string, mode: M) {
  const type = grantType(grant);
  if (type.mode !== mode) throw new TypeError(`the grant is not begun as ${mode}`);
  return type as Extract<ReturnType<typeof grantType>, { mode: M }>;
}

/** The code of a redirect, as the profile passes it on; RFC 9207: an `iss` is judged where the issuer is known. */
function checkedCode(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  parameters: ReadonlyMap<string, Parameter>,
): string {
  const { issuer, redirect } = context.profile;
  const judged = ['code', 'state', ...(issuer === undefined ? [] : ['iss'])];
  const answer = new URLSearchParams(
    judged.flatMap((name) => {
      const value = parameters.get(name)?.value;
      if (value === undefined) return [];
      // Of an issuer of many tenants the one of this sign-in is as good as its name.
      return [[name, name === 'iss' && isIssuerOfRedirect(value, server.issuer) ? server.issuer : value]];
    }),
  );
  // The state was judged when the answer was caught, by the profile's rule on absent ones.
  oauth.validateAuthResponse(server, readingClientOf(context), answer, oauth.skipStateCheck);
  const code = parameters.get('code');
  return (redirect?.code_passed_on === 'as_it_stood' ? code?.raw : code?.value) ?? '';
}

/** Judges an answer of an endpoint, in the form that the profile says. */
function answerIn(form: AnswerForm | undefined, from: Message) {
  return (raw: RawAnswer, now: number) => judgeAnswer(raw, now, form, from);
}
