// How an exchange asks: a request by the context's gate, and a token at the token endpoint, exchanged further where the
// profile says so.
//
// Invariants: as those of exchange.ts. A refresh token that came is kept before anything else is asked or thrown.
import type * as oauth from 'oauth4webapi';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { wantsNonce, type AuthorizationRequest } from './authorization-request.ts';
import { answerFormOf, clientOf, furtherExchangeOf, withKept, type ClientContext } from './client-context.ts';
import {
  isBareToken,
  judgeAnswer,
  judgeRevocation,
  maxLifetime,
  membersOf,
  parseRetryAfter,
  vendorTime,
} from './dialect/answer.ts';
import type { AnswerForm, JsonAnswer } from './dialect/answer-form.ts';
import type { Parameter } from './dialect/redirect.ts';
import type { TokenMessage } from './grants/grant.ts';
import type { TokenGrantType } from './grants/index.ts';
import { endpointNames } from './endpoints.ts';
import { createIdTokenJudge } from './id-token.ts';
import { introspectionRequest, untilIntrospectedEnd } from './introspection.ts';
import { Failed, outcome, unusable, type Outcome } from './outcome.ts';
import type { Clock, OutgoingRequest, RawAnswer } from './ports.ts';
import { pushedUrl, pushEndpoint, pushRequest, readPushed } from './pushed-authorization.ts';
import * as response from './response.ts';
import type { Asked, IssuedToken } from './response.ts';
import type { SenderConstraint } from './sender-constraint/constraint.ts';
import { senderConstraints, type SenderConstraintId } from './sender-constraint/index.ts';
import type { ProofKey } from './sender-constraint/proof-key.ts';
import { choose } from './template.ts';
import type { Session } from './token.ts';
import { furtherEndpoint, furtherRequest, tokenEndpoint, tokenRequest } from './token-request.ts';
import { send, type Sending, type TransportPorts } from './transport.ts';

/** What whoever holds a refresh token hears while it is spent. */
export interface Spending {
  /** It goes out: from now on the vendor may hold another one good. */
  readonly onSpend: () => void;
  /** Keeps the new one of an answer that cannot be used otherwise; awaited before the answer is told. Never rejects. */
  readonly keep: (refreshToken: string) => Promise<void>;
}

/** Parameters of a token request that nobody else may see. The client's and a person's secrets are the account's own. */
const secretParameters = ['refresh_token', 'code', 'code_verifier', 'device_code', 'assertion'] as const;

/** Ms that a browser may take to bring the name of a pushed request to the vendor. */
const timeToOpen = 15_000;

/** Requests by which a person signs in who was asked for an ID token with `openid`. */
const asksWho: ReadonlySet<TokenGrantType> = new Set<TokenGrantType>(['authorization_code', 'device_code']);

/** What a token is asked for with, beside its message. */
type AskHow = Partial<Pick<Asked, 'previous' | 'nonce'>> &
  Partial<Spending> & {
    /** What came on the redirect whose code is exchanged. */
    readonly redirect?: ReadonlyMap<string, Parameter>;
  };

/** Asks the gate before anything is spent whether the token can be asked for, and be exchanged further. */
export function checkTokenEndpoint(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  tokenGrantType: TokenGrantType,
): void {
  context.gate.check(tokenEndpoint(context, server, tokenGrantType));
  checkFurther(context, tokenGrantType);
}

function checkFurther(context: ClientContext, tokenGrantType: TokenGrantType): void {
  const url = furtherEndpoint(context, tokenGrantType);
  if (url !== null) context.gate.check(url);
}

/** How all of them ask: by the context's gate, and for a token at the token endpoint. */
export function createAsking(ports: TransportPorts) {
  const judgeIdToken = createIdTokenJudge(ports);
  const constraints = { none: senderConstraints.none(), dpop: senderConstraints.dpop(ports.clock) };

  function ask(
    context: ClientContext,
    request: OutgoingRequest,
    sent: readonly (string | null | undefined)[] = [],
    judge: (raw: RawAnswer, now: number) => Outcome<JsonAnswer> = judgeAnswer,
    { constraint = null, ...how }: Pick<Sending<JsonAnswer>, 'isToken' | 'onSpend' | 'constraint'> = {},
  ): Promise<JsonAnswer> {
    const secrets = [...Object.values(context.secrets), ...sent].filter((one) => one != null);
    return send(ports, request, { gate: context.gate, judge, secrets, constraint, ...how });
  }

  const withToldEnd = createToldEnd(ports.clock, ask);

  async function askToken(
    context: ClientContext,
    server: oauth.AuthorizationServer,
    tokenGrantType: TokenGrantType,
    message: TokenMessage,
    how: AskHow = {},
  ): Promise<IssuedToken> {
    const { onSpend, keep, previous = null, redirect = null, ...rest } = how;
    const request = await tokenRequest(context, server, tokenGrantType, message);
    checkFurther(context, tokenGrantType);
    const constraint = await bindingOf(constraints, context, previous);
    const proofKey = constraint?.key ?? null;
    const idTokenWanted = asksWho.has(tokenGrantType) && wantsNonce(context);
    const known = { bound: message.bound, previous, proofKey, idTokenWanted, ...rest };
    let fresh: string | null = null;
    const keepFresh = async (): Promise<void> => {
      if (fresh !== null) await keep?.(fresh);
      fresh = null;
    };

    async function read(
      outgoing: OutgoingRequest,
      sent: readonly (string | null | undefined)[],
      form: AnswerForm,
      asked: Omit<Asked, keyof ReturnType<typeof response.momentOf>>,
      client = context,
    ): Promise<IssuedToken> {
      const moment = response.momentOf(ports.clock);
      let time: number | null = null;
      let whole: JsonAnswer = {};
      let retryAfterMs: number | null = null;
      const judge = (raw: RawAnswer, now: number): Outcome<JsonAnswer> => {
        time = vendorTime(raw);
        retryAfterMs = parseRetryAfter(raw.headers.get('retry-after'), now);
        if (raw.status >= 200 && raw.status < 300) {
          whole = membersOf(raw, { format: form.format }) ?? {};
          fresh = response.readRefreshToken(membersOf(raw, form) ?? {}) ?? fresh;
        }
        return judgeAnswer(raw, now, form);
      };
      const spends = outgoing === request ? onSpend : undefined;
      const isToken = (raw: RawAnswer): boolean => isBareToken(raw, form);
      const json = await ask(client, outgoing, sent, judge, { isToken, onSpend: spends, constraint });
      const came = { answer: whole, redirect };
      const whenRead = { ...asked, ...moment, vendorTime: time, came };
      const token = await outcome(() => response.readToken(client, server, json, whenRead, judgeIdToken));
      if (token.kind === 'granted') return token.value;
      // An answer of success that cannot be used may ask to wait as well.
      throw new Failed({ ...token, retryAfterMs });
    }

    try {
      const sent = [...secretParameters.flatMap((name) => message.parameters[name]), previous?.access_token];
      const first = await read(request, sent, answerFormOf(context.profile, tokenGrantType), known);
      const { session } = first;
      const client = withKept(context, session.kept);
      const next = await furtherRequest(client, server, tokenGrantType, session);
      if (next === null) return await withToldEnd(client, server, first, keepFresh);
      await keepFresh();
      const form = furtherExchangeOf(context.profile, tokenGrantType)?.answer ?? {};
      const further = { bound: message.bound, previous: session, proofKey };
      const second = await read(next, [session.access_token, session.refresh_token], form, further, client);
      // The one of the first answer is unspent: the access token alone was exchanged.
      const refresh_token = second.session.refresh_token ?? session.refresh_token;
      const whole = { ...second, session: { ...second.session, refresh_token } };
      return await withToldEnd(client, server, whole, keepFresh);
    } catch (error) {
      // Whatever else the answer says: the vendor takes no older one any more.
      await keepFresh();
      throw error;
    }
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

  const push = createPush(ports.clock, ask, constraints);
  const revokeAll = createRevocation(ask);
  return { ask, askToken, checkIdToken, push, revokeAll };
}

type Ask = ReturnType<typeof createAsking>['ask'];

/** What revokes one token after the other. */
function createRevocation(ask: Ask) {
  return async function revokeAll(
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
  };
}

/** Pushes an authorization request where the vendor wants that (RFC 9126); elsewhere it stays as it is. */
function createPush(
  clock: Clock,
  ask: Ask,
  constraints: Readonly<Record<SenderConstraintId, SenderConstraint>>,
) {
  return async function push(
    context: ClientContext,
    server: oauth.AuthorizationServer,
    request: AuthorizationRequest,
  ): Promise<AuthorizationRequest> {
    const url = pushEndpoint(context, server);
    if (url === null) return request;
    const constraint = await bindingOf(constraints, context, null);
    const from = endpointNames.pushed_authorization_request_endpoint;
    const judgePushed = (raw: RawAnswer, now: number): Outcome<JsonAnswer> => judgeAnswer(raw, now, {}, from);
    const pushOnce = async (): Promise<{ readonly url: string; readonly goodUntil: number }> => {
      const pushed = await pushRequest(context, server, url, request.parameters);
      const at = clock.steady();
      const json = await ask(context, pushed, [], judgePushed, { constraint });
      const { request_uri: name, expires_in: seconds } = await readPushed(context, server, json);
      return { url: pushedUrl(context, server, name), goodUntil: at + seconds * 1000 - timeToOpen };
    };
    let last = await pushOnce();
    const urlNow = (): Promise<Outcome<string>> =>
      outcome(async () => {
        if (clock.steady() >= last.goodUntil) last = await pushOnce();
        return last.url;
      });
    const proof = { ...request.proof, proofKey: constraint?.key ?? null };
    return { ...request, url: last.url, urlNow, proof };
  };
}

/**
 * A token with the end that the vendor tells when it is asked (RFC 7662), where its answer told none. `first` is awaited
 * before the vendor is asked. Never rejects.
 */
function createToldEnd(clock: Clock, ask: Ask) {
  return async function withToldEnd(
    context: ClientContext,
    server: oauth.AuthorizationServer,
    issued: IssuedToken,
    first: () => Promise<void>,
  ): Promise<IssuedToken> {
    if (issued.lifetimeAssumed !== true) return issued;
    const { access_token: token } = issued.session;
    const form = context.profile.introspection?.answer;
    let now = clock.unixMs();
    const judge = (raw: RawAnswer, unixMs: number): Outcome<JsonAnswer> => {
      now = vendorTime(raw) ?? unixMs;
      return judgeAnswer(raw, unixMs, form);
    };
    try {
      const request = await introspectionRequest(context, server, token);
      if (request === null) return issued;
      await first();
      const left = untilIntrospectedEnd(await ask(context, request, [token], judge), now);
      if (left === null) return issued;
      const { lifetimeAssumed: _assumed, ...rest } = issued;
      return { ...rest, session: { ...issued.session, lifetime: Math.min(left, maxLifetime * 1000) } };
    } catch (error) {
      // The token is there, and of use; the log has what came of the question.
      if (error instanceof Failed || error instanceof KeyfobError) return issued;
      throw error;
    }
  };
}

/** What binds the token that is asked for: the key of the one that is renewed, else as the profile says. */
async function bindingOf(
  constraints: Readonly<Record<SenderConstraintId, SenderConstraint>>,
  { profile, values, proofKey = null }: ClientContext,
  renewed: Session | null,
): Promise<{ readonly by: SenderConstraint; readonly key: ProofKey } | null> {
  if (renewed?.proof_key !== undefined) return { by: constraints.dpop, key: renewed.proof_key };
  const by = constraints[choose<SenderConstraintId>(profile.sender_constraint ?? 'none', values)];
  if (by === constraints.none) return null;
  const key = proofKey ?? (await by.drawKey());
  return key === null ? null : { by, key };
}

/** The token that stands in a redirect (RFC 6749 section 4.2.2). */
export function tokenOfRedirect(
  clock: Clock,
  context: ClientContext,
  parameters: ReadonlyMap<string, Parameter>,
  redirectUri: string,
): IssuedToken {
  const json = Object.fromEntries([...parameters].map(([name, { value }]) => [name, value]));
  const bound = { redirect_uri: redirectUri, scope: context.values['scope'] ?? null };
  const came = { answer: json, redirect: parameters };
  const asked = { ...response.momentOf(clock), bound, previous: null, came };
  return response.readImplicit(context, json, asked);
}

function isUnsupported(failing: Failed['failing']): boolean {
  return failing.kind === 'rejected' && failing.vendorError.error === 'unsupported_token_type';
}
