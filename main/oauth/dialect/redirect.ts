// What came back on a redirect, wherever it stood: query, fragment or form body. Pure and total.
//
// Invariants: texts are kept both as they stood and decoded, since some vendors want a code passed on as it
// stood; a parameter that stands twice is refused (RFC 6749 section 3.1); query, fragment and body are never
// mixed: one of them carries the answer. The vendor's own names are read as the standard's, beside which they stay.
import { z } from 'zod';
import { name, text } from '../profile-values.ts';

/** Standard name to the vendor's: `{"code": "spapi_oauth_code"}`. */
export const redirectNames = z.record(name, text);
type RedirectNames = z.infer<typeof redirectNames>;

/** Where an answer can stand on a redirect. Texts are as they stood on the wire. */
export interface RedirectComponents {
  /** Without the question mark. */
  readonly query: string;
  /** Without the hash mark. */
  readonly fragment: string;
  /** A form-encoded body (form_post), or null. */
  readonly body: string | null;
}

export interface Parameter {
  /** As it stood in the address, still encoded; in a form, whose encoding is the browser's own, decoded. */
  readonly raw: string;
  readonly value: string;
}

export type RedirectParameters =
  | { readonly ok: true; readonly parameters: ReadonlyMap<string, Parameter> }
  | { readonly ok: false; readonly reason: 'nothing' | 'repeated' };

const carriers = ['code', 'access_token', 'error'];

/** Names of parameters that make an answer of a redirect (RFC 6749 sections 4.1.2 and 4.2.2), the vendor's among them. */
export function answerNames(names: RedirectNames = {}): readonly string[] {
  return [...carriers, ...carriers.flatMap((one) => ownName(names, one) ?? [])];
}

function ownName(names: RedirectNames, standard: string): string | undefined {
  return Object.hasOwn(names, standard) ? names[standard] : undefined;
}

/** Takes the parameters from the part that carries them; `nothing` when no part does. */
export function redirectParameters(
  answer: RedirectComponents,
  names: RedirectNames = {},
): RedirectParameters {
  const carrying = answerNames(names);
  for (const component of [answer.body ?? '', answer.fragment, answer.query]) {
    const parsed = component.replace(/^[?#]/, '').split('&').map(parsePair);
    const pairs = component === answer.body ? parsed.map(fromForm) : parsed;
    if (pairs.some(([name]) => carrying.includes(name))) {
      const parameters = new Map<string, Parameter>();
      for (const [name, parameter] of pairs) {
        if (name === '') {
          continue;
        }
        if (parameters.has(name)) {
          return { ok: false, reason: 'repeated' };
        }
        parameters.set(name, parameter);
      }
      const own = Object.entries(names).flatMap(([standard, vendors]): [string, Parameter][] => {
        const parameter = parameters.get(vendors);
        return parameter === undefined ? [] : [[standard, parameter]];
      });
      return { ok: true, parameters: new Map([...parameters, ...own]) };
    }
  }
  return { ok: false, reason: 'nothing' };
}

function fromForm([name, { value }]: [string, Parameter]): [string, Parameter] {
  return [name, { raw: value, value }];
}

function parsePair(piece: string): [string, Parameter] {
  const index = piece.indexOf('=');
  const name = index === -1 ? piece : piece.slice(0, index);
  const raw = index === -1 ? '' : piece.slice(index + 1);
  return [formDecode(name), { raw, value: formDecode(raw) }];
}

/** application/x-www-form-urlencoded; what is not well encoded stays as it stands. */
function formDecode(text: string): string {
  return new URLSearchParams(`v=${text.replaceAll('&', '%26')}`).get('v') ?? text;
}

/** Splits an address into the parts of a RedirectAnswer. */
export function splitAddress(address: string): { query: string; fragment: string } {
  const hash = address.indexOf('#');
  const beforeHash = hash === -1 ? address : address.slice(0, hash);
  const question = beforeHash.indexOf('?');
  return {
    query: question === -1 ? '' : beforeHash.slice(question + 1),
    fragment: hash === -1 ? '' : address.slice(hash + 1),
  };
}
