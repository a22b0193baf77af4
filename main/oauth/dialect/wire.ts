// A standard token-endpoint message becomes the vendor's wire form. Pure: profile data in, request out.
//
// The standard message is a list of RFC 6749 parameters; what goes where, under which name and in which form is
// the profile's to say, by the rules in request/.
import type { OutgoingRequest } from '../ports.ts';
import { headerValue } from './header-value.ts';
import { inForm, type RequestForm } from './request/index.ts';
import type { Draft, ParameterValue, RequestValues } from './request/rule.ts';

/** Standard parameter names and values, decoded; one with several values is written once for each. */
export type WireParameters = ReadonlyMap<string, string | readonly string[]>;

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
  { form, values, headers = {} }: WireRules,
): OutgoingRequest {
  const standard: Draft = {
    method: 'POST',
    in: 'form',
    parameters: message,
    headers: { accept: 'application/json' },
  };
  const draft = inForm(standard, form, values);
  // A header that the profile names stands in place of the client's.
  const ofClient = Object.entries(headers).filter(([name]) => draft.headers[name] === undefined);
  return written(url, { ...draft, headers: { ...draft.headers, ...Object.fromEntries(ofClient) } });
}

/** A parameter as it travels outside of a JSON body: each value of a list by itself, an object as its text. */
export function asTexts(value: ParameterValue): readonly string[] {
  const isPlain = Array.isArray(value) && value.every((one) => typeof one !== 'object' || one === null);
  return (isPlain ? value : [value]).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
}

function written(url: string, { method, in: location, parameters, headers }: Draft): OutgoingRequest {
  const pairs = [...parameters].flatMap(([name, value]) =>
    asTexts(value).map((one): [string, string] => [name, one]),
  );
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
        body: JSON.stringify(Object.fromEntries(parameters)),
      };
    case 'query':
      return { method, url: appendQuery(url, pairs), headers, body: null };
    case 'header': {
      // Several values of one name stand in one line (RFC 9110 section 5.3).
      const own = [...parameters].map(([name, value]): [string, string] => [
        name.toLowerCase(),
        headerValue(name, asTexts(value).join(', ')),
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
