// A vendor's answer becomes a standard one, or a judgement on why not. Pure: status, headers and text in.
//
// Invariants: only the vendor's own word (an OAuth `error` below 500 that does not say "later") is a refusal
// at once; a page of HTML never is one; a body is never kept in what is thrown.
import { judgesNothing, type Failing, type Outcome, type Transient } from '../outcome.ts';
import type { RawAnswer } from '../ports.ts';
import type { Profile } from '../profile.ts';
import type { VendorWords } from '../../api/errors.ts';
import { parseJson } from '../../api/json.ts';
import { shownText } from '../../api/shown-text.ts';
import { message, type Message } from '../../api/problems/index.ts';

/** A JSON object, as it came. */
export type JsonAnswer = Readonly<Record<string, unknown>>;

/** Errors of RFC 6749 sections 4.1.2.1 and RFC 8628 section 3.5 that say "later", not "no". */
const transientErrors = new Set([
  'temporarily_unavailable',
  'server_error',
  'slow_down',
  'authorization_pending',
]);

/** Judges an answer of a token endpoint (or of one that answers JSON as it does). `now`: Unix ms. */
export function judgeAnswer(raw: RawAnswer, now: number): Outcome<JsonAnswer> {
  const { status } = raw;
  const retryAfterMs = parseRetryAfter(raw.headers.get('retry-after'), now);
  const transient = (why: Message): Transient => ({
    kind: 'transient',
    status,
    message: why,
    retryAfterMs,
  });
  if (status >= 300 && status < 400) {
    return transient(
      raw.headers.has('location') ? message('vendor_redirects', {}) : message('vendor_status', { status }),
    );
  }
  // The text counts, not its label: some vendors call their JSON text/html.
  const json = parseObject(raw.text);
  const html = json === null && looksLikeHtml(raw);
  if (status >= 200 && status < 300) {
    if (json === null) {
      return html
        ? transient(message('web_page_came', {}))
        : {
            ...transient(message('cannot_be_used', { detail: message('answer_not_json', {}) })),
            unusable: true,
          };
    }
    const words = vendorWords(json);
    // Some vendors refuse with status 200; an answer that carries what was asked for is not one of those.
    if (words !== null && json['access_token'] === undefined && json['code'] === undefined) {
      return refusalOr(words, status, transient);
    }
    return { kind: 'granted', value: json };
  }
  const words = json === null || isReasonPhrase(json) ? null : vendorWords(json);
  if (judgesNothing(status)) {
    return transient(
      words === null
        ? message('vendor_status', { status })
        : message('vendor_status_and_error', { status, error: words.error }),
    );
  }
  if (words !== null) {
    return refusalOr(words, status, transient);
  }
  if (html) {
    return transient(message('web_page_came_with_status', { status }));
  }
  if (status === 400 || status === 401 || status === 403) {
    return {
      kind: 'ambiguous',
      status,
      message: message('vendor_status_unexplained', { status }),
    };
  }
  return transient(message('vendor_status_check_address', { status }));
}

/**
 * Judges the answer of a revocation endpoint (RFC 7009 section 2.2). Any answer of success will do but a web
 * page, which is not the vendor's.
 */
export function judgeRevocation(raw: RawAnswer, now: number): Outcome<JsonAnswer> {
  const done = raw.status >= 200 && raw.status < 300 && !/^\s*<(!doctype|html)/i.test(raw.text);
  return done ? { kind: 'granted', value: {} } : judgeAnswer(raw, now);
}

function refusalOr(words: VendorWords, status: number, transient: (why: Message) => Transient): Failing {
  return transientErrors.has(words.error)
    ? { ...transient(message('vendor_asks_to_wait', { error: words.error })), error: words.error }
    : { kind: 'rejected', words, status };
}

function looksLikeHtml(raw: RawAnswer): boolean {
  return (
    /^\s*(text\/html|application\/xhtml)/i.test(raw.headers.get('content-type') ?? '') ||
    /^\s*<(!doctype|html|\?xml)/i.test(raw.text)
  );
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value = parseJson(text);
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
  const short = typeof error === 'string' ? shownText(error, 100) : '';
  if (short === '') {
    return null;
  }
  const long = typeof description === 'string' ? shownText(description, 500) : '';
  return { error: short, ...(long === '' ? {} : { error_description: long }) };
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
