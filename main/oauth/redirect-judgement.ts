// Whether what came back on a redirect answers this very sign-in. Pure.
//
// Invariants: a state that is there must match; its absence is taken only where the profile names that fault
// of the vendor, and only when something else ties the answer to this flow. An error is an answer like any.
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

/** Taken, or the sentence why not. */
export type JudgedRedirect =
  | { readonly taken: true; readonly parameters: ReadonlyMap<string, Parameter> }
  | { readonly taken: false; readonly reason: string };

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
          ? 'The vendor’s answer names a parameter twice and is not taken.'
          : 'This address carries no answer of the vendor.',
    };
  }
  const { parameters } = found;
  const state = parameters.get('state')?.value;
  if (state !== undefined && state !== expected.state) {
    return { taken: false, reason: 'This answer belongs to another sign-in and is not taken.' };
  }
  const isError = (parameters.get('error')?.value ?? '') !== '';
  if (state === undefined && !(expected.stateless && answer.boundBy !== 'nothing')) {
    return {
      taken: false,
      reason: expected.stateless
        ? 'This answer did not come from the window or browser that this sign-in was started in, and is not taken.'
        : 'This answer bears no state, so it may belong to another sign-in, and is not taken.',
    };
  }
  const issuer = parameters.get('iss')?.value;
  if (issuer !== undefined && expected.issuer !== null && issuer !== expected.issuer) {
    return { taken: false, reason: 'This answer comes from another issuer and is not taken.' };
  }
  if (!isError && (parameters.get(expected.carries)?.value ?? '') === '') {
    return {
      taken: false,
      reason: `This answer carries no ${expected.carries === 'code' ? 'code' : 'token'}.`,
    };
  }
  return { taken: true, parameters };
}
