// The exchanges with a vendor: a message of a grant goes out, what is granted comes back, or why not.
//
// Invariants: an exchange changes nothing here; a response body never leaves this folder but as a checked answer
// or as the vendor's two words. Every function rejects with KeyfobError (`bad_request`, `not_permitted`; the start of a
// device's sign-in `unusable_answer` too) alone.
import * as oauth from 'oauth4webapi';
import {
  authorizationRequest,
  wantsNonce,
  type AuthorizationRequest,
  type CodeProof,
} from './authorization-request.ts';
import {
  clientOf,
  answerFormOf,
  awaitsRedirect,
  readingClientOf,
  withRedirect,
  type ClientContext,
} from './client-context.ts';
import { judgeAnswer, judgeRevocation, membersOf, vendorTime } from './dialect/answer.ts';
import type { JsonAnswer } from './dialect/answer-form.ts';
import type { Parameter } from './dialect/redirect.ts';
import { createDiscovery } from './discovery.ts';
import { revocationRules } from './profile.ts';
import { readRegistration, registrationRequest } from './registration.ts';
import type { RegisteredClient } from './registered-client.ts';
import { requireEndpoint } from './endpoints.ts';
import type { GrantType, OwnRequest, TokenMessage } from './grants/grant.ts';
import { grantType, type TokenGrantType } from './grants/index.ts';
import { refreshGrantType, refreshMessage } from './grants/refresh-token.ts';
import { KeyfobError } from '../api/errors.ts';
import { createIdTokenJudge } from './id-token.ts';
import { message } from '../api/problems/index.ts';
import { Failed, outcome, unusable, type Outcome } from './outcome.ts';
import type { OutgoingRequest, RawAnswer } from './ports.ts';
import * as response from './response.ts';
import type { Asked, DeviceStart, IssuedToken } from './response.ts';
import { revocationRequests } from './revocation.ts';
import type { SenderConstraint } from './sender-constraint/constraint.ts';
import { senderConstraints, type SenderConstraintId } from './sender-constraint/index.ts';
import type { ProofKey } from './sender-constraint/proof-key.ts';
import { choose } from './template.ts';
import type { Session } from './token.ts';
import { deviceRequest, firstRequest, tokenEndpoint, tokenRequest } from './token-request.ts';
import { send, type Sending, type TransportPorts } from './transport.ts';

export type Exchange = ReturnType<typeof createExchange>;

/** What whoever holds a refresh token hears while it is spent. */
export interface Spending {
  /** It goes out: from now on the vendor may hold another one good. */
  readonly onSpend: () => void;
  /** Keeps the new one of an answer that cannot be used otherwise; awaited before the answer is told. Never rejects. */
  readonly keep: (refreshToken: string) => Promise<void>;
}

const unheard: Spending = { onSpend: () => undefined, keep: async () => undefined };

/** Makes the exchanges over a network. `grant`: as the profile names it. */
export function createExchange(ports: TransportPorts) {
  const { serverOf, withServer } = createDiscovery(ports);
  const { ask, askToken, checkIdToken, revokeAll, tokenOfRedirect } = createAsking(ports);
  const outcomeAt: OutcomeAt = (context, run) => outcome(() => withServer(context, { spends: false }, run));

  return {
    serverOf,
    ...createDeviceExchange(outcomeAt, ask, askToken),
    register: createRegistration(outcomeAt, ask),

    /** Signs in without a person, with what is stored. `own`: of an unattended grant, another scope or resource. */
    signIn: (context: ClientContext, grant: string, own?: OwnRequest): Promise<Outcome<IssuedToken>> =>
      outcomeAt(context, async (server) => {
        const type = ofMode(grant, 'direct');
        // A code that comes first has to go on to the token endpoint: that is asked before a password leaves.
        context.gate.check(tokenEndpoint(context, server, type.tokenGrantType));
        const first = await firstRequest(context, server, type);
        const code =
          first === null ? '' : response.readCode(await ask(context, first, [], directAnswer(context)));
        const redirectUri = context.values['redirect_uri'] ?? null;
        const message = await type.token(context, { code, redirectUri, codeVerifier: null }, own);
        return askToken(context, server, type.tokenGrantType, message, first === null ? {} : { nonce: null });
      }),

    /**
     * Begins a sign-in on the vendor's page: what comes back can go on to where it is exchanged, or this throws
     * `not_permitted`. Grants what makes the request to a page that sends its answer to a redirect URI.
     */
    beginPage: (
      context: ClientContext,
      grant: string,
    ): Promise<Outcome<(redirectUri: string, client?: ClientContext) => Promise<AuthorizationRequest>>> =>
      outcome(async () => {
        const type = ofMode(grant, 'redirect');
        const server = await serverOf(context);
        // Before a person signs in on a page: what comes back has to go on to the token endpoint.
        context.gate.check(requireEndpoint(server, 'authorization_endpoint', context.profile));
        if (type.tokenGrantType !== null && !awaitsRedirect(context.profile, type.tokenGrantType)) {
          context.gate.check(tokenEndpoint(context, server, type.tokenGrantType));
        }
        return (redirectUri: string, client = context) =>
          authorizationRequest(client, server, type, redirectUri);
      }),

    /** Takes what came on a redirect, once it was judged: exchanges its code, or reads its token. */
    redeem: (
      context: ClientContext,
      grant: string,
      parameters: ReadonlyMap<string, Parameter>,
      { redirectUri, codeVerifier, nonce }: CodeProof,
    ): Promise<Outcome<IssuedToken>> =>
      outcome(async () => {
        const type = ofMode(grant, 'redirect');
        if (type.token === undefined || type.tokenGrantType === null) {
          return tokenOfRedirect(context, parameters, redirectUri);
        }
        const { tokenGrantType, token } = type;
        // A code is good once (RFC 6749 section 4.1.2).
        const client = withRedirect(context, parameters);
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
        context.gate.check(tokenEndpoint(context, server, type.tokenGrantType));
        const request = await deviceRequest(context, server, type);
        return response.readDeviceStart(context, server, await ask(context, request));
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
      return readRegistration(context, server, await ask(context, request), redirectUri);
    });
}

/** Parameters of a token request that nobody else may see. The client's and a person's secrets are the account's own. */
const secretParameters = ['refresh_token', 'code', 'code_verifier', 'device_code', 'assertion'] as const;

/** Requests by which a person signs in who was asked for an ID token with `openid`. */
const asksWho: ReadonlySet<TokenGrantType> = new Set<TokenGrantType>(['authorization_code', 'device_code']);

/** What a token is asked for with, beside its message. */
type AskHow = Partial<Pick<Asked, 'previous' | 'nonce'>> &
  Partial<Spending> & {
    /** What came on the redirect whose code is exchanged. */
    readonly redirect?: ReadonlyMap<string, Parameter>;
  };

/** How all of them ask: by the context's gate, and for a token at the token endpoint. */
function createAsking(ports: TransportPorts) {
  const judgeIdToken = createIdTokenJudge(ports);
  const constraints = { none: senderConstraints.none(), dpop: senderConstraints.dpop(ports.clock) };

  function ask(
    context: ClientContext,
    request: OutgoingRequest,
    sent: readonly (string | null | undefined)[] = [],
    judge: (raw: RawAnswer, now: number) => Outcome<JsonAnswer> = judgeAnswer,
    { onSpend, constraint = null }: Pick<Sending<JsonAnswer>, 'onSpend' | 'constraint'> = {},
  ): Promise<JsonAnswer> {
    const secrets = [...Object.values(context.secrets), ...sent].filter((one) => one != null);
    return send(ports, request, { gate: context.gate, judge, secrets, constraint, onSpend });
  }

  /** What binds the token that is asked for: the key of the one that is renewed, else as the profile says. */
  async function binding(
    { profile, values, proofKey = null }: ClientContext,
    renewed: Session | null,
  ): Promise<{ readonly by: SenderConstraint; readonly key: ProofKey } | null> {
    if (renewed?.proof_key !== undefined) return { by: constraints.dpop, key: renewed.proof_key };
    const by = constraints[choose<SenderConstraintId>(profile.sender_constraint ?? 'none', values)];
    if (by === constraints.none) return null;
    const key = proofKey ?? (await by.drawKey());
    return key === null ? null : { by, key };
  }

  async function askToken(
    context: ClientContext,
    server: oauth.AuthorizationServer,
    tokenGrantType: TokenGrantType,
    message: TokenMessage,
    how: AskHow = {},
  ): Promise<IssuedToken> {
    const { onSpend, keep, previous = null, redirect = null, ...rest } = how;
    const request = await tokenRequest(context, server, tokenGrantType, message);
    const constraint = await binding(context, previous);
    const proofKey = constraint?.key ?? null;
    const idTokenWanted = asksWho.has(tokenGrantType) && wantsNonce(context);
    const known = { bound: message.bound, previous, proofKey, idTokenWanted, ...rest };
    const asked = { ...response.momentOf(ports.clock), ...known };
    const sent = secretParameters.map((name) => message.parameters[name]);
    let time: number | null = null;
    let fresh: string | null = null;
    let whole: JsonAnswer = {};
    const form = answerFormOf(context.profile, tokenGrantType);
    const judge = (raw: RawAnswer, now: number): Outcome<JsonAnswer> => {
      time = vendorTime(raw);
      if (raw.status >= 200 && raw.status < 300) {
        whole = membersOf(raw) ?? {};
        fresh = response.readRefreshToken(membersOf(raw, form) ?? {});
      }
      return judgeAnswer(raw, now, form);
    };
    try {
      const spent = [...sent, previous?.access_token];
      const json = await ask(context, request, spent, judge, { onSpend, constraint });
      const read = { ...asked, vendorTime: time, came: { answer: whole, redirect } };
      return await response.readToken(context, server, json, read, judgeIdToken);
    } catch (error) {
      // Whatever else the answer says: the vendor takes no older one any more.
      if (fresh !== null) await keep?.(fresh);
      throw error;
    }
  }

  /** Revokes one token after the other. */
  async function revokeAll(
    context: ClientContext,
    requests: readonly OutgoingRequest[],
    { access_token, refresh_token }: Session,
  ): Promise<'done'> {
    let revoked = false;
    for (const request of requests) {
      try {
        await ask(context, request, [access_token, refresh_token], judgeRevocation);
      } catch (error) {
        // RFC 7009 section 2.2.1: some vendors revoke refresh tokens alone, and what hangs on them.
        const leftOut = error instanceof Failed && isUnsupported(error.failing);
        if (!(leftOut && revoked)) throw error;
      }
      revoked = true;
    }
    return 'done';
  }

  async function checkIdToken(
    context: ClientContext,
    server: oauth.AuthorizationServer,
    idToken: string,
  ): Promise<null> {
    const unixMs = ports.clock.unixMs();
    const question = { server, client: clientOf(context), idToken, nonce: undefined, unixMs, mayAsk: true };
    const { fault } = await judgeIdToken(question);
    if (fault !== null) throw unusable(message('id_token_fault', { detail: fault }));
    return null;
  }

  /** RFC 6749 section 4.2.2. */
  function tokenOfRedirect(
    context: ClientContext,
    parameters: ReadonlyMap<string, Parameter>,
    redirectUri: string,
  ): IssuedToken {
    const json = Object.fromEntries([...parameters].map(([name, { value }]) => [name, value]));
    const bound = { redirect_uri: redirectUri, scope: context.values['scope'] ?? null };
    const came = { answer: json, redirect: parameters };
    const asked = { ...response.momentOf(ports.clock), bound, previous: null, came };
    return response.readImplicit(context, json, asked);
  }

  return { ask, askToken, checkIdToken, revokeAll, tokenOfRedirect };
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
      const parameter = parameters.get(name);
      return parameter === undefined ? [] : [[name, parameter.value]];
    }),
  );
  // The state was judged when the answer was caught, by the profile's rule on absent ones.
  oauth.validateAuthResponse(server, readingClientOf(context), answer, oauth.skipStateCheck);
  const code = parameters.get('code');
  return (redirect?.code_passed_on === 'as_it_stood' ? code?.raw : code?.value) ?? '';
}

/** Judges the answer that brings a code without a page, in the form that the profile says. */
function directAnswer({ profile }: ClientContext) {
  return (raw: RawAnswer, now: number) => judgeAnswer(raw, now, profile.direct?.answer);
}

function isUnsupported(failing: Failed['failing']): boolean {
  return failing.kind === 'rejected' && failing.vendorError.error === 'unsupported_token_type';
}
