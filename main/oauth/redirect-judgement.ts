// Whether what came back on a redirect answers this very sign-in. Pure.
//
// Invariants: a state that is there must match; its absence is taken only where the profile names that fault
// of the vendor, and only when something else ties the answer to this flow. An error is an answer like any.
import { message, type Message } from '../api/problems/index.ts';
import { redirectParameters, type Parameter, type RedirectParts } from './dialect/redirect.ts';

/** What came back on a redirect, before anyone judged it. */
export interface RedirectAnswer extends RedirectParts {
  /**
   * What ties the answer to this very flow beside `state`: the window that the flow opened, the HttpOnly
   * cookie that the flow's start page set, an address pasted into this flow; or nothing.
   */
  readonly boundBy: 'window' | 'cookie' | 'paste' | 'nothing';
}

export interface Expected {
  readonly state: string;
  readonly stateless: boolean;
  readonly carries: 'code' | 'access_token';
  /** RFC 9207; null where the vendor has no issuer. */
  readonly issuer: string | null;
}

/** Taken, or why not. */
export type JudgedRedirect =
  | { readonly taken: true; readonly parameters: ReadonlyMap<string, Parameter> }
  | { readonly taken: false; readonly reason: Message };

/**
 * Judges what came on a redirect (RFC 6749 sections 4.1.2 and 10.12): whether it is an answer, to this very
 * flow, of the kind that was asked for. Pure.
 */
export function judgeRedirect(answer: RedirectAnswer, expected: Expected): JudgedRedirect {
  const found = redirectParameters(answer);
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
  if (state === undefined && !(expected.stateless && answer.boundBy !== 'nothing')) {
    return {
      taken: false,
      reason: expected.stateless
        ? message('redirect_from_elsewhere', {})
        : message('redirect_without_state', {}),
    };
  }
  const issuer = parameters.get('iss')?.value;
  if (issuer !== undefined && expected.issuer !== null && issuer !== expected.issuer) {
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
