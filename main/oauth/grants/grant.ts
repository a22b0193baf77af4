// What a grant is: how it begins, and the standard message by which it asks for a token.
//
// Invariant: grants are pure and speak RFC 6749 alone. What a vendor makes of a message is the profile's to
// say, and token-request.ts's to write.
import type { SignedJwts } from '../signed-jwt.ts';
import type { ClientValues } from '../template.ts';
import type { Session } from '../token.ts';

/** What a sign-in is made with; vendors want it again at refresh. */
export type Bound = Session['bound'];

/** A scope or resource (RFC 8707) of one request alone. */
export interface OwnRequest {
  readonly scope?: string;
  readonly resource?: string;
}

/** What a grant may know of an account. */
export interface GrantClient extends ClientValues {
  /** Where an issuer is known, `openid` asks who the person is. */
  readonly profile: {
    readonly issuer?: string | undefined;
    readonly signed_jwt?: SignedJwts | undefined;
  };
}

/** What the first step of a sign-in brought. */
export interface Given {
  /** The code of a redirect, of a direct sign-in or of a device. */
  readonly code: string;
  readonly redirectUri: string | null;
  /** RFC 7636; null where none was announced. */
  readonly codeVerifier: string | null;
}

/** Standard names and values, in the order in which they are written; empty ones are left out, a list is written value by value. */
export type Parameters = Readonly<Record<string, string | readonly string[] | null | undefined>>;

/** A message to the token endpoint. */
export interface TokenMessage {
  /** With `grant_type`, without the client. */
  readonly parameters: Parameters;
  /** Sent too where the vendor's form names them, though the standard knows them not here. */
  readonly whereNamed?: Parameters;
  readonly bound: Bound;
}

interface AnyGrant<TokenGrantType> {
  /** Sections that a profile must have for it. */
  readonly needs: readonly ('authorize' | 'direct' | 'device' | 'token')[];
  /** The form at the token endpoint (`token.per_grant`); null: it does not go there. */
  readonly tokenGrantType: TokenGrantType;
}

/** Goes straight to the vendor, with what is stored. */
export interface DirectGrant<TokenGrantType extends string = string> extends AnyGrant<TokenGrantType> {
  readonly mode: 'direct';
  /** The parameters of the request that brings a code first; left out: there is none. */
  code?(client: GrantClient): Parameters;
  /** `own`: left out, a sign-in. */
  token(client: GrantClient, given: Given, own?: OwnRequest): TokenMessage | Promise<TokenMessage>;
}

/** Sends a person to the vendor's page, and takes what comes back on the redirect. */
export interface RedirectGrant<
  TokenGrantType extends string | null = string | null,
> extends AnyGrant<TokenGrantType> {
  readonly mode: 'redirect';
  readonly responseType: 'code' | 'token';
  /** What a redirect must carry to be an answer. */
  readonly carries: 'code' | 'access_token';
  /** Whether RFC 7636 can be used, where the profile wants it. */
  readonly pkce: boolean;
  /** Left out: the redirect carries the token itself. */
  token?(client: GrantClient, given: Given): TokenMessage;
}

/** Shows a code that a person types on another device, and asks until they did (RFC 8628). */
export interface DeviceGrant<TokenGrantType extends string = string> extends AnyGrant<TokenGrantType> {
  readonly mode: 'device';
  /** The parameters of the device authorization request. */
  start(client: GrantClient): Parameters;
  token(client: GrantClient, given: Given): TokenMessage;
}

export type GrantType = DirectGrant | RedirectGrant | DeviceGrant;

export function scopeOf({ values }: ClientValues): string | null {
  return values['scope'] ?? null;
}
