/**
 * Eptura Workplace, and iOFFICE before it: parameters travel as `x-*` request headers.
 *
 * Invariants (from the vendor's page "Using OAuth 2.0 to Access the API"): the sign-in page wants all five
 * query parameters and answers by script in the fragment, with no state; a code is good once and for five
 * minutes; `expires_in` is in milliseconds; redirect URI and scope of the token steps are those of sign-in;
 * each refresh takes the old refresh token and gives another. The two differ in the direct request (iOFFICE
 * lists no redirect URI and no scope there) and in how the API takes the token.
 */
import {
  header,
  json,
  mediaType,
  noAuthorization,
  noQuery,
  one,
  onlyMethod,
  readPairs,
  Refusal,
} from '../http.ts';
import type { Call, Reply } from '../http.ts';
import { CLIENTS, PERSON } from '../description.ts';
import { handOverPage, problemPage, signInPage } from '../pages.ts';
import { issue, redirectFault, redirectTo, runPage, runStep, same } from '../steps.ts';
import { randomText } from '../store.ts';
import type { Family, Store } from '../store.ts';

export type HeaderVendor = 'eptura-workplace' | 'ioffice';

const NAMES = { 'eptura-workplace': 'Eptura Workplace', ioffice: 'iOFFICE' } as const;
const CLIENT_IDS = { 'eptura-workplace': CLIENTS.eptura.id, ioffice: CLIENTS.ioffice.id } as const;
const FIVE = ['response_type', 'client_id', 'redirect_uri', 'scope', 'state'] as const;

/** Every header that carries a parameter in some step, or that a client might take for one. */
const PARAMETER_HEADERS = [
  'x-auth-username',
  'x-auth-password',
  'x-client-id',
  'x-client-secret',
  'x-redirect-uri',
  'x-scope',
  'x-state',
  'x-grant-type',
  'x-auth-code',
  'x-code',
  'x-refresh-token',
  'x-token',
  'x-access-token',
];

/** Answers one request below the vendor's site; undefined when there is nothing at this path. */
export function headerVendor(
  call: Call,
  path: string,
  vendor: HeaderVendor,
  store: Store,
): Reply | undefined {
  switch (path) {
    case '/login.html':
      return runPage(NAMES[vendor], () => login(call, vendor, store));
    case '/external/api/oauth2/auth':
      return runStep(store, vendor, 'direct', (note) => {
        note.grant = 'direct';
        return direct(call, vendor, store);
      });
    case '/external/api/oauth2/token':
      return runStep(store, vendor, 'token', (note) => {
        headersOnly(call);
        const grant = header(call, 'x-grant-type');
        note.grant = grant ?? 'unknown';
        if (grant === undefined || grant === '') {
          throw new Refusal(400, 'invalid_request', 'The header x-grant-type is missing.');
        }
        const code = grant === 'authorization_code';
        if (!code && grant !== 'refresh_token') {
          throw new Refusal(
            400,
            'unsupported_grant_type',
            'x-grant-type is authorization_code or refresh_token here.',
          );
        }
        const own = code ? 'x-auth-code' : 'x-refresh-token';
        const wanted = ['x-grant-type', 'x-redirect-uri', 'x-client-id', 'x-scope', own];
        const values = required(call, wanted, []);
        knownClient(values['x-client-id'], vendor);
        const token = values[own] ?? '';
        const check = (family: Family): void => sameAsSignIn(family, values, vendor);
        if (!code) note.presented = token;
        const family = code
          ? store.spendCode(token, vendor, check)
          : store.spendRefresh(token, vendor, check);
        family.redirectUri ??= values['x-redirect-uri'];
        family.scope ??= values['x-scope'];
        // The tokens of iOFFICE may stand in a query, and have what a query changes when it is not encoded.
        const access = vendor === 'ioffice' ? `${randomText(32)}+/${randomText(3)}=` : randomText(48);
        const given = issue(store, note, family, { access, refresh: randomText(48) });
        return json(200, {
          token_type: 'Bearer',
          access_token: given.access,
          expires_in: given.seconds * 1000,
          refresh_token: given.refresh,
        });
      });
    case '/external/api/oauth2/revoke':
      return runStep(store, vendor, 'revoke', (note) => {
        onlyMethod(call, 'POST');
        noQuery(call, 'the only header needed is x-token.');
        noAuthorization(call, 'the only header needed is x-token.');
        if (call.body !== '')
          throw new Refusal(400, 'invalid_request', 'No body is read: send x-token alone.');
        const token = required(call, ['x-token'], [])['x-token'] ?? '';
        const access = store.knownAccess(token, vendor);
        if (access === undefined) {
          throw new Refusal(400, 'invalid_request', 'x-token is no access token that was given out here.');
        }
        note.access = token;
        access.family.ended ??= 'because it was revoked';
        return json(200, { revoked: true });
      });
    case '/external/api/rest/v2/users/me':
      return whoAmI(call, vendor, store);
    default:
      return undefined;
  }
}

function login(call: Call, vendor: HeaderVendor, store: Store): Reply {
  const name = NAMES[vendor];
  if (call.method !== 'GET' && call.method !== 'POST') onlyMethod(call, 'GET');
  const query = readPairs(call.rawQuery, 'query');
  const missing = FIVE.filter((key) => one(query, key) === undefined);
  if (missing.length > 0) {
    return problemPage(`${name} cannot show its sign-in page`, [
      `Missing in the query: ${missing.join(', ')}.`,
      `The page works with all five: ${FIVE.join(', ')}.`,
    ]);
  }
  const clientId = one(query, 'client_id') ?? '';
  const redirectUri = one(query, 'redirect_uri') ?? '';
  const scope = one(query, 'scope') ?? '';
  if (one(query, 'response_type') !== 'code') {
    return problemPage(`${name} cannot show its sign-in page`, ['response_type must be code.']);
  }
  if (clientId !== CLIENT_IDS[vendor]) {
    return problemPage(`${name} does not know this client`, [
      'The client_id in the query is not one that was given out here.',
    ]);
  }
  const fault = redirectFault(redirectUri);
  if (fault !== undefined) {
    return problemPage(`${name} does not know this redirect URI`, [
      `The redirect_uri in the query cannot be used: ${fault}.`,
      'Nothing was sent to it.',
    ]);
  }
  const page = { vendor: name, clientId, redirectUri, scope };
  if (call.method === 'GET') return signInPage(page);

  const form = readPairs(call.body, 'form');
  if (one(form, 'action') === 'cancel') {
    const description = 'The+person+cancelled+the+sign-in.';
    const target = redirectTo(redirectUri, 'fragment', [
      ['error', 'access_denied'],
      ['error_description', description],
    ]);
    return handOverPage(name, target, redirectUri);
  }
  const username = one(form, 'username') ?? '';
  if (username !== PERSON.username || !same(one(form, 'password') ?? '', PERSON.password)) {
    return signInPage({ ...page, username, wrong: true });
  }
  const reply = runStep(store, vendor, 'sign_in', (note) => {
    note.grant = 'authorization_code';
    const code = randomText(40);
    const bound = { provider: vendor, clientId, person: username, redirectUri, scope };
    store.addCode(code, store.family(bound));
    const target = redirectTo(redirectUri, 'fragment', [
      ['code', code],
      ['appCode', randomText(9)],
    ]);
    return handOverPage(name, target, redirectUri);
  });
  return reply;
}

function direct(call: Call, vendor: HeaderVendor, store: Store): Reply {
  headersOnly(call);
  const must = ['x-auth-username', 'x-auth-password', 'x-client-id'];
  const more = ['x-redirect-uri', 'x-scope'];
  const values = vendor === 'ioffice' ? required(call, must, more) : required(call, [...must, ...more], []);
  knownClient(values['x-client-id'], vendor);
  const redirectUri = values['x-redirect-uri'];
  const fault = redirectUri === undefined ? undefined : redirectFault(redirectUri);
  if (fault !== undefined) {
    throw new Refusal(400, 'invalid_request', `The redirect URI in x-redirect-uri cannot be used: ${fault}.`);
  }
  const person = values['x-auth-username'] ?? '';
  if (person !== PERSON.username || !same(values['x-auth-password'] ?? '', PERSON.password)) {
    throw new Refusal(401, 'access_denied', 'The user name or the password is wrong.');
  }
  const code = randomText(40);
  const clientId = CLIENT_IDS[vendor];
  store.addCode(
    code,
    store.family({ provider: vendor, clientId, person, redirectUri, scope: values['x-scope'] }),
  );
  return json(200, { code });
}

function headersOnly(call: Call): void {
  const instead = 'parameters travel as x-* headers.';
  onlyMethod(call, 'POST');
  noQuery(call, instead);
  noAuthorization(call, instead);
  if (call.body !== '') throw new Refusal(400, 'invalid_request', `The body must be empty: ${instead}`);
  if (mediaType(call) !== 'application/json') {
    throw new Refusal(400, 'invalid_request', 'The header Content-Type must be application/json.');
  }
}

/** Reads the named headers, all of `must`; another step's parameter among the headers is refused. */
function required(
  call: Call,
  must: readonly string[],
  may: readonly string[],
): Record<string, string | undefined> {
  const names = [...must, ...may];
  const odd = PARAMETER_HEADERS.filter((name) => !names.includes(name) && header(call, name) !== undefined);
  if (odd.length > 0) {
    throw new Refusal(
      400,
      'invalid_request',
      `The header ${odd.join(', ')} does not belong to this request.`,
    );
  }
  const values = Object.fromEntries(names.map((name) => [name, header(call, name)]));
  const missing = must.filter((name) => (values[name] ?? '') === '');
  if (missing.length > 0) {
    throw new Refusal(400, 'invalid_request', `The header ${missing.join(', ')} is missing or empty.`);
  }
  return values;
}

function knownClient(clientId: string | undefined, vendor: HeaderVendor): void {
  if (clientId === CLIENT_IDS[vendor]) return;
  throw new Refusal(
    401,
    'invalid_client',
    'The client id in x-client-id is not one that was given out here.',
  );
}

function sameAsSignIn(
  family: Family,
  values: Record<string, string | undefined>,
  vendor: HeaderVendor,
): void {
  if (family.clientId !== values['x-client-id']) {
    throw new Refusal(400, 'invalid_grant', `This was given to another ${NAMES[vendor]} client.`);
  }
  const redirectUri = values['x-redirect-uri'] ?? '';
  if (family.redirectUri === undefined) {
    const fault = redirectFault(redirectUri);
    if (fault !== undefined) {
      throw new Refusal(400, 'invalid_grant', `The redirect URI in x-redirect-uri cannot be used: ${fault}.`);
    }
  } else if (family.redirectUri !== redirectUri) {
    throw new Refusal(400, 'invalid_grant', 'x-redirect-uri is not the redirect URI of the sign-in.');
  }
  if (family.scope !== undefined && family.scope !== values['x-scope']) {
    throw new Refusal(400, 'invalid_scope', 'x-scope is not the scope of the sign-in.');
  }
}

function whoAmI(call: Call, vendor: HeaderVendor, store: Store): Reply {
  onlyMethod(call, 'GET');
  const bearer = header(call, 'authorization');
  const inHeader = header(call, 'x-access-token');
  const inQuery = one(readPairs(call.rawQuery, 'query'), 'access_token');
  let token: string | undefined;
  let how: string;
  if (vendor === 'eptura-workplace') {
    how = 'send Authorization: Bearer and the token.';
    if (inHeader !== undefined || inQuery !== undefined)
      throw new Refusal(401, 'invalid_token', `Only: ${how}`);
    token = /^Bearer ([^ ].*)$/i.exec(bearer ?? '')?.[1];
  } else {
    how = 'send the header x-access-token, or access_token in the query.';
    if (bearer !== undefined) {
      throw new Refusal(401, 'invalid_token', `The Authorization header is not read here: ${how}`);
    }
    if (inHeader !== undefined && inQuery !== undefined) {
      throw new Refusal(
        400,
        'invalid_request',
        'The token came twice: in the header or the query, not in both.',
      );
    }
    token = inHeader ?? inQuery;
    const restored = inQuery?.replaceAll(' ', '+');
    if (restored !== undefined && restored !== inQuery && store.knownAccess(restored, vendor) !== undefined) {
      throw new Refusal(
        401,
        'invalid_token',
        'The token has blanks where it had +: percent-encode it in a query.',
      );
    }
  }
  const access = store.requireAccess(token, vendor, how);
  const { id, email } = PERSON;
  return json(200, { id, userName: access.family.person, email, scope: access.family.scope });
}
