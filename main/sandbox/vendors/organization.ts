/**
 * The Organization API: client credentials by HTTP Basic, or everything in the query string, and a refresh.
 *
 * Invariants: always POST; the two ways are never mixed; the Basic credentials are plain (RFC 7617: nothing
 * is percent-encoded before base64); a client-credentials answer carries a refresh token; `expires_in` is in
 * seconds; each refresh takes the old refresh token and gives another.
 */
import { header, json, mediaType, one, onlyMethod, onlyNames, readPairs, Refusal } from '../http.ts';
import type { Call, Pairs, Reply } from '../http.ts';
import { CLIENTS } from '../description.ts';
import { issue, runStep, same } from '../steps.ts';
import { randomText } from '../store.ts';
import type { Store } from '../store.ts';

const VENDOR = 'organization-api';
const FORM = 'application/x-www-form-urlencoded';
const BASIC = { 'www-authenticate': 'Basic realm="practice", charset="UTF-8"' };

/** Answers one request below the server address; undefined when there is nothing at this path. */
export function organizationVendor(call: Call, path: string, store: Store): Reply | undefined {
  if (path === '/api/me') {
    onlyMethod(call, 'GET');
    return json(200, {
      organization: 'practice',
      client_id: store.requireBearer(call, VENDOR).family.clientId,
    });
  }
  if (path !== '/oauth2/token') return undefined;
  return runStep(store, VENDOR, 'token', (note) => {
    onlyMethod(call, 'POST');
    const authorization = header(call, 'authorization');
    const inQuery = call.rawQuery !== '';
    if (authorization !== undefined && inQuery) {
      throw new Refusal(
        400,
        'invalid_request',
        'Two ways at once: Authorization, or the query string, not both.',
      );
    }
    if (authorization === undefined && !inQuery) {
      throw new Refusal(
        401,
        'invalid_client',
        'No client credentials came: send Authorization: Basic, or client_id and client_secret in the query.',
        BASIC,
      );
    }
    if (inQuery && call.body !== '') {
      throw new Refusal(
        400,
        'invalid_request',
        'With parameters in the query string the body must be empty.',
      );
    }
    if (!inQuery && mediaType(call) !== FORM) {
      throw new Refusal(
        400,
        'invalid_request',
        `With Authorization the body is a form: Content-Type: ${FORM}.`,
      );
    }
    const pairs = inQuery ? readPairs(call.rawQuery, 'query') : readPairs(call.body, 'form');
    const grant = one(pairs, 'grant_type');
    note.grant = grant ?? 'unknown';
    if (grant === undefined) throw new Refusal(400, 'invalid_request', 'grant_type is missing.');
    if (grant !== 'client_credentials' && grant !== 'refresh_token') {
      throw new Refusal(
        400,
        'unsupported_grant_type',
        'grant_type is client_credentials or refresh_token here.',
      );
    }
    const client = inQuery ? ['client_id', 'client_secret'] : [];
    const names = ['grant_type', ...client, ...(grant === 'refresh_token' ? ['refresh_token'] : [])];
    const keys = pairs.map(([key]) => key);
    onlyNames(keys, names, inQuery ? 'query string' : 'form beside Authorization');
    const missing = names.filter((name) => one(pairs, name) === undefined);
    if (missing.length > 0) throw new Refusal(400, 'invalid_request', `Missing: ${missing.join(', ')}.`);
    if (authorization === undefined) checkQuery(pairs);
    else checkBasic(authorization);

    const refresh = one(pairs, 'refresh_token');
    if (refresh !== undefined) note.presented = refresh;
    const family =
      refresh === undefined
        ? store.family({
            provider: VENDOR,
            clientId: CLIENTS.organization.id,
            person: undefined,
            redirectUri: undefined,
            scope: undefined,
          })
        : store.spendRefresh(refresh, VENDOR, () => undefined);
    const given = issue(store, note, family, { refresh: `${randomText(42)}+/==` });
    return json(200, {
      access_token: given.access,
      token_type: 'bearer',
      expires_in: given.seconds,
      refresh_token: given.refresh,
    });
  });
}

function checkBasic(authorization: string): void {
  const credentials = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (credentials === undefined) {
    throw new Refusal(401, 'invalid_client', 'Authorization must be Basic and base64.', BASIC);
  }
  const plain = Buffer.from(credentials, 'base64').toString('utf8');
  const at = plain.indexOf(':');
  if (at < 0) throw new Refusal(401, 'invalid_client', 'The Basic credentials have no colon.', BASIC);
  const id = plain.slice(0, at);
  const secret = plain.slice(at + 1);
  if (id === CLIENTS.organization.id && same(secret, CLIENTS.organization.secret)) return;
  if (formDecoded(id) === CLIENTS.organization.id && same(formDecoded(secret), CLIENTS.organization.secret)) {
    throw new Refusal(
      401,
      'invalid_client',
      'The Basic credentials came percent-encoded: this vendor wants them plain (RFC 7617).',
      BASIC,
    );
  }
  throw new Refusal(401, 'invalid_client', 'The client id or the client secret is wrong.', BASIC);
}

function checkQuery(pairs: Pairs): void {
  const id = one(pairs, 'client_id') ?? '';
  const secret = one(pairs, 'client_secret') ?? '';
  if (id === CLIENTS.organization.id && same(secret, CLIENTS.organization.secret)) return;
  const { secret: right } = CLIENTS.organization;
  if (same(secret, formDecoded(right)) || same(secret, right.replaceAll('+', ' '))) {
    throw new Refusal(
      401,
      'invalid_client',
      'The client secret was not percent-encoded for the query string.',
    );
  }
  throw new Refusal(401, 'invalid_client', 'The client id or the client secret is wrong.');
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
