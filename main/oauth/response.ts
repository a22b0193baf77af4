// Reads what was granted: a vendor's answer, judged and standard, becomes a token, a code or a device's code.
//
// Invariants: what is read is checked by oauth4webapi, or thrown as an answer that cannot be used; nothing here
// sends. A token's life is counted from before its request was sent, never longer than the vendor counts it.
import * as oauth from 'oauth4webapi';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { readingClientOf, type ClientContext } from './client-context.ts';
import { lifetimeSeconds, maxLifetime, standardise, textOf } from './dialect/answer.ts';
import type { JsonAnswer } from './dialect/answer-form.ts';
import { assumedLifetime, isTelling, untilNamedEnd } from './dialect/lifetime.ts';
import type { Bound } from './grants/grant.ts';
import { readKeptValues, type CameBack } from './kept-values.ts';
import { KeysUnknown, type IdTokenJudgement, type IdTokenQuestion, type JudgeIdToken } from './id-token.ts';
import { readClaims } from './jwt.ts';
import { unusable } from './outcome.ts';
import type { Clock } from './ports.ts';
import type { ProofKey } from './sender-constraint/proof-key.ts';
import type { BootTime, Session, SteadyMark } from './token.ts';
import { webAddress } from './url.ts';

/** A token as the vendor granted it, and when by the steady clock it was asked for. */
export interface IssuedToken {
  readonly session: Session;
  readonly mark: SteadyMark;
  /** The answer did not say how long the token lives: the session has what holds for it all the same. */
  readonly lifetimeAssumed?: true;
}

/** What the person is shown, and what is asked with (RFC 8628 section 3.2). */
export interface DeviceStart {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly url: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Seconds between two questions. */
  readonly interval: number;
}

/** What a token answer is read against. */
export interface Asked {
  readonly bound: Bound;
  /** When it was asked for. */
  readonly unixMs: number;
  readonly steady: number;
  readonly boot: BootTime | null;
  /** Unix ms of the vendor's clock as it answered; null, or left out: not known. */
  readonly vendorTime?: number | null;
  /** What the redirect and the answer held, for what the profile keeps; left out: nothing. */
  readonly came?: CameBack;
  /** The session that is renewed, for what the answer leaves out; null: a sign-in. */
  readonly previous: Session | null;
  /** For the answer to a code: the nonce that its ID token must bear (null: none); else left out. */
  readonly nonce?: string | null;
  /** The key that the token was asked for with, and is bound to; null, or left out: none. */
  readonly proofKey?: ProofKey | null;
  /** Whether the sign-in asked for an ID token (`openid`), so that one must be there and hold. */
  readonly idTokenWanted?: boolean;
}

/** The moment at which something is asked for. */
export function momentOf(clock: Clock): Pick<Asked, 'unixMs' | 'steady' | 'boot'> {
  return { unixMs: clock.unixMs(), steady: clock.steady(), boot: clock.boot() };
}

/**
 * Reads a token (RFC 6749 section 5.1), and judges the ID token beside it. Throws Failed for an answer that cannot be
 * used: where an ID token was asked for, that is one without it, or with one that does not hold.
 */
export async function readToken(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  json: JsonAnswer,
  asked: Asked,
  judgeIdToken: JudgeIdToken,
): Promise<IssuedToken> {
  const { profile } = context;
  const { id_token: idToken, ...standard } = standardise(json, profile, profile.issuer !== undefined);
  const type = standard['token_type'];
  // How a token is used is the profile's to say (`api`), so its type may bear any name.
  const recognizedTokenTypes = typeof type === 'string' ? { [type.toLowerCase()]: () => {} } : {};
  const client = readingClientOf(context);
  const response = Response.json(standard);
  const answer = await oauth.processGenericTokenEndpointResponse(server, client, response, {
    recognizedTokenTypes,
  });
  if (asked.proofKey == null) refuseBoundType(answer.token_type);
  else if (answer.token_type !== 'dpop') {
    // RFC 9449 section 5: whoever wanted it bound does not take it otherwise.
    throw unusable(message('token_not_bound', { type: answer.token_type }));
  }
  if (!canBeSent(answer.access_token)) {
    throw unusable(message('access_token_not_sendable', {}));
  }
  const { previous } = asked;
  const kept = profile.refresh_token === 'reusable' ? (previous?.refresh_token ?? null) : null;
  const { nonce, unixMs, vendorTime } = asked;
  const question = { server, client, nonce, unixMs: vendorTime ?? unixMs, mayAsk: previous === null };
  const judged = await judgedIdToken(question, idToken, asked.idTokenWanted === true, judgeIdToken);
  return issued(context, json, asked, {
    idToken: judged === null ? keptIdToken(previous) : idTokenMembers(idToken, judged, previous),
    access_token: answer.access_token,
    token_type: answer.token_type,
    expires_in: answer.expires_in,
    // A refresh token that cannot be sent is none (RFC 6749 appendix A.17).
    refresh_token: readRefreshToken(standard) ?? kept,
    scope: answer.scope ?? previous?.scope,
  });
}

/** The refresh token of an answer, as text or a number, whatever else it holds; null: none that can be sent. */
export function readRefreshToken({ refresh_token: came }: JsonAnswer): string | null {
  const fresh = textOf(came);
  return typeof fresh === 'string' && canBeSent(fresh) ? fresh : null;
}

/** Reads the token of a redirect (RFC 6749 section 4.2.2). */
export function readImplicit(context: ClientContext, json: JsonAnswer, asked: Asked): IssuedToken {
  const { access_token: token, expires_in, token_type, scope } = standardise(json, context.profile, false);
  if (typeof token !== 'string' || !canBeSent(token)) {
    throw unusable(message('answer_without_usable_token', {}));
  }
  if (typeof token_type === 'string') refuseBoundType(token_type);
  return issued(context, json, asked, {
    access_token: token,
    token_type: typeof token_type === 'string' ? token_type.toLowerCase() : 'bearer',
    expires_in: typeof expires_in === 'number' ? expires_in : undefined,
    refresh_token: null,
    scope: typeof scope === 'string' ? scope : undefined,
  });
}

/** What a session has of an ID token. */
type IdTokenMembers = Pick<Session, 'id_token' | 'id_token_unchecked' | 'id_token_fault'>;

/** OpenID Connect Core 1.0 section 12.2: an answer to a refresh need not bring another one. */
function keptIdToken(previous: Session | null): IdTokenMembers {
  const { id_token, id_token_unchecked } = previous ?? {};
  return {
    ...(id_token === undefined ? {} : { id_token }),
    ...(id_token_unchecked === undefined ? {} : { id_token_unchecked }),
  };
}

function idTokenMembers(
  idToken: unknown,
  { fault, isChecked }: IdTokenJudgement,
  previous: Session | null,
): IdTokenMembers {
  const subjectOf = (token: unknown): unknown =>
    typeof token === 'string' ? readClaims(token)?.['sub'] : undefined;
  const [before, now] = [subjectOf(previous?.id_token), subjectOf(idToken)];
  // The same section: a refresh tells of the same person.
  const wrong = fault ?? (before !== undefined && before !== now ? 'it is of another person' : null);
  if (wrong !== null) return { ...keptIdToken(previous), id_token_fault: wrong };
  return { id_token: String(idToken), ...(isChecked ? {} : { id_token_unchecked: true }) };
}

/**
 * What the ID token that came is worth; null where none came and none was asked for. Throws Failed where one was asked
 * for and there is none that holds.
 */
async function judgedIdToken(
  question: Omit<IdTokenQuestion, 'idToken'>,
  idToken: unknown,
  isWanted: boolean,
  judge: JudgeIdToken,
): Promise<IdTokenJudgement | null> {
  if (typeof idToken !== 'string') {
    if (isWanted) throw unusable(message('id_token_missing', {}));
    return null;
  }
  try {
    const judged = await judge({ ...question, idToken });
    const { fault } = judged;
    if (fault !== null && isWanted) throw unusable(message('id_token_fault', { detail: fault }));
    return judged;
  } catch (error) {
    if (!(error instanceof KeysUnknown)) throw error;
    const detail = 'its keys could not be had';
    // Not the token endpoint's failure: what was spent there is spent, and nothing is sent again.
    if (isWanted) throw unusable(message('id_token_fault', { detail }));
    // Nobody asked for it: that keeps no token from its owner.
    return { fault: detail, isChecked: true };
  }
}

/** Types whose tokens are proven with a key (RFC 9449 section 5): sent as Bearer they are of no use. Throws Failed. */
function refuseBoundType(type: string): void {
  if (/^(?:dpop|pop|mac)$/i.test(type)) {
    throw unusable(message('token_type_not_asked_for', { type: type.toLowerCase() }));
  }
}

interface TokenFields {
  readonly idToken?: IdTokenMembers;
  readonly access_token: string;
  readonly token_type: string;
  /** Seconds. */
  readonly expires_in: number | undefined;
  readonly refresh_token: string | null;
  readonly scope: string | null | undefined;
}

function issued(
  { profile, lastLifetime = null }: ClientContext,
  json: JsonAnswer,
  { unixMs, steady, boot, vendorTime = null, bound, previous, came, proofKey = null }: Asked,
  fields: TokenFields,
): IssuedToken {
  const now = vendorTime ?? unixMs;
  const told = fields.expires_in === undefined ? untilNamedEnd(json, now) : fields.expires_in * 1000;
  const usual = profile.default_lifetime === undefined ? null : profile.default_lifetime * 1000;
  const lifetime = told ?? assumedLifetime(fields.access_token, { earlier: lastLifetime, usual }, now);
  const idToken = typeof json['id_token'] === 'string' ? json['id_token'] : null;
  const secrets = [fields.access_token, fields.refresh_token, previous?.refresh_token ?? null, idToken];
  const fresh = came === undefined ? {} : readKeptValues(profile.kept_values, came, secrets);
  const kept = { ...previous?.kept, ...fresh };
  const whole = lifetime === null ? null : Math.min(Math.round(lifetime), maxLifetime * 1000);
  const isSlip = whole !== null && !isTelling(whole, profile);
  const session: Session = {
    access_token: fields.access_token,
    token_type: fields.token_type,
    obtained_at: unixMs,
    clocks: { ahead: vendorTime === null ? null : unixMs - vendorTime, boot },
    lifetime: whole,
    ...(isSlip && lastLifetime !== null ? { earlier_lifetime: lastLifetime } : {}),
    refresh_token: fields.refresh_token,
    scope: fields.scope ?? bound.scope,
    ...(Object.keys(kept).length === 0 ? {} : { kept }),
    ...fields.idToken,
    ...(proofKey === null ? {} : { proof_key: proofKey }),
    bound,
  };
  return { session, mark: steady, ...(told === null ? { lifetimeAssumed: true } : {}) };
}

/** RFC 6749 appendix A.12. Of anything else a header might be made that says more than the token. */
function canBeSent(token: string): boolean {
  return /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token);
}

/** Reads the code of a direct sign-in, as text or a number. Throws Failed where there is none that can be sent. */
export function readCode({ code: came }: JsonAnswer): string {
  const code = textOf(came);
  if (typeof code !== 'string' || code === '') {
    throw unusable(message('answer_without_code_field', {}));
  }
  if (!canBeSent(code)) {
    throw unusable(message('code_not_sendable', {}));
  }
  return code;
}

/** Seconds for which a device's code is good whose vendor does not say it; the vendor may end it sooner (`expired_token`). */
const usualCodeLife = 900;

/**
 * A device answer in standard form: the page under the name of the drafts before RFC 8628 (`verification_url`), numbers
 * as text and codes as numbers, nulls for what is not there, a page that is no text left out. An interval that is left
 * out, 0 or no number is 5 s (RFC 8628 section 3.2), an `expires_in` like that 900 s.
 */
function standardDeviceStart(json: JsonAnswer): JsonAnswer {
  const { verification_url: page, ...rest } = json;
  const answer: Record<string, unknown> = {
    ...(page === undefined ? {} : { verification_uri: page }),
    ...withoutNulls(rest),
  };
  for (const [name, usual] of [
    ['expires_in', usualCodeLife],
    ['interval', 5],
  ] as const) {
    answer[name] = lifetimeSeconds(answer[name], 'seconds') || usual;
  }
  for (const name of ['device_code', 'user_code']) answer[name] = textOf(answer[name]);
  if (typeof answer['verification_uri_complete'] !== 'string') {
    delete answer['verification_uri_complete'];
  }
  return answer;
}

function withoutNulls(json: JsonAnswer): Record<string, unknown> {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null && value !== ''));
}

/** Reads a device's code (RFC 8628 section 3.2). Throws `unusable_answer` for a page that is none of the web. */
export async function readDeviceStart(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  json: JsonAnswer,
): Promise<DeviceStart> {
  const response = Response.json(standardDeviceStart(json));
  const start = await oauth.processDeviceAuthorizationResponse(server, readingClientOf(context), response);
  const named = webAddress(start.verification_uri);
  const whole = start.verification_uri_complete;
  const page = whole === undefined ? named : webAddress(whole);
  if (named === null || page === null) {
    throw new KeyfobError('page_not_of_the_web', { provider: context.profile.name });
  }
  return {
    deviceCode: start.device_code,
    userCode: start.user_code,
    url: page,
    expiresIn: start.expires_in,
    interval: start.interval ?? 5,
  };
}
