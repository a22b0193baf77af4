// A standard token-endpoint message becomes the vendor's wire form. Pure: profile data in, request out.
//
// The standard message is a list of RFC 6749 parameters; what goes where, under which name and in which form is
// the profile's to say, by the rules in request/.
import type { OutgoingRequest } from '../ports.ts';
import { headerValue } from './header-value.ts';
import { inForm, type RequestForm } from './request/index.ts';
import type { Draft, RequestValues } from './request/rule.ts';

/** Standard parameter names and values, decoded. */
export type WireParameters = ReadonlyMap<string, string>;

export interface WireRules {
  /** Headers by which the client shows who it is. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly form: RequestForm;
  readonly values: RequestValues;
}

/**
 * Writes a standard message as the vendor wants it. Throws `bad_request` when a value cannot travel where
 * the vendor wants it (a header takes Latin-1 without control characters and without blanks at its ends).
 */
export function toWire(
  url: string,
  message: WireParameters,
  { form, values, headers }: WireRules,
): OutgoingRequest {
  const standard: Draft = {
    method: 'POST',
    in: 'form',
    parameters: message,
    headers: { accept: 'application/json' },
  };
  const draft = inForm(standard, form, values);
  return written(url, { ...draft, headers: { ...draft.headers, ...headers } });
}

function written(url: string, { method, in: location, parameters, headers }: Draft): OutgoingRequest {
  const pairs = [...parameters];
  switch (location) {
    case 'form':
      return {
        method,
        url,
        headers: withType(headers, 'application/x-www-form-urlencoded'),
        body: new URLSearchParams(pairs).toString(),
      };
    case 'json':
      return {
        method,
        url,
        headers: withType(headers, 'application/json'),
        body: JSON.stringify(Object.fromEntries(pairs)),
      };
    case 'query':
      return { method, url: appendQuery(url, pairs), headers, body: null };
    case 'header': {
      const own = pairs.map(([name, value]): [string, string] => [
        name.toLowerCase(),
        headerValue(name, value),
      ]);
      return { method, url, headers: { ...headers, ...Object.fromEntries(own) }, body: null };
    }
  }
}

/** A content type of the profile's own stays. */
function withType(headers: Draft['headers'], type: string): Draft['headers'] {
  return { ...headers, 'content-type': headers['content-type'] ?? type };
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
