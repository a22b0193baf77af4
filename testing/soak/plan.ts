// What happens in a soak: the faults on the way to a vendor, and their shares.
import type { Rule } from '../fault-proxy/rules.ts';

/** A rule, and whether the upstream's refresh token is in what the program gets. */
export interface PlannedFault extends Rule {
  readonly name: string;
  readonly brings: boolean;
}

/** Not at a stored password: it may count as an attempt, of which there are few a day. */
const noPassword = 'grant_type=(?:refresh_token|client_credentials)';
const html = { 'Content-Type': 'text/html' };
const page = '<!doctype html><p>Sign in to the network.';

const lost = (name: string, probability: number, fault: Rule['fault'], body?: string): PlannedFault => ({
  name,
  probability,
  ...(body === undefined ? {} : { body }),
  fault,
  brings: false,
});
const late = (name: string, probability: number, fault: Rule['fault']): PlannedFault => ({
  ...lost(name, probability, fault),
  brings: true,
});

/** What each token request may meet; all else passes. */
export const plannedFaults: readonly PlannedFault[] = [
  lost('cut before the vendor has it', 0.01, { cut: 'before' }),
  lost('reset before the vendor has it', 0.01, { cut: 'before', reset: true }),
  lost('answer lost', 0.003, { cut: 'after' }),
  lost('answer reset in its body', 0.003, { cut: 'body', reset: true }),
  lost('answer lost behind a 502', 0.003, { status: 502, pass: true }),
  lost('never answered', 0.003, { swallow: true, pass: false }),
  late('3 s late', 0.02, { delay: 3_000 }),
  late('13 s late', 0.01, { delay: 13_000 }),
  late('40 s late', 0.002, { delay: 40_000 }),
  late('drips', 0.002, { drip: 50 }),
  lost('503', 0.01, { status: 503 }),
  lost('503, in 3 s', 0.01, { status: 503, headers: { 'Retry-After': '3' } }),
  lost('429, at a date', 0.01, { status: 429, headers: { 'Retry-After': '{date+5}' } }),
  lost('page of the network', 0.01, { status: 200, headers: html, body: page }),
  lost('403 page', 0.01, { status: 403, headers: html, body: page }),
  lost('403 of a gateway', 0.005, jsonOf(403, { message: 'Forbidden' }), noPassword),
  lost('400 with an unknown word', 0.005, jsonOf(400, { error: 'unknown_error' }), noPassword),
  lost('200 with an unknown word', 0.005, jsonOf(200, { ok: false, error: 'ratelimited' }), noPassword),
  lost('torn JSON', 0.01, { ...jsonOf(200, {}), body: '{"access_token":"lo' }),
  late('103 first', 0.01, { interim: [103] }),
  late('HTTP/1.0', 0.01, { form: 'http-1.0' }),
  late('without token_type', 0.01, { merge: { token_type: null } }),
  late('without expires_in', 0.01, { merge: { expires_in: null } }),
  late('without access_token', 0.005, { merge: { access_token: null } }),
];

function jsonOf(status: number, body: unknown): Rule['fault'] {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** The rules of a proxy: token requests alone. */
export const soakRules: readonly Rule[] = plannedFaults.map(({ brings: _, ...rule }) => ({
  path: '/token$',
  ...rule,
}));
