// A vendor's answer becomes a standard one, or a judgement on why not. Pure: status, headers and text in.
//
// Invariants: only the vendor's own word (an `error` below 500 that does not say "later") is a refusal; a page of
// HTML never is one; a body is never kept in what is thrown, but for the words that it has for people.
import { judgesNothing, type Failing, type Outcome, type Transient } from '../outcome.ts';
import type { RawAnswer } from '../ports.ts';
import type { Profile } from '../profile.ts';
import type { VendorError } from '../../api/errors.ts';
import { parseJson } from '../../api/json.ts';
import { shownText } from '../../api/shown-text.ts';
import { inStandardNames, type AnswerForm, type JsonAnswer } from './answer-form.ts';
import { message, type Message } from '../../api/problems/index.ts';

/** Errors of RFC 6749 sections 4.1.2.1 and RFC 8628 section 3.5 that say "later", not "no". */
const transientErrors = new Set([
  'temporarily_unavailable',
  'server_error',
  'slow_down',
  'authorization_pending',
]);

/**
 * Judges an answer of a token endpoint (or of one that answers JSON as it does). `now`: Unix ms; `from`: what answered,
 * where it is no token endpoint.
 */
export function judgeAnswer(
  raw: RawAnswer,
  now: number,
  form: AnswerForm = {},
  from: Message | null = null,
): Outcome<JsonAnswer> {
  const { status } = raw;
  const retryAfterMs = parseRetryAfter(raw.headers.get('retry-after'), now);
  const transient = (why: Message): Transient => ({
    kind: 'transient',
    status,
    message: why,
    retryAfterMs,
  });
  if (status >= 300 && status < 400) {
    if (!raw.headers.has('location')) return transient(message('vendor_status', { status }));
    const redirects =
      from === null ? message('vendor_redirects', {}) : message('endpoint_redirects', { endpoint: from });
    return transient(redirects);
  }
  const came = members(raw, form);
  const html = came === null && looksLikeHtml(raw);
  const json = came === null ? null : inStandardNames(came, form);
  if (status >= 200 && status < 300) {
    if (json === null) {
      return html
        ? transient(message('web_page_came', {}))
        : {
            ...transient(message('cannot_be_used', { detail: message('answer_not_json', {}) })),
            unusable: true,
          };
    }
    const vendorError = vendorErrorOf(json);
    // Some vendors refuse with status 200; an answer that carries what was asked for is not one of those.
    if (vendorError !== null && !isText(json['access_token']) && !isText(json['code'])) {
      return refusalOr(vendorError, { status, retryAfterMs }, transient);
    }
    return { kind: 'granted', value: json };
  }
  const vendorError = json === null || isReasonPhrase(json) ? null : vendorErrorOf(json);
  if (judgesNothing(status)) {
    return transient(
      vendorError === null
        ? message('vendor_status', { status })
        : message('vendor_status_and_error', { status, error: vendorError.error }),
    );
  }
  if (vendorError !== null) {
    return refusalOr(vendorError, { status, retryAfterMs }, transient);
  }
  if (html) {
    return transient(message('web_page_came_with_status', { status }));
  }
  if (status === 400 || status === 401 || status === 403) {
    const words = json === null ? plainWords(raw.text) : wordsOf(json, status);
    return {
      kind: 'ambiguous',
      status,
      isJson: json !== null,
      message:
        words === null
          ? message('vendor_status_unexplained', { status })
          : message('vendor_status_and_error', { status, error: words }),
      ...(words === null ? {} : { words }),
      retryAfterMs,
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
  return done
    ? { kind: 'granted', value: {} }
    : judgeAnswer(raw, now, {}, message('endpoint_revocation', {}));
}

function refusalOr(
  vendorError: VendorError,
  { status, retryAfterMs }: { readonly status: number; readonly retryAfterMs: number | null },
  transient: (why: Message) => Transient,
): Failing {
  return transientErrors.has(vendorError.error)
    ? { ...transient(message('vendor_asks_to_wait', { error: vendorError.error })), error: vendorError.error }
    : { kind: 'rejected', vendorError, status, retryAfterMs };
}

function looksLikeHtml(raw: RawAnswer): boolean {
  return (
    /^\s*(text\/html|application\/xhtml)/i.test(raw.headers.get('content-type') ?? '') ||
    /^\s*<(!doctype|html|\?xml)/i.test(raw.text)
  );
}

/** A text as JSON; left undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  const value = parsed(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** Whether an answer's media type says that it is form-encoded. */
export function isFormEncoded({ headers }: RawAnswer): boolean {
  return /^\s*application\/x-www-form-urlencoded\b/i.test(headers.get('content-type') ?? '');
}

/** Whether an answer of success is a token alone: no object of JSON, which would be a refusal, and no page. */
export function isBareToken({ status, text }: RawAnswer, { format }: AnswerForm): boolean {
  return format === 'token' && status >= 200 && status < 300 && !/^\s*(?:[{<]|$)/.test(text);
}

/** The members of an answer as it came. The text counts, not its label: some vendors call their JSON text/html. */
function members(raw: RawAnswer, form: AnswerForm): Record<string, unknown> | null {
  const object = parseObject(raw.text);
  if (object !== null) return object;
  if (isBareToken(raw, form)) return { access_token: bareToken(raw.text) };
  const isPage = /^\s*</.test(raw.text) || (looksLikeHtml(raw) && form.format !== 'form');
  const isForm = isFormEncoded(raw) || (form.format === 'form' && /^[^\s=]+=/.test(raw.text.trim()));
  return isForm && !isPage ? Object.fromEntries(new URLSearchParams(raw.text.trim())) : null;
}

/** A token alone, or as a text of JSON. Digits are a token too, and no number. */
function bareToken(text: string): unknown {
  try {
    const value = parseJson(text);
    return typeof value === 'number' ? text.trim() : value;
  } catch {
    return text.trim();
  }
}

/** The members of an answer, whatever its status says; null: it has none. */
export function membersOf(raw: RawAnswer, form: AnswerForm = {}): JsonAnswer | null {
  const came = members(raw, form);
  return came === null ? null : inStandardNames(came, form);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A number as the text that it was meant as, where none of its digits are lost; anything else as it came. */
export function textOf(value: unknown): unknown {
  return Number.isSafeInteger(value) ? String(value) : value;
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

/** Whether a text says no more than a status does. */
function isStatusInWords(text: string): boolean {
  const plain = text.replace(/^\d{3}\s+|\.$/g, '').toLowerCase();
  return [...reasonPhrases].some((phrase) => phrase.toLowerCase() === plain);
}

function isReasonPhrase(json: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof json['error'] === 'string' &&
    reasonPhrases.has(json['error']) &&
    json['error_description'] === undefined
  );
}

/**
 * `error` and `error_description` of RFC 6749 section 5.2, cut to a length that people read; where the vendor has
 * other names for them, `{"error":{"code","message"}}` or `{"errorCode","errorSummary"}`, the same of those.
 */
export function vendorErrorOf(json: Readonly<Record<string, unknown>>): VendorError | null {
  const { error, error_description: description, errorCode, errorSummary } = json;
  if (isText(error)) return errorFrom([error], description);
  if (typeof error !== 'object' || error === null) return errorFrom([errorCode, errorSummary], errorSummary);
  const { code, type, status, message: text }: Record<string, unknown> = { ...error };
  return isText(text) ? errorFrom([...[code, type, status].filter(isText), code, text], text) : null;
}

/** The first of `names` that is a text or a number, and `description` beside it where it says more. */
function errorFrom(names: readonly unknown[], description: unknown): VendorError | null {
  const name = names.find((one) => isText(one) || typeof one === 'number');
  const error = typeof name === 'string' || typeof name === 'number' ? shownText(String(name), 100) : '';
  if (error === '') {
    return null;
  }
  const long = typeof description === 'string' && description !== name ? shownText(description, 500) : '';
  return { error, ...(long === '' ? {} : { error_description: long }) };
}

/** The first of several errors, as an object; one without members where there is none. */
function firstOf(errors: unknown): Readonly<Record<string, unknown>> {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return typeof first === 'object' && first !== null ? { ...first } : {};
}

/** Characters of a text that is no JSON and is shown all the same; a longer one is no message for people. */
const longestPlainWords = 300;

/**
 * What an answer says of why it refuses, in any form that vendors have for it (RFC 9457's `title` and `detail` among
 * them), for people to read; null: nothing beyond its status. It judges nothing.
 */
function wordsOf(json: Readonly<Record<string, unknown>>, status: number): string | null {
  const { error, errors } = json;
  const inner: unknown = typeof error === 'object' && error !== null ? error : {};
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const places = [json, { ...(inner as object) }, firstOf(errors)] as readonly Record<string, unknown>[];
  const named = (names: readonly string[]): readonly unknown[] =>
    places.flatMap((place) => names.map((name) => place[name]));
  const says = (value: unknown): string | null => {
    const text = isText(value) ? shownText(value, 500) : '';
    return text === '' || isStatusInWords(text) ? null : text;
  };
  const codes = [error, ...named(['code', 'error_code', 'errorCode', 'errorType', 'title'])];
  const code = codes
    .map((one) => (typeof one === 'number' && one !== status ? String(one) : says(one)))
    .find((one) => one !== null && one !== String(status));
  const texts = [...named(['error_description', 'message', 'detail', 'errorSummary', 'description']), first];
  const text = texts.map(says).find((one) => one !== null);
  const both = [...new Set([code, text])].filter((one) => one != null);
  return both.length === 0 ? null : shownText(both.join(': '), 500);
}

/** As `wordsOf`, of a body that is no object of JSON: a short text alone. */
function plainWords(body: string): string | null {
  const came = parsed(body);
  const first: unknown = Array.isArray(came) ? came[0] : came;
  const isJson = came !== undefined || /^\s*[[{"]/.test(body);
  const text = shownText(isJson ? (isText(first) ? first : '') : body, longestPlainWords);
  const isMessage = body.length <= longestPlainWords && !/^</.test(text) && !text.includes('\ufffd');
  return isMessage && text !== '' && !isStatusInWords(text) ? text : null;
}

/** Ms: no vendor can ask for a longer silence, be it by mistake. */
const longestRetryAfter = 60 * 60 * 1000;

/** Unix ms of the vendor's clock as it answered (RFC 9110 section 6.6.1); null: it does not say. */
export function vendorTime({ headers }: RawAnswer): number | null {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? null : date;
}

/** Ms from a Retry-After header (an hour at most): seconds or an HTTP date. */
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
 * in as the profile says, else Bearer. `id_token` is left in only where the issuer is known to be able to judge it.
 */
export function standardise(
  json: Readonly<Record<string, unknown>>,
  profile: Pick<Profile, 'lifetime_unit' | 'zero_lifetime' | 'default_token_type'>,
  keepIdToken: boolean,
): Record<string, unknown> {
  const answer: Record<string, unknown> = { ...json };
  const lifetime = lifetimeSeconds(json['expires_in'], profile.lifetime_unit);
  delete answer['expires_in'];
  if (lifetime === 0 && profile.zero_lifetime === 'endless') {
    answer['expires_in'] = maxLifetime;
  } else if (lifetime !== null && !(lifetime === 0 && profile.zero_lifetime === 'not_stated')) {
    answer['expires_in'] = lifetime;
  }
  if (typeof answer['token_type'] !== 'string' || answer['token_type'] === '') {
    answer['token_type'] = profile.default_token_type ?? 'bearer';
  }
  answer['refresh_token'] = textOf(answer['refresh_token']);
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
export const maxLifetime = 100 * 366 * 24 * 60 * 60;

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
  return Math.min(Math.max(0, unit === 'milliseconds' ? number / 1000 : number), maxLifetime);
}
