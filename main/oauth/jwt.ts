// Reads a JWT (RFC 7519 section 3, RFC 7515 section 7.1) for people, and for what it claims of its own end.
//
// Invariant: nothing of it is verified: id-token.ts is the judge of an ID token.
import { isObject, parseJson } from '../api/json.ts';

export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Header and claims of a token; null when it is no JWT that anybody may read. */
export function readJwt(token: string): Jwt | null {
  const payload = readClaims(token);
  const header = readPiece(token.split('.')[0] ?? '');
  return payload !== null && isObject(header) && 'alg' in header ? { header, payload } : null;
}

/** The claims alone, whatever the header says: what a token says of its own end is believed of any. */
export function readClaims(token: string): Jwt['payload'] | null {
  const [, payload = '', ...rest] = token.split('.');
  const claims = rest.length === 1 ? readPiece(payload) : null;
  return isObject(claims) ? claims : null;
}

function readPiece(piece: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(piece)) return null;
  try {
    const bytes = atob(piece.replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(bytes, (character) => character.charCodeAt(0)),
    );
    return parseJson(text);
  } catch {
    return null;
  }
}
