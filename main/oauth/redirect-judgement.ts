// Whether what came back on a redirect answers this very sign-in. Pure.
//
// Invariants: a state that is there must match; its absence is taken only where the profile names that fault
// of the vendor, and only when something else ties the answer to this flow. An error is an answer like any.
import { isIssuerOfRedirect } from './issuer.ts';
import { message, type Message } from '../api/problems/index.ts';
import { vendorErrorOf } from './dialect/answer.ts';
import { redirectParameters, type Parameter, type RedirectComponents } from './dialect/redirect.ts';

/** What came back on a redirect, before anyone judged it. */
export interface RedirectAnswer extends RedirectComponents {
  /**
   * What ties the answer to this very flow beside `state`: the window that the flow opened, the secret that its
   * start page left in the tab, digits that the person entered, an address pasted into this flow; the cookie of
   * the start page; or nothing.
   */
  readonly boundBy: 'window' | 'tab' | 'digits' | 'paste' | 'cookie' | 'nothing';
}

/** What stands in for a state: a cookie does not, since any page can have the browser send it along. */
const ties: ReadonlySet<RedirectAnswer['boundBy']> = new Set(['window', 'tab', 'digits', 'paste']);

export interface Expected {
  readonly state: string;
  readonly stateless: boolean;
  /** The vendor's names, by the standard's. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly carries: 'code' | 'access_token';
  /** RFC 9207; null where the vendor has no issuer. */
  readonly issuer: string | null;
}

/** Taken, or why not. */
export type JudgedRedirect =
  | { readonly taken: true; readonly parameters: ReadonlyMap<string, Parameter> }
  | { readonly taken: false; readonly reason: Message };

/** Why an answer without a state is not taken; an error is told in its own words, which anybody may have sent. */
function whyUntied(parameters: ReadonlyMap<string, Parameter>, stateless: boolean): Message {
  if (stateless) return message('redirect_from_elsewhere', {});
  const vendorError = vendorErrorOf(
    Object.fromEntries([...parameters].map(([name, { value }]) => [name, value])),
  );
  if (vendorError === null) return message('redirect_without_state', {});
  const { error, error_description: description } = vendorError;
  return message('redirect_error_unproven', {
    error: description === undefined ? error : `${error}: ${description}`,
  });
}

/**
 * Judges what came on a redirect (RFC 6749 sections 4.1.2 and 10.12): whether it is an answer, to this very
 * flow, of the kind that was asked for. Pure.
 */
export function judgeRedirect(answer: RedirectAnswer, expected: Expected): JudgedRedirect {
  const found = redirectParameters(answer, expected.names);
  if (!found.ok) {
    return {
      taken: false,
      reason:
        found.reason === 'repeated'
          ? message('redirect_repeats', {})
          : message('redirect_without_answer', {}),
    };
  }
  const { parameters } = found;
  const state = parameters.get('state')?.value;
  if (state !== undefined && state !== expected.state) {
    return { taken: false, reason: message('redirect_of_another_sign_in', {}) };
  }
  const isError = (parameters.get('error')?.value ?? '') !== '';
  if (state === undefined && !(expected.stateless && ties.has(answer.boundBy))) {
    return { taken: false, reason: whyUntied(parameters, expected.stateless) };
  }
  const issuer = parameters.get('iss')?.value;
  if (issuer !== undefined && expected.issuer !== null && !isIssuerOfRedirect(issuer, expected.issuer)) {
    return { taken: false, reason: message('redirect_of_another_issuer', {}) };
  }
  if (!isError && (parameters.get(expected.carries)?.value ?? '') === '') {
    return {
      taken: false,
      reason: message(expected.carries === 'code' ? 'redirect_without_code' : 'redirect_without_token', {}),
    };
  }
  return { taken: true, parameters };
}
