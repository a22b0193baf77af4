// The request that a person's browser makes (RFC 6749 sections 4.1.1 and 4.2.1), and what ties its answer to it.
import * as oauth from 'oauth4webapi';
import type { ClientContext } from './client-context.ts';
import { inForm } from './dialect/request/index.ts';
import { ownValuesOf } from './dialect/request/own-values.ts';
import { resourcesOf } from './resource.ts';
import { appendQuery, asTexts, type WireParameters } from './dialect/wire.ts';
import { requireEndpoint } from './endpoints.ts';
import type { RedirectGrant } from './grants/grant.ts';
import type { Outcome } from './outcome.ts';
import type { Profile } from './profile.ts';
import { judgeRedirect, type JudgedRedirect, type RedirectAnswer } from './redirect-judgement.ts';
import type { ProofKey } from './sender-constraint/proof-key.ts';

/** What a code is exchanged with. */
export interface CodeProof {
  readonly redirectUri: string;
  /** RFC 7636; null without PKCE. */
  readonly codeVerifier: string | null;
  /** OpenID Connect Core 1.0 section 3.1.2.1; null where nobody is asked who they are. */
  readonly nonce: string | null;
  /** The key that the request was pushed with, and its code is bound to (RFC 9449 section 10.1); null, or left out: none. */
  readonly proofKey?: ProofKey | null;
}

export interface AuthorizationRequest {
  readonly url: string;
  /**
   * Of a request that was pushed: its address by now, pushed once more where its name has ended (RFC 9126 section 2.2).
   * Rejects with KeyfobError. Left out: `url` stays good.
   */
  readonly urlNow?: () => Promise<Outcome<string>>;
  /** What its query says, as the vendor names it. */
  readonly parameters: WireParameters;
  readonly proof: CodeProof;
  /** Whether what came on a redirect answers this very request. */
  judge(answer: RedirectAnswer): JudgedRedirect;
  /** Whether a code alone, without its redirect, is an answer: PKCE ties it to this request, and the profile says so. */
  readonly takesCodeAlone: boolean;
}

/** What is drawn anew for each request. */
export interface Drawn {
  readonly state: string;
  readonly nonce: string | null;
  /** RFC 7636 section 4.2. */
  readonly codeChallenge: string | null;
}

/** Draws what a sign-in needs of its own, and makes its request. Throws `bad_request` as authorizationUrl does. */
export async function authorizationRequest(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  grant: RedirectGrant,
  redirectUri: string,
): Promise<AuthorizationRequest> {
  const { redirect, issuer } = context.profile;
  const state = oauth.generateRandomState();
  const nonce = wantsNonce(context) ? oauth.generateRandomNonce() : null;
  const codeVerifier = wantsPkce(context, grant) ? oauth.generateRandomCodeVerifier() : null;
  const isPlain = context.profile.authorize?.pkce === 'plain';
  const codeChallenge =
    codeVerifier === null || isPlain ? codeVerifier : await oauth.calculatePKCECodeChallenge(codeVerifier);
  const drawn = { state, nonce, codeChallenge };
  const parameters = authorizationParameters(context, server, grant, redirectUri, drawn);
  return {
    url: authorizationUrl(context, server, parameters),
    parameters,
    proof: { redirectUri, codeVerifier, nonce },
    takesCodeAlone:
      redirect?.code_alone_taken === true &&
      codeVerifier !== null &&
      !isPlain &&
      supportsPkce(server) !== false,
    judge: (answer) =>
      judgeRedirect(answer, {
        state,
        stateless: redirect?.vendor_does_not_echo_state === true,
        names: redirect?.names,
        carries: grant.carries,
        issuer: issuer === undefined ? null : server.issuer,
      }),
  };
}

/** Whether a vendor's metadata says that it holds codes against PKCE by S256 (RFC 8414 section 2); null: it is silent. */
function supportsPkce({
  code_challenge_methods_supported: methods,
}: oauth.AuthorizationServer): boolean | null {
  return Array.isArray(methods) ? methods.includes('S256') : null;
}

export function wantsPkce({ profile }: ClientContext, grant: RedirectGrant): boolean {
  return grant.pkce && (profile.authorize?.pkce ?? false) !== false;
}

export function wantsNonce(context: ClientContext): boolean {
  return requestsScope(context, 'openid');
}

/** Whether the scope holds a word that OpenID Connect gives a meaning. */
function requestsScope({ profile, values }: ClientContext, scope: 'openid' | 'offline_access'): boolean {
  return profile.issuer !== undefined && (values['scope'] ?? '').split(' ').includes(scope);
}

/** The value of a field `prompt` that leaves it to what the vendor needs to give a refresh token. */
const asNeeded = 'as_needed';

/** What is sent as `prompt` (OpenID Connect Core 1.0 section 3.1.2.1); empty: nothing. */
function promptOf(context: ClientContext, server: oauth.AuthorizationServer): string {
  const { profile, values } = context;
  const prompt = profile.fields['prompt'] === undefined ? asNeeded : (values['prompt'] ?? '');
  if (prompt !== asNeeded) return prompt;
  return requestsScope(context, 'offline_access') && needsConsent(profile, server) ? 'consent' : '';
}

/** Whether a vendor gives a refresh token for `offline_access` only where consent was asked for. */
function needsConsent({ authorize }: Profile, server: oauth.AuthorizationServer): boolean {
  // OpenID Connect Prompt Create 1.0 section 4.
  const { issuer, prompt_values_supported: known } = server;
  if (Array.isArray(known) && !known.includes('consent')) return false;
  const host = URL.parse(issuer)?.hostname ?? '';
  return !(authorize?.offline_access_without_consent ?? []).some(
    (one) => one === '*' || one === host || (one.startsWith('*.') && host.endsWith(one.slice(1))),
  );
}

/** What an authorization request says, as the vendor names it. Pure. */
export function authorizationParameters(
  context: ClientContext,
  server: oauth.AuthorizationServer,
  { responseType }: RedirectGrant,
  redirectUri: string,
  { state, nonce, codeChallenge }: Drawn,
): WireParameters {
  const { profile, values } = context;
  const { response_type: ownType, pkce, parameters, names, extra_parameters } = profile.authorize ?? {};
  const standard: Readonly<Record<string, string | readonly string[]>> = {
    response_type: ownType ?? responseType,
    client_id: values['client_id'] ?? '',
    redirect_uri: redirectUri,
    scope: values['scope'] ?? '',
    resource: resourcesOf(values),
    state,
    ...(codeChallenge === null
      ? {}
      : { code_challenge: codeChallenge, code_challenge_method: pkce === 'plain' ? 'plain' : 'S256' }),
    ...(nonce === null ? {} : { nonce }),
    prompt: promptOf(context, server),
  };
  const draft = inForm(
    {
      method: 'GET',
      in: 'query',
      parameters: new Map(Object.entries(standard).filter(([, value]) => value.length > 0)),
      headers: {},
    },
    { parameters, names, extra_parameters },
    // A browser's history keeps it: no template of it names a secret.
    { values, secrets: {}, own: ownValuesOf({ redirect_uri: redirectUri }, context.random) },
  );
  return new Map([...draft.parameters].map(([name, value]) => [name, asTexts(value)]));
}

/** The address of the vendor's sign-in page. Throws `bad_request` where there is none. Pure. */
export function authorizationUrl(
  { profile }: ClientContext,
  server: oauth.AuthorizationServer,
  parameters: WireParameters,
): string {
  return withQuery(
    requireEndpoint(server, 'authorization_endpoint', profile),
    Object.fromEntries(parameters),
  );
}

/**
 * Adds parameters to an address. A query that stands in it is kept as it stands, but for names that are set
 * here; empty values are left out.
 */
export function withQuery(
  address: string,
  parameters: Readonly<Record<string, string | readonly string[]>>,
): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().flatMap((one): [string, string][] => (one === '' ? [] : [[name, one]])),
  );
  const names = new Set(pairs.map(([name]) => name));
  // A query stands before a word of the page's own, and behind its route.
  const [fragment = ''] = /#[\w-]+$/.exec(address) ?? [];
  const [base = '', ...query] = address.slice(0, address.length - fragment.length).split('?');
  const kept = query
    .join('?')
    .split('&')
    .filter((piece) => piece !== '' && !names.has(new URLSearchParams(piece).keys().next().value ?? ''));
  return appendQuery(kept.length === 0 ? base : `${base}?${kept.join('&')}`, pairs) + fragment;
}
