// ID tokens (OpenID Connect Core 1.0 sections 2 and 3.1.3.7): whether one holds. Nothing is taken from one before.
//
// Invariants: signature by a key of the issuer's own set (no `none`, no HMAC), `iss`, `aud`, `azp`, `exp`, `nbf`, and the
// nonce of the sign-in, with minutes of leeway for clocks (RFC 7519 section 4.1.4). A fault is what is wrong with the
// answer, and never the network's; that the keys could not be had is told apart.
import * as oauth from 'oauth4webapi';
import { judgeAnswer } from './dialect/answer.ts';
import { issuerOfToken } from './issuer.ts';
import { Failed } from './outcome.ts';
import { send, type TransportPorts } from './transport.ts';
import { urlFault } from './url.ts';

/** Seconds by which the clocks of vendor and machine may differ. */
const leeway = 300;

export interface IdTokenQuestion {
  readonly server: oauth.AuthorizationServer;
  readonly client: { readonly client_id: string };
  readonly idToken: string;
  /** The one that it must bear; null: none; undefined: that of a sign-in long ago, if at all. */
  readonly nonce: string | null | undefined;
  /** Unix ms. */
  readonly unixMs: number;
  /** Whether the issuer's keys may be asked for; else only keys that are known already judge the signature. */
  readonly mayAsk: boolean;
}

/** The issuer's keys could not be had. */
export class KeysUnknown extends Error {}

export interface IdTokenJudgement {
  /** What is wrong, in words that hold no value of the token; null: it holds. */
  readonly fault: string | null;
  /** Whether its signature was looked at: not where the keys are not known and may not be asked for. */
  readonly isChecked: boolean;
}

export type JudgeIdToken = (question: IdTokenQuestion) => Promise<IdTokenJudgement>;

/** Makes the judge, which keeps the issuers' keys. Throws KeysUnknown. */
export function createIdTokenJudge(ports: TransportPorts): JudgeIdToken {
  const keys = new Map<string, oauth.JWKSCacheInput>();
  /** As they came: the library forgets its own after some minutes. */
  const kept = new Map<string, unknown>();

  return async ({ server: named, client, idToken, nonce, unixMs, mayAsk }) => {
    const server = { ...named, issuer: issuerOfToken(named.issuer, idToken) };
    const timed = {
      ...client,
      // The library reads the system's clock: what it is told here makes it ours.
      [oauth.clockSkew]: Math.round((unixMs - (ports.epoch?.() ?? ports.clock.unixMs())) / 1000),
      [oauth.clockTolerance]: leeway,
    };
    const response = Response.json({ access_token: '-', token_type: 'bearer', id_token: idToken });
    const keysAt = addressOfKeys(server);
    if (keysAt === null) return { fault: 'its issuer names no keys', isChecked: true };
    const known = keys.get(keysAt) ?? {};
    keys.set(keysAt, known);
    let keysUnknown = false;
    const askForKeys = async (url: string): Promise<Response> => {
      if (!mayAsk) {
        if (kept.has(url)) return Response.json(kept.get(url));
        keysUnknown = true;
        throw new Error('not asked for');
      }
      const request = { method: 'GET', url, headers: { accept: 'application/json' }, body: null } as const;
      const json = await send(ports, request, { gate: 'nothing secret', judge: judgeAnswer });
      kept.set(url, json);
      return Response.json(json);
    };
    try {
      await (nonce === undefined
        ? oauth.processGenericTokenEndpointResponse(server, timed, response)
        : oauth.processAuthorizationCodeResponse(server, timed, response, {
            expectedNonce: nonce ?? oauth.expectNoNonce,
            requireIdToken: true,
          }));
      await oauth.validateApplicationLevelSignature(server, response, {
        [oauth.customFetch]: askForKeys,
        [oauth.jwksCache]: known,
        // Of an issuer on loopback alone: see addressOfKeys.
        [oauth.allowInsecureRequests]: true,
      });
      return { fault: null, isChecked: true };
    } catch (error) {
      // A key that came since the keys were asked for is not known either.
      if (keysUnknown || (!mayAsk && isOfNoKey(error))) return { fault: null, isChecked: false };
      const { cause } = error as Error;
      if (error instanceof Failed || cause instanceof Failed) throw new KeysUnknown('', { cause: error });
      return { fault: detailOf(error), isChecked: true };
    }
  };
}

/** Where the issuer has its keys: https, or as plain as the issuer itself; null: nowhere that may be asked. */
function addressOfKeys({ issuer, jwks_uri: url }: oauth.AuthorizationServer): string | null {
  if (typeof url !== 'string' || urlFault(url) !== null) return null;
  return new URL(url).protocol === 'https:' || new URL(issuer).protocol === 'http:' ? url : null;
}

function isOfNoKey(error: unknown): boolean {
  return error instanceof oauth.OperationProcessingError && error.code === oauth.KEY_SELECTION;
}

/** The library's own words hold no value of the token. */
function detailOf(error: unknown): string {
  return error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError
    ? error.message
    : 'unreadable';
}
