// A vendor's answer becomes a standard one, or a judgement on why not. Pure: status, headers and text in.
//
// Invariants: only the vendor's own word (an OAuth `error` below 500 that is not of the passing kind) is a
// refusal at once; a page of HTML never is one; a body is never kept in what is thrown.
import type { Profile } from '../profile.ts';
import type { VendorWords } from '../../api/errors.ts';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Why an answer brought no token. */
export type Failing =
  /** The vendor's own refusal. */
  | { readonly kind: 'refused'; readonly words: VendorWords; readonly status: number }
  /** 400, 401 or 403 without an OAuth error: a refusal only when it comes again. */
  | { readonly kind: 'unclear'; readonly status: number; readonly message: string }
  /** Passing, or not the vendor's word at all. */
  | {
      readonly kind: 'passing';
      readonly status: number | null;
      /** The vendor's OAuth error, where it said "later" by one. */
      readonly error?: string;
      readonly message: string;
      /** The vendor answered, in a form that cannot be used: the network is not at fault. */
      readonly unusable?: true;
      /** Ms to wait, as the vendor asked (RFC 9110 section 10.2.3); null when it did not. */
      readonly retryAfterMs: number | null;
    };

type Passing = Extract<Failing, { kind: 'passing' }>;

export type Judgement =
  { readonly kind: 'answer'; readonly json: Readonly<Record<string, unknown>> } | Failing;

/** Errors of RFC 6749 sections 4.1.2.1 and RFC 8628 section 3.5 that say "later", not "no". */
const passingErrors = new Set([
  'temporarily_unavailable',
  'server_error',
  'slow_down',
  'authorization_pending',
]);
const passingStatus = new Set([408, 425, 429]);

/** Judges an answer of a token endpoint (or of one that answers JSON as it does). `now`: Unix ms. */
export function judgeAnswer(raw: RawAnswer, now: number): Judgement {
  const retryAfterMs = parseRetryAfter(raw.headers.get('retry-after'), now);
  const passing = (message: string): Passing => ({
    kind: 'passing',
    status: raw.status,
    message,
    retryAfterMs,
  });
  if (raw.status >= 300 && raw.status < 400) {
    return passing(
      raw.headers.has('location')
        ? 'The vendor’s token address answered with a redirect, which is never followed; check the address.'
        : `The vendor answered with HTTP ${String(raw.status)}.`,
    );
  }
  // The text counts, not its label: some vendors call their JSON text/html.
  const json = parseObject(raw.text);
  const html = json === null && looksLikeHtml(raw);
  if (raw.status >= 200 && raw.status < 300) {
    if (json === null) {
      return html
        ? passing(
            'A web page came instead of the vendor’s answer; a proxy or a network’s sign-in page may stand between, or the address is wrong.',
          )
        : { ...passing('The vendor’s answer cannot be used: it is not JSON.'), unusable: true };
    }
    const words = vendorWords(json);
    // Some vendors refuse with status 200; an answer that carries what was asked for is not one of those.
    if (words !== null && json['access_token'] === undefined && json['code'] === undefined) {
      return refusalOr(words, raw.status, passing);
    }
    return { kind: 'answer', json };
  }
  const words = json === null || isReasonPhrase(json) ? null : vendorWords(json);
  if (raw.status >= 500 || passingStatus.has(raw.status)) {
    return passing(
      `The vendor answered with HTTP ${String(raw.status)}${words === null ? '' : ` (${words.error})`}.`,
    );
  }
  if (words !== null) {
    return refusalOr(words, raw.status, passing);
  }
  if (html) {
    return passing(
      `A web page (HTTP ${String(raw.status)}) came instead of the vendor’s answer; a proxy may stand between, or the address is wrong.`,
    );
  }
  if (raw.status === 400 || raw.status === 401 || raw.status === 403) {
    return {
      kind: 'unclear',
      status: raw.status,
      message: `The vendor answered with HTTP ${String(raw.status)} and gave no reason.`,
    };
  }
  return passing(`The vendor answered with HTTP ${String(raw.status)}; check the address.`);
}

/**
 * Judges the answer of a revocation endpoint (RFC 7009 section 2.2): null when it is done. Any answer of
 * success will do but a web page, which is not the vendor's.
 */
export function judgeRevocation(raw: RawAnswer, now: number): Failing | null {
  if (raw.status >= 200 && raw.status < 300 && !/^\s*<(!doctype|html)/i.test(raw.text)) {
    return null;
  }
  const judgement = judgeAnswer(raw, now);
  return judgement.kind === 'answer' ? null : judgement;
}

function refusalOr(words: VendorWords, status: number, passing: (message: string) => Passing): Failing {
  return passingErrors.has(words.error)
    ? { ...passing(`The vendor asked to wait (${words.error}).`), error: words.error }
    : { kind: 'refused', words, status };
}

function looksLikeHtml(raw: RawAnswer): boolean {
  return (
    /^\s*(text\/html|application\/xhtml)/i.test(raw.headers.get('content-type') ?? '') ||
    /^\s*<(!doctype|html|\?xml)/i.test(raw.text)
  );
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Web servers put the status in words under `error`, without more: that is not the vendor's refusal. */
const reasonPhrases = new Set([
  'Bad Request',
  'Unauthorized',
  'Forbidden',
  'Not Found',
  'Method Not Allowed',
  'Not Acceptable',
  'Conflict',
  'Gone',
  'Unsupported Media Type',
  'Unprocessable Entity',
]);

function isReasonPhrase(json: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof json['error'] === 'string' &&
    reasonPhrases.has(json['error']) &&
    json['error_description'] === undefined
  );
}

/** `error` and `error_description` of RFC 6749 section 5.2, cut to a length that people read. */
function vendorWords(json: Readonly<Record<string, unknown>>): VendorWords | null {
  const { error, error_description: description } = json;
  const short = typeof error === 'string' ? plain(error, 100) : '';
  if (short === '') {
    return null;
  }
  const long = typeof description === 'string' ? plain(description, 500) : '';
  return { error: short, ...(long === '' ? {} : { error_description: long }) };
}

/** A vendor's text without control characters (nor those that turn a line around), cut to a length. */
export function plain(text: string, length: number): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return clean.length > length ? `${clean.slice(0, length).toWellFormed()}…` : clean;
}

/** Ms: no vendor can ask for a longer silence, be it by mistake. */
const longestRetryAfter = 24 * 60 * 60 * 1000;

/** Ms from a Retry-After header (a day at most): seconds or an HTTP date. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null || header.trim() === '') {
    return null;
  }
  if (/^\s*\d+\s*$/.test(header)) {
    return Math.min(Number(header) * 1000, longestRetryAfter);
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.min(Math.max(0, date - now), longestRetryAfter);
}

/** Headers that speak of the vendor's body or connection, or ask for a client's authentication anew. */
const notPassedBack = /^(content-.*|transfer-encoding|connection|keep-alive|set-cookie|www-authenticate)$/;

/**
 * The headers of an answer that hold for its standard form too: `DPoP-Nonce`, `Date`, `Retry-After`, all that do
 * not speak of a body which is not passed on.
 */
export function standardHeaders(raw: RawAnswer): [name: string, value: string][] {
  return [...raw.headers].filter(([name]) => !notPassedBack.test(name));
}

/** A refusal or a failure in standard form (RFC 6749 section 5.2), so that its headers are read. */
export function standardError(raw: RawAnswer, failing: Failing): Response {
  const words = failing.kind === 'refused' ? failing.words : { error: 'server_error' };
  const status = raw.status >= 400 ? raw.status : 400;
  return Response.json(words, { status, headers: standardHeaders(raw) });
}

/**
 * A token answer in standard form: lifetimes in seconds, odd empties taken out, a missing token_type filled
 * in as the profile says. `id_token` is left in only where the issuer is known to be able to judge it.
 */
export function standardise(
  json: Readonly<Record<string, unknown>>,
  profile: Pick<Profile, 'lifetime_unit' | 'token_type_unsaid'>,
  keepIdToken: boolean,
): Record<string, unknown> {
  const answer: Record<string, unknown> = { ...json };
  const lifetime = lifetimeSeconds(json['expires_in'], profile.lifetime_unit);
  delete answer['expires_in'];
  if (lifetime !== null) {
    answer['expires_in'] = lifetime;
  }
  if (typeof answer['token_type'] !== 'string' || answer['token_type'] === '') {
    delete answer['token_type'];
    if (profile.token_type_unsaid !== undefined) {
      answer['token_type'] = profile.token_type_unsaid;
    }
  }
  if (typeof answer['refresh_token'] !== 'string' || answer['refresh_token'] === '') {
    delete answer['refresh_token'];
  }
  if (Array.isArray(answer['scope'])) {
    answer['scope'] = answer['scope'].filter((one) => typeof one === 'string').join(' ');
  }
  if (typeof answer['scope'] !== 'string' || answer['scope'] === '') {
    delete answer['scope'];
  }
  if (!keepIdToken || typeof answer['id_token'] !== 'string') {
    delete answer['id_token'];
  }
  return answer;
}

/** Seconds. Longer lives are cut: beyond this a number counts as "for ever", and dates end. */
const longestLife = 100 * 366 * 24 * 60 * 60;

/** Seconds, 0 at least; null when the vendor did not say, or not in a way that can be read. */
export function lifetimeSeconds(value: unknown, unit: Profile['lifetime_unit']): number | null {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && value.trim() !== ''
        ? Number(value)
        : NaN;
  if (!Number.isFinite(number)) {
    return null;
  }
  return Math.min(Math.max(0, unit === 'milliseconds' ? number / 1000 : number), longestLife);
}
