/**
 * The practice vendor's credentials, and the description of itself that it prints.
 *
 * Invariants: the credentials are fixed and well known, so that documents can quote them; they open nothing
 * but the practice vendor. Some are odd on purpose: a value that is percent-encoded, decoded or trimmed where
 * the vendor wants it plain does not fit any more.
 */

/** The one person who can sign in. The password has blanks, `&` and a `%` that starts no percent-encoding. */
export const PERSON = {
  username: 'alice',
  password: 'keys & fobs 100%',
  email: 'alice@example.com',
  id: 1001,
} as const;

export const CLIENTS = {
  eptura: { id: 'practice-eptura-client' },
  ioffice: { id: 'practice-ioffice-client' },
  json: { id: '3F2504E0-4F89-41D3-9A0C-0305E82C3301', secret: '7C9E6679-7425-40DE-944B-E07FC1F90AE7' },
  organization: { id: 'practice-organization', secret: 'pr:ac/ti+ce%3Dsecret=' },
  officerndRead: { id: 'practice-officernd-read', secret: 'practice+read/secret==' },
  officerndWrite: { id: 'practice-officernd-write', secret: 'practice+write/secret==' },
} as const;

/** The redirect URI that the practice clients of Eptura and iOFFICE name; other loopback ones are taken too. */
export const REDIRECT_URI = 'http://127.0.0.1:15398/callback';

/** An account to practise with: what to enter in `keyfob add`, and an address that shows who is signed in. */
export interface PracticeAccount {
  readonly provider: string;
  readonly grant: string;
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly try: string;
}

/** What `keyfob sandbox --json` prints in one line. */
export interface SandboxDescription {
  readonly ready: true;
  readonly pid: number;
  readonly url: string;
  readonly person: { readonly username: string; readonly password: string };
  readonly accounts: readonly PracticeAccount[];
}

/** Describes the practice vendor at an origin: every provider, every grant, every way of each. */
export function describeSandbox(url: string): SandboxDescription {
  const username = PERSON.username;
  const password = PERSON.password;
  const site = (vendor: 'eptura' | 'ioffice'): Record<string, string> => ({
    site: `${url}/${vendor}`,
    client_id: CLIENTS[vendor].id,
    redirect_uri: REDIRECT_URI,
  });
  const me = '/external/api/rest/v2/users/me';
  const jsonToken = { token_url: `${url}/json/token`, client_id: CLIENTS.json.id };
  const authorizeUrl = `${url}/json/authorize?tenant=practice`;
  const jsonSecret = { client_secret: CLIENTS.json.secret };
  const jsonTry = `${url}/json/api/me`;
  const organization = { server_address: `${url}/organization`, client_id: CLIENTS.organization.id };
  const organizationSecret = { client_secret: CLIENTS.organization.secret };
  const officernd = `${url}/officernd/oauth/token`;

  const account = (
    provider: string,
    grant: string,
    name: string,
    settings: Record<string, string>,
    secrets: Record<string, string>,
    tryUrl: string,
  ): PracticeAccount => ({ provider, grant, name, settings, secrets, try: tryUrl });

  return {
    ready: true,
    pid: process.pid,
    url,
    person: { username, password },
    accounts: [
      account(
        'eptura-workplace',
        'direct',
        'practice-eptura',
        { ...site('eptura'), username },
        { password },
        `${url}/eptura${me}`,
      ),
      account(
        'eptura-workplace',
        'authorization_code',
        'practice-eptura-page',
        site('eptura'),
        {},
        `${url}/eptura${me}`,
      ),
      account(
        'ioffice',
        'direct',
        'practice-ioffice',
        { ...site('ioffice'), username },
        { password },
        `${url}/ioffice${me}`,
      ),
      account(
        'ioffice',
        'direct',
        'practice-ioffice-query',
        { ...site('ioffice'), username, placement: 'query' },
        { password },
        `${url}/ioffice${me}`,
      ),
      account(
        'ioffice',
        'authorization_code',
        'practice-ioffice-page',
        site('ioffice'),
        {},
        `${url}/ioffice${me}`,
      ),
      account(
        'oauth2-json',
        'authorization_code',
        'practice-json',
        { authorize_url: authorizeUrl, ...jsonToken },
        jsonSecret,
        jsonTry,
      ),
      account(
        'oauth2-json',
        'implicit',
        'practice-json-implicit',
        { authorize_url: authorizeUrl, client_id: CLIENTS.json.id },
        {},
        jsonTry,
      ),
      account(
        'oauth2-json',
        'password',
        'practice-json-password',
        { ...jsonToken, username },
        { ...jsonSecret, password },
        jsonTry,
      ),
      account(
        'oauth2-json',
        'client_credentials',
        'practice-json-application',
        jsonToken,
        jsonSecret,
        jsonTry,
      ),
      account(
        'organization-api',
        'client_credentials',
        'practice-organization',
        organization,
        organizationSecret,
        `${url}/organization/api/me`,
      ),
      account(
        'organization-api',
        'client_credentials',
        'practice-organization-query',
        { ...organization, client_auth: 'query' },
        organizationSecret,
        `${url}/organization/api/me`,
      ),
      account(
        'officernd',
        'client_credentials',
        'practice-officernd',
        { token_url: officernd, client_id: CLIENTS.officerndRead.id, scope: 'officernd.api.read' },
        { client_secret: CLIENTS.officerndRead.secret },
        `${url}/officernd/api/v1/me`,
      ),
      account(
        'officernd',
        'client_credentials',
        'practice-officernd-write',
        {
          token_url: officernd,
          client_id: CLIENTS.officerndWrite.id,
          scope: 'officernd.api.read officernd.api.write',
        },
        { client_secret: CLIENTS.officerndWrite.secret },
        `${url}/officernd/api/v1/me`,
      ),
    ],
  };
}
