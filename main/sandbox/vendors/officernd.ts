/**
 * OfficeRnD: client credentials in a form, with a scope that the application's permissions bound.
 *
 * Invariants: four form fields and nothing else; no refresh token; a token lives 3599 seconds unless the
 * practice vendor was told otherwise; asked again before the token has ended, it gives the same token and
 * what remains of its life.
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
import { CLIENTS } from '../description.ts';
import { issue, runStep, same } from '../steps.ts';
import type { Access, Store } from '../store.ts';

const VENDOR = 'officernd';
const FORM = 'application/x-www-form-urlencoded';
const READ = 'officernd.api.read';
const WRITE = 'officernd.api.write';
const FIELDS = ['client_id', 'client_secret', 'grant_type', 'scope'];

const APPLICATIONS = [
  { ...CLIENTS.officerndRead, permissions: [READ], named: 'only "Read" permissions' },
  { ...CLIENTS.officerndWrite, permissions: [READ, WRITE], named: '"Read" and "Write" permissions' },
];

/** Makes the OfficeRnD practice vendor, which remembers the live token of each application and scope. */
export function officerndVendor(store: Store): (call: Call, path: string) => Reply | undefined {
  const latest = new Map<string, Access>();
  return (call, path) => {
    if (path === '/api/v1/me') {
      onlyMethod(call, 'GET');
      const { family } = store.requireBearer(call, VENDOR);
      return json(200, { application: family.clientId, scope: family.scope });
    }
    if (path !== '/oauth/token') return undefined;
    return runStep(store, VENDOR, 'token', (note) => {
      onlyMethod(call, 'POST');
      noQuery(call, 'the four fields stand in the form body.');
      noAuthorization(call, 'client_id and client_secret stand in the form body.');
      if (mediaType(call) !== FORM) {
        throw new Refusal(415, 'invalid_request', `The header Content-Type must be ${FORM}.`);
      }
      const form = readPairs(call.body, 'form');
      const grant = one(form, 'grant_type');
      note.grant = grant ?? 'unknown';
      if (grant !== undefined && grant !== 'client_credentials') {
        throw new Refusal(400, 'unsupported_grant_type', 'Currently only "client_credentials" is supported.');
      }
      const keys = form.map(([key]) => key);
      onlyNames(keys, FIELDS, 'form');
      const missing = ['grant_type', 'client_id', 'client_secret'].filter(
        (name) => one(form, name) === undefined,
      );
      if (missing.length > 0) {
        throw new Refusal(400, 'invalid_request', `Missing in the form: ${missing.join(', ')}.`);
      }
      const clientId = one(form, 'client_id') ?? '';
      const application = APPLICATIONS.find(({ id }) => id === clientId);
      if (application === undefined || !same(one(form, 'client_secret') ?? '', application.secret)) {
        throw new Refusal(401, 'invalid_client', 'The client id or the client secret is wrong.');
      }
      const scopes = [
        ...new Set((one(form, 'scope') ?? '').split(' ').filter((piece) => piece !== '')),
      ].sort();
      checkScopes(scopes, application);

      const scope = scopes.join(' ');
      const key = `${clientId} ${scope}`;
      const old = latest.get(key);
      const left = old !== undefined && store.isLive(old) ? Math.floor((old.endsAt - store.now()) / 1000) : 0;
      if (old !== undefined && left > 0) {
        note.same = true;
        note.access = old.value;
        return json(200, { access_token: old.value, token_type: 'Bearer', expires_in: left, scope });
      }
      const bound = { provider: VENDOR, clientId, person: undefined, redirectUri: undefined, scope } as const;
      const given = issue(store, note, store.family(bound), { seconds: 3599 });
      const access = store.knownAccess(given.access, VENDOR);
      if (access !== undefined) latest.set(key, access);
      return json(200, {
        access_token: given.access,
        token_type: 'Bearer',
        expires_in: given.seconds,
        scope,
      });
    });
  };
}

function checkScopes(scopes: readonly string[], application: (typeof APPLICATIONS)[number]): void {
  if (scopes.length === 0) {
    throw new Refusal(
      400,
      'invalid_scope',
      `scope is required: ${READ}, ${WRITE}, or both with a blank between.`,
    );
  }
  if (scopes.some((scope) => scope !== READ && scope !== WRITE)) {
    throw new Refusal(400, 'invalid_scope', `scope is ${READ}, ${WRITE}, or both with a blank between.`);
  }
  const beyond = scopes.filter((scope) => !application.permissions.includes(scope));
  if (beyond.length > 0) {
    throw new Refusal(
      400,
      'invalid_scope',
      `The application has ${application.named}: you can't generate a token with ${beyond.join(' ')}. ` +
        `Ask for ${application.permissions.join(' ')}.`,
    );
  }
}
