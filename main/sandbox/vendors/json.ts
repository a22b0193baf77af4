/**
 * The JSON-body vendor: every token request is a JSON object, and codes are passed on as they stood.
 *
 * Invariants: a code stands percent-encoded in the redirect URL (`%3D` or `%3d` at its end) and comes back
 * in the JSON letter by letter, neither decoded nor encoded again; so does a refresh token, which ends in
 * `%3d`; the token request has the keys of the document and no other; every grant but implicit comes with a
 * refresh token, and each refresh takes the old one; the authorization URL has a query of its own that stays.
 */
import {
  json,
  mediaType,
  noAuthorization,
  noQuery,
  one,
  onlyMethod,
  onlyNames,
  readPairs,
  Refusal,
} from '../http.ts';
import type { Call, Reply } from '../http.ts';
import { CLIENTS, PERSON } from '../description.ts';
import { problemPage, redirectPage, signInPage } from '../pages.ts';
import { issue, redirectFault, redirectTo, runPage, runStep, same } from '../steps.ts';
import { randomText } from '../store.ts';
import type { Family, Store } from '../store.ts';

const VENDOR = 'oauth2-json';
const NAME = 'JSON-body vendor';

const KEYS: Record<string, readonly string[]> = {
  authorization_code: ['grant_type', 'client_id', 'client_secret', 'code'],
  password: ['grant_type', 'client_id', 'client_secret', 'username', 'password'],
  client_credentials: ['grant_type', 'client_id', 'client_secret'],
  refresh_token: ['grant_type', 'client_id', 'client_secret', 'refresh_token'],
};

/** Makes the JSON-body vendor; every other of its codes ends in `%3d`, the rest in `%3D`. */
export function jsonVendor(store: Store): (call: Call, path: string) => Reply | undefined {
  let codes = 0;
  return (call, path) => {
    switch (path) {
      case '/authorize':
        return runPage(`The ${NAME}`, () =>
          authorize(call, store, () => {
            codes += 1;
            return `${randomText(60)}${codes % 2 === 0 ? '%3d' : '%3D'}`;
          }),
        );
      case '/token':
        return token(call, store);
      case '/api/me': {
        onlyMethod(call, 'GET');
        const { family } = store.requireBearer(call, VENDOR);
        if (family.person === undefined) return json(200, { application: family.clientId });
        return json(200, { id: PERSON.id, username: family.person, email: PERSON.email });
      }
      default:
        return undefined;
    }
  };
}

function authorize(call: Call, store: Store, newCode: () => string): Reply {
  if (call.method !== 'GET' && call.method !== 'POST') onlyMethod(call, 'GET');
  const query = readPairs(call.rawQuery, 'query');
  if (one(query, 'tenant') !== 'practice') {
    return problemPage(`The ${NAME} cannot show its sign-in page`, [
      'Missing in the query: tenant=practice, which stands in the authorization URL.',
      'A query in an authorization URL is kept when parameters are added (RFC 6749 section 3.1).',
    ]);
  }
  const responseType = one(query, 'response_type');
  const clientId = one(query, 'client_id');
  const redirectUri = one(query, 'redirect_uri');
  if (responseType === undefined || clientId === undefined || redirectUri === undefined) {
    const wanted = { response_type: responseType, client_id: clientId, redirect_uri: redirectUri };
    const missing = Object.entries(wanted).filter(([, value]) => value === undefined);
    return problemPage(`The ${NAME} cannot show its sign-in page`, [
      `Missing in the query: ${missing.map(([key]) => key).join(', ')}.`,
    ]);
  }
  if (clientId !== CLIENTS.json.id) {
    return problemPage(`The ${NAME} does not know this client`, [
      'The client_id in the query is not one that was given out here.',
    ]);
  }
  const fault = redirectFault(redirectUri);
  if (fault !== undefined) {
    return problemPage(`The ${NAME} does not know this redirect URI`, [
      `The redirect_uri in the query cannot be used: ${fault}.`,
      'Nothing was sent to it.',
    ]);
  }
  const stateText = one(query, 'state');
  const state: [string, string][] = stateText === undefined ? [] : [['state', encodeURIComponent(stateText)]];
  const deliveredIn = responseType === 'token' ? 'fragment' : 'query';
  const fail = (error: string, description: string): Reply =>
    redirectPage(
      redirectTo(redirectUri, deliveredIn, [
        ['error', error],
        ['error_description', encodeURIComponent(description)],
        ...state,
      ]),
    );
  if (responseType !== 'code' && responseType !== 'token') {
    return fail('unsupported_response_type', 'response_type is code or token here.');
  }
  const scope = one(query, 'scope');
  const page = { vendor: NAME, clientId, redirectUri, scope, byForm: true };
  if (call.method === 'GET') return signInPage(page);

  const form = readPairs(call.body, 'form');
  if (one(form, 'action') === 'cancel') return fail('access_denied', 'The person cancelled the sign-in.');
  const username = one(form, 'username') ?? '';
  if (username !== PERSON.username || !same(one(form, 'password') ?? '', PERSON.password)) {
    return signInPage({ ...page, username, wrong: true });
  }
  return runStep(store, VENDOR, 'sign_in', (note) => {
    const family = store.family({ provider: VENDOR, clientId, person: username, redirectUri, scope });
    if (responseType === 'code') {
      note.grant = 'authorization_code';
      const code = newCode();
      store.addCode(code, family);
      return redirectPage(redirectTo(redirectUri, 'query', [['code', code], ...state]));
    }
    note.grant = 'implicit';
    const given = issue(store, note, family, {});
    return redirectPage(
      redirectTo(redirectUri, 'fragment', [
        ['access_token', given.access],
        ['token_type', 'bearer'],
        ['expires_in', String(given.seconds)],
        ...state,
      ]),
    );
  });
}

function token(call: Call, store: Store): Reply {
  return runStep(store, VENDOR, 'token', (note) => {
    onlyMethod(call, 'POST');
    noQuery(call, 'everything stands in the JSON body.');
    noAuthorization(call, 'everything stands in the JSON body.');
    if (mediaType(call) !== 'application/json') {
      throw new Refusal(
        415,
        'invalid_request',
        'The body must be JSON, with Content-Type: application/json.',
      );
    }
    const body = readBody(call.body);
    const grant = body['grant_type'];
    if (grant === undefined)
      throw new Refusal(400, 'invalid_request', 'grant_type is missing in the JSON body.');
    note.grant = grant;
    const keys = Object.hasOwn(KEYS, grant) ? KEYS[grant] : undefined;
    if (keys === undefined) {
      const known = Object.keys(KEYS).join(', ');
      throw new Refusal(
        400,
        'unsupported_grant_type',
        `grant_type is one of ${known}; implicit posts nothing.`,
      );
    }
    onlyNames(Object.keys(body), keys, `JSON body for ${grant}`);
    const missing = keys.filter((key) => (body[key] ?? '') === '');
    if (missing.length > 0) {
      throw new Refusal(400, 'invalid_request', `Missing in the JSON body: ${missing.join(', ')}.`);
    }
    const clientId = body['client_id'] ?? '';
    if (clientId !== CLIENTS.json.id || !same(body['client_secret'] ?? '', CLIENTS.json.secret)) {
      throw new Refusal(401, 'invalid_client', 'The client id or the client secret is wrong.');
    }
    if (body['refresh_token'] !== undefined) note.presented = body['refresh_token'];
    const family = familyFor(body, grant, clientId, store);
    const given = issue(store, note, family, { refresh: `${randomText(60)}%3d` });
    return json(200, {
      access_token: given.access,
      token_type: 'bearer',
      expires_in: given.seconds,
      refresh_token: given.refresh,
    });
  });
}

function familyFor(body: Record<string, string>, grant: string, clientId: string, store: Store): Family {
  const accept = (): void => undefined;
  switch (grant) {
    case 'authorization_code': {
      const code = body['code'] ?? '';
      if (!store.hasCode(code) && store.looksLikeCode(code)) {
        throw new Refusal(
          400,
          'invalid_grant',
          'This authorization code is not as it stood in the redirect URL: it was decoded, or encoded again. ' +
            'Pass it on letter by letter, percent-encoding and all.',
        );
      }
      return store.spendCode(code, VENDOR, accept);
    }
    case 'refresh_token': {
      const refresh = body['refresh_token'] ?? '';
      if (!store.hasRefresh(refresh) && store.looksLikeRefresh(refresh)) {
        throw new Refusal(
          400,
          'invalid_grant',
          'This refresh token is not as it was given out: it was decoded, or encoded again. Pass it back byte for byte.',
        );
      }
      return store.spendRefresh(refresh, VENDOR, accept);
    }
    case 'password': {
      const person = body['username'] ?? '';
      if (person !== PERSON.username || !same(body['password'] ?? '', PERSON.password)) {
        throw new Refusal(400, 'invalid_grant', 'The user name or the password is wrong.');
      }
      return store.family({ provider: VENDOR, clientId, person, redirectUri: undefined, scope: undefined });
    }
    default:
      return store.family({
        provider: VENDOR,
        clientId,
        person: undefined,
        redirectUri: undefined,
        scope: undefined,
      });
  }
}

function readBody(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'invalid_request', 'The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'invalid_request', 'The body must be a JSON object.');
  }
  const body: Record<string, string> = {};
  for (const [key, entry] of Object.entries(value as Record<string, unknown>)) {
    // an object, as was checked above
    if (typeof entry !== 'string')
      throw new Refusal(400, 'invalid_request', 'Every value in the JSON body is a text.');
    body[key] = entry;
  }
  return body;
}
