// A standard token-endpoint message becomes the vendor's wire form. Pure: profile data in, request out.
//
// The standard message is a list of RFC 6749 parameters; what goes where, under which name and in which form is
// the profile's to say.
import { KeyfobError } from '../../api/errors.ts';
import type { OutgoingRequest } from '../ports.ts';
import type { ParameterLocation, RequestForm } from '../profile.ts';
import { choose, fillTemplate, type FieldValues } from '../template.ts';

/** Standard parameter names and values, decoded. */
export type WireParameters = ReadonlyMap<string, string>;

export interface WireRules {
  /** Headers by which the client shows who it is. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly form: RequestForm;
  readonly values: FieldValues;
}

/**
 * Writes a standard message as the vendor wants it. Throws `bad_request` when a value cannot travel where
 * the vendor wants it (a header takes Latin-1 without control characters and without blanks at its ends).
 */
export function toWire(url: string, message: WireParameters, rules: WireRules): OutgoingRequest {
  const { form, values } = rules;
  const headers: Record<string, string> = { accept: 'application/json' };
  for (const [header, template] of Object.entries(form.headers ?? {})) {
    const value = fillTemplate(template, values);
    if (value !== null) headers[header.toLowerCase()] = value;
  }
  Object.assign(headers, rules.headers);
  const pairs = named(message, form);
  return parametersIn(
    form.in === undefined ? 'form' : choose<ParameterLocation>(form.in, values),
    url,
    pairs,
    headers,
  );
}

function named(message: WireParameters, form: RequestForm): [name: string, value: string][] {
  const order = form.parameters ?? [...message.keys()];
  return order.flatMap((standard): [string, string][] => {
    const value = message.get(standard);
    return value === undefined ? [] : [[form.names?.[standard] ?? standard, value]];
  });
}

function parametersIn(
  location: ParameterLocation,
  url: string,
  pairs: readonly (readonly [string, string])[],
  headers: Record<string, string>,
): OutgoingRequest {
  switch (location) {
    case 'form':
      headers['content-type'] ??= 'application/x-www-form-urlencoded';
      return {
        method: 'POST',
        url,
        headers,
        body: new URLSearchParams(pairs.map(([n, v]) => [n, v])).toString(),
      };
    case 'json':
      headers['content-type'] ??= 'application/json';
      return { method: 'POST', url, headers, body: JSON.stringify(Object.fromEntries(pairs)) };
    case 'query':
      return { method: 'POST', url: appendQuery(url, pairs), headers, body: null };
    case 'header':
      for (const [name, value] of pairs) {
        assertHeaderValue(name, value);
        headers[name.toLowerCase()] = value;
      }
      return { method: 'POST', url, headers, body: null };
  }
}

/** Adds parameters to a URL's query and leaves what stands there as it is. A blank becomes %20. */
export function appendQuery(url: string, pairs: readonly (readonly [string, string])[]): string {
  const added = pairs
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  if (added === '') {
    return url;
  }
  const separator = !url.includes('?') ? '?' : /[?&]$/.test(url) ? '' : '&';
  return url + separator + added;
}

/** Whether a text can travel as a header value: RFC 9110 section 5.5, Latin-1. */
function fitsHeader(value: string): boolean {
  return /^[\u0021-\u007e\u00a0-\u00ff]([\u0020-\u007e\u00a0-\u00ff]*[\u0021-\u007e\u00a0-\u00ff])?$/.test(
    value,
  );
}

function assertHeaderValue(name: string, value: string): void {
  if (!fitsHeader(value)) {
    const what = name
      .toLowerCase()
      .replace(/^x-(auth-)?/, '')
      .replaceAll('-', ' ');
    throw new KeyfobError('no_header_holds_it', { what });
  }
}
