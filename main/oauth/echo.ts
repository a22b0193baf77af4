// What a vendor says back of our secrets is cut out where its answer comes in, before anybody reads, keeps or shows it.
//
// Invariants: a secret goes in whatever form and member it comes back: raw, percent-encoded (once or twice), in base64 as
// HTTP Basic has it, or (from 24 characters on) cut short; and so does what looks like a JWT, which may be a token of ours that nobody here
// knows (RFC 7519). What an answer of success grants (`access_token`, `refresh_token`, `id_token`, a code) stays as it
// came: it is read as that and nowhere else. Pure; nothing is thrown.
import { parseJson } from '../api/json.ts';
import { isFormEncoded } from './dialect/answer.ts';
import type { RawAnswer } from './ports.ts';

const mark = '[cut out]';
/** Characters of a secret by which it is known again; what follows them goes too. */
const knownBy = 16;
/** A shorter one is no secret, and would cut words apart. */
const shortest = 4;
/** A shorter one goes where it stands as a word of its own. */
const distinctive = 8;
/** Members whose values are what was granted. */
const granted = /(?:token|code|jwt)$/i;
/** Headers that are sent on as they came (RFC 9449 section 8), or read by their form alone. */
const readAsTheyCame: ReadonlySet<string> = new Set(['dpop-nonce', 'content-type', 'date', 'retry-after']);

/** Makes what cuts secrets, and what looks like a JWT, out of a text. */
export function createCutter(secrets: readonly string[]): (text: string) => string {
  const long = [...new Set(secrets)].filter((one) => one.length >= shortest);
  const written = long.flatMap(writtenForms).map(alike);
  let patterns: readonly RegExp[] | null = null;
  return (text) => {
    let rest = text.includes('eyJ') ? text.replace(/[\w.%-]{12,}/g, withoutJwt) : text;
    const plain = alike(rest);
    // Hardly an answer repeats anything, and a pattern takes long to make: without a percent sign nothing can match
    // that does not have a secret as it is written.
    if (!rest.includes('%') && !written.some((one) => plain.includes(one))) return rest;
    patterns ??= patternsOf(long);
    for (const pattern of patterns) rest = rest.replace(pattern, mark);
    return rest;
  };
}

/** The longest first. */
function patternsOf(secrets: readonly string[]): RegExp[] {
  const needles = [...new Set(secrets.flatMap(forms))].toSorted((one, other) => other.length - one.length);
  return needles.map((needle) => new RegExp(needle, 'g'));
}

/** A text in which the signs are the same that a form or base64url writes in place of others. */
function alike(text: string): string {
  return text.replaceAll(/[ _-]/g, (sign) => (sign === '_' ? '/' : '+'));
}

/** A run of letters without the JWT in it: `{"` in base64url begins each. */
function withoutJwt(run: string): string {
  const at = run.indexOf('eyJ');
  return at >= 0 && /\.|%2e/i.test(run.slice(at)) ? run.slice(0, at) + mark : run;
}

/** An answer without what it repeats of the secrets that it was asked with. `isToken`: all of its body was granted. */
export function withoutEchoes(raw: RawAnswer, secrets: readonly string[], isToken = false): RawAnswer {
  const cut = createCutter(secrets);
  const headers = new Headers();
  raw.headers.forEach((value, name) => headers.append(name, readAsTheyCame.has(name) ? value : cut(value)));
  return { status: raw.status, headers, text: isToken ? raw.text : cutBody(raw, cut) };
}

function cutBody(raw: RawAnswer, cut: (text: string) => string): string {
  const { text } = raw;
  // A `code` is then one of an error, and shown.
  const grantsNothing = raw.status >= 400;
  let json: unknown;
  try {
    json = parseJson(text.replace(/^\ufeff/, ''));
  } catch {
    // As the answer is read: a form is one by its media type, whatever blank stands in it.
    const isPairs = isFormEncoded(raw) || isForm(text);
    return isPairs ? cutForm(text.trim(), cut, grantsNothing) : cut(text);
  }
  const state = { changed: false };
  const rest = cutValue(json, cut, state, grantsNothing);
  // What repeats nothing stays as it was written, to the last digit of its numbers.
  return state.changed ? JSON.stringify(rest) : text;
}

/** `isError`: within what tells of an error nothing was granted, whatever it is called. */
function cutValue(
  value: unknown,
  cut: (text: string) => string,
  state: { changed: boolean },
  isError = false,
): unknown {
  if (typeof value === 'string') {
    const rest = cut(value);
    if (rest !== value) state.changed = true;
    return rest;
  }
  if (typeof value === 'number') {
    const digits = String(value);
    if (digits.length < distinctive || cut(digits) === digits) return value;
    state.changed = true;
    return mark;
  }
  if (Array.isArray(value)) return value.map((one) => cutValue(one, cut, state, isError));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const plainName = cut(name);
      if (plainName !== name) state.changed = true;
      const within = isError || /error/i.test(name);
      const isValue = typeof inner === 'string' || typeof inner === 'number';
      const stays = isValue && !within && isGranted(name);
      return [plainName, stays ? inner : cutValue(inner, cut, state, within)];
    }),
  );
}

function isGranted(name: string): boolean {
  return granted.test(name) && !/error/i.test(name);
}

function isForm(text: string): boolean {
  return /^[\w.~%+-]+=[^\s<>"{}]*$/.test(text.trim());
}

/** A form-encoded body, pair by pair. */
function cutForm(text: string, cut: (text: string) => string, grantsNothing: boolean): string {
  return text
    .split('&')
    .map((pair) => (!grantsNothing && isGranted(pair.split('=', 1)[0] ?? '') ? pair : cut(pair)))
    .join('&');
}

/** What of a secret it is known again by. */
function knownOf(secret: string): string {
  return secret.length >= knownBy + 8 ? secret.slice(0, knownBy) : secret;
}

/**
 * The parts of its base64 that are the same whatever stands before it: HTTP Basic has it behind `id:`, and what comes of
 * that depends on how long the id is.
 */
function base64Forms(secret: string): string[] {
  if (secret.length < distinctive) return [];
  return [secret, formEncoded(secret)].flatMap((text) =>
    [0, 1, 2].flatMap((shift) => base64Part(text, shift)),
  );
}

/** What stands in a text without a percent sign that repeats the secret, as `alike` has it: one of these. */
function writtenForms(secret: string): string[] {
  return [knownOf(secret), ...base64Forms(secret)];
}

/** Patterns for the forms in which a secret may come back. */
function forms(secret: string): string[] {
  const known = knownOf(secret);
  const more = known === secret ? '' : String.raw`[\w.~+/=%:!*'()-]*`;
  const letters = [...known].map(signPattern).join('');
  if (secret.length < distinctive) return [String.raw`(?<![A-Za-z0-9])${letters}(?![A-Za-z0-9])`];
  return [letters + more, ...base64Forms(secret).map(base64Pattern)];
}

/** A character as it is, or percent-encoded once or twice, or as a form has it (`+` for a blank). */
function signPattern(sign: string): string {
  const bytes = [...new TextEncoder().encode(sign)];
  const percent = bytes.map((byte) => {
    const hex = byte.toString(16).padStart(2, '0');
    const either = [...hex].map((digit) =>
      /[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit,
    );
    return `%(?:25)?${either.join('')}`;
  });
  const escaped = sign.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return `(?:${escaped}|${percent.join('')}${sign === ' ' ? String.raw`|\+` : ''})`;
}

/** Up to 32 signs of a secret's base64 that are the same whatever stands before it; none of a short one. */
function base64Part(secret: string, shift: number): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const skip = (3 - shift) % 3;
  const inner = bytes.subarray(skip, skip + Math.floor((bytes.length - skip) / 3) * 3).toString('base64');
  return inner.length < 8 ? [] : [inner.slice(0, 2 * knownBy)];
}

/** The same with what follows, as base64 or base64url writes it. */
function base64Pattern(part: string): string {
  const known = [...part].map((sign) =>
    sign === '+' ? String.raw`(?:[+-]|%2[Bb])` : sign === '/' ? String.raw`(?:[/_]|%2[Ff])` : sign,
  );
  return String.raw`${known.join('')}[\w+/=%-]*`;
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before Basic. */
function formEncoded(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice(2);
}
