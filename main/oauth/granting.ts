// What all exchanges share: a standard request through the vendor's dialect, and its answer as an outcome.
//
// Invariants: a response body never leaves this file but as a checked answer or as the vendor's two words;
// a request's time is taken before it is sent, so that a life is never counted longer than the vendor does.
import * as oauth from 'oauth4webapi';
import { judgeAnswer, standardError, standardHeaders, standardise, type Failing } from './dialect/answer.ts';
import { toWire, type Message } from './dialect/wire.ts';
import { KeyfobError } from '../api/errors.ts';
import type { ClientAuthWay, Leg } from './profile.ts';
import type { Session } from './token.ts';
import type { SteadyMark } from './token.ts';
import { createServers, requireEndpoint, type Party } from './server.ts';
import { choose } from './template.ts';
import { Failed, send, type TransportPorts } from './transport.ts';

/** A token as the vendor granted it, and when by the steady clock it was asked for. */
export interface Granted {
  readonly session: Session;
  readonly mark: SteadyMark;
}

export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failing: Failing };

/** What a sign-in is made with; vendors want it again at refresh. */
export type Bound = Session['bound'];

export type TokenLeg =
  'authorization_code' | 'refresh_token' | 'password' | 'client_credentials' | 'device_code';

/** Token types that oauth4webapi is to take, filled in by the answer itself. */
type TokenTypes = Record<string, () => void>;

/** What oauth4webapi wants for one request to the token endpoint. */
export interface TokenRequestParts {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly auth: oauth.ClientAuth;
  readonly options: oauth.TokenEndpointRequestOptions;
  /** How a token is used is the profile's to say (`api`), so its type may bear any name. */
  readonly taking: { readonly recognizedTokenTypes: TokenTypes };
}

/** The frame of every exchange over a network. */
export function createGranting(ports: TransportPorts) {
  const serverOf = createServers(ports);

  /**
   * The customFetch of one leg: the standard message goes out in the vendor's form, the answer comes back
   * standard, and the headers that hold in both forms pass both ways. What is no answer is told by `judged`.
   */
  function through(
    party: Party,
    leg: Leg,
    judged: Judged,
    standard: (json: Readonly<Record<string, unknown>>) => unknown,
    onSpend?: () => void,
  ) {
    return async (
      url: string,
      init: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
    ): Promise<Response> => {
      judged.failing = null;
      const message: Message = new Map(init.body instanceof URLSearchParams ? init.body : []);
      const rules = { leg, clientAuth: clientAuth(party), values: party.values, headers: init.headers ?? {} };
      const raw = await send(ports, toWire(url, message, rules), party.gate, onSpend);
      const judgement = judgeAnswer(raw, ports.clock.wall());
      if (judgement.kind !== 'answer') {
        judged.failing = judgement;
        return standardError(raw, judgement);
      }
      return Response.json(standard(judgement.json), { headers: standardHeaders(raw) });
    };
  }

  async function grant(
    party: Party,
    leg: TokenLeg,
    bound: Bound,
    previous: Session | null,
    run: (request: TokenRequestParts) => Promise<oauth.TokenEndpointResponse>,
    onSpend?: () => void,
  ): Promise<Outcome<Granted>> {
    return outcome(async () => {
      const server = await serverOf(party);
      const url = requireEndpoint(server, 'token_endpoint', party.profile);
      const asked = { wall: ports.clock.wall(), steady: ports.clock.steady() };
      const recognized: TokenTypes = {};
      const judged: Judged = { failing: null };
      const keepIdToken = party.profile.issuer !== undefined && leg === 'authorization_code';
      const answering = run({
        server,
        ...client(party),
        taking: { recognizedTokenTypes: recognized },
        options: {
          [oauth.customFetch]: through(
            party,
            tokenLeg(party, leg),
            judged,
            (json) => {
              const answer = standardise(json, party.profile, keepIdToken);
              if (typeof answer['token_type'] === 'string') {
                recognized[answer['token_type'].toLowerCase()] = () => {};
              }
              return answer;
            },
            onSpend,
          ),
          [oauth.allowInsecureRequests]: isHttp(url),
        },
      });
      const answer = await orFailed(judged, answering);
      return { session: toSession(party, answer, bound, previous, asked.wall), mark: asked.steady };
    });
  }

  return { serverOf, grant, through };
}

/** What our own judgement said of the last answer, where oauth4webapi sees an error alone. */
export interface Judged {
  failing: Failing | null;
}

/** The judgement of an answer counts more than what oauth4webapi says of its standard form. */
export async function orFailed<T>(judged: Judged, answering: Promise<T>): Promise<T> {
  try {
    return await answering;
  } catch (error) {
    throw judged.failing === null || error instanceof Failed ? error : new Failed(judged.failing);
  }
}

/** The way the profile wants; a client without a secret shows its id alone (RFC 6749 section 2.3). */
export function clientAuth(party: Party): ClientAuthWay {
  const way = choose<ClientAuthWay>(party.profile.client_auth, party.values);
  return (party.secrets['client_secret'] ?? '') === '' ? 'none' : way;
}

/** The rules of one leg of the token endpoint. */
export function tokenLeg(party: Party, grant: TokenLeg): Leg {
  const { legs, ...base } = party.profile.token ?? {};
  return { ...base, ...legs?.[grant] };
}

/** oauth4webapi always gets client_id and secret among the parameters: the dialect moves them. */
export function client(party: Party): { client: oauth.Client; auth: oauth.ClientAuth } {
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

export function isHttp(url: string): boolean {
  return URL.parse(url)?.protocol === 'http:';
}

/** Runs an exchange: a judgement becomes an outcome, an answer that breaks the rules a passing failure. */
export async function outcome<T>(run: () => Promise<T>): Promise<Outcome<T>> {
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
export function notUnderstood(detail: string): Failed {
  return new Failed({
    kind: 'passing',
    status: null,
    unusable: true,
    message: `The vendor’s answer cannot be used: ${detail}.`,
    retryAfterMs: null,
  });
}

/** RFC 6749 appendix A.12. Of anything else a header might be made that says more than the token. */
export function canBeSent(token: string): boolean {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token);
}

/** A refresh token that cannot be sent is none (RFC 6749 appendix A.17). */
function sendable(token: string | undefined): string | undefined {
  return token !== undefined && canBeSent(token) ? token : undefined;
}

function toSession(
  party: Party,
  answer: oauth.TokenEndpointResponse,
  bound: Bound,
  previous: Session | null,
  askedAt: number,
): Session {
  if (!canBeSent(answer.access_token)) {
    throw notUnderstood('the access token holds characters that no token may');
  }
  const keptRefreshToken =
    previous !== null && party.profile.refresh_token === 'reusable' ? previous.refresh_token : null;
  return {
    access_token: answer.access_token,
    token_type: answer.token_type,
    obtained_at: askedAt,
    lifetime: answer.expires_in === undefined ? null : Math.round(answer.expires_in * 1000),
    refresh_token: sendable(answer.refresh_token) ?? keptRefreshToken,
    scope: answer.scope ?? previous?.scope ?? bound.scope,
    bound,
  };
}
