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
const REDIRECT_URI = 'http://127.0.0.1:15398/callback';

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
  const { username, password } = PERSON;
  return {
    ready: true,
    pid: process.pid,
    url,
    person: { username, password },
    accounts: [...workplaceAccounts(url), ...jsonAccounts(url), ...applicationAccounts(url)],
  };
}

type Texts = Record<string, string>;

/** The accounts of a provider; `try` is an address of its API. */
function accountsOf(provider: string, tryUrl: string) {
  return (grant: string, name: string, settings: Texts, secrets: Texts): PracticeAccount => ({
    provider,
    grant,
    name,
    settings,
    secrets,
    try: tryUrl,
  });
}

/** Eptura and iOFFICE: a person signs in, directly or on a page. */
function workplaceAccounts(url: string): PracticeAccount[] {
  const { username, password } = PERSON;
  const me = 'external/api/rest/v2/users/me';
  const site = (vendor: 'eptura' | 'ioffice'): Texts => ({
    site: `${url}/${vendor}`,
    client_id: CLIENTS[vendor].id,
    redirect_uri: REDIRECT_URI,
  });
  const eptura = accountsOf('eptura-workplace', `${url}/eptura/${me}`);
  const ioffice = accountsOf('ioffice', `${url}/ioffice/${me}`);
  const inQuery = { ...site('ioffice'), username, placement: 'query' };
  return [
    eptura('direct', 'practice-eptura', { ...site('eptura'), username }, { password }),
    eptura('authorization_code', 'practice-eptura-page', site('eptura'), {}),
    ioffice('direct', 'practice-ioffice', { ...site('ioffice'), username }, { password }),
    ioffice('direct', 'practice-ioffice-query', inQuery, { password }),
    ioffice('authorization_code', 'practice-ioffice-page', site('ioffice'), {}),
  ];
}

/** The vendor that speaks JSON: every grant. */
function jsonAccounts(url: string): PracticeAccount[] {
  const { username, password } = PERSON;
  const { id: client_id, secret: client_secret } = CLIENTS.json;
  const api_base = `${url}/json/api`;
  const token = { token_url: `${url}/json/token`, client_id, api_base };
  const authorize_url = `${url}/json/authorize?tenant=practice`;
  const json = accountsOf('oauth2-json', `${url}/json/api/me`);
  return [
    json('authorization_code', 'practice-json', { authorize_url, ...token }, { client_secret }),
    json('implicit', 'practice-json-implicit', { authorize_url, client_id, api_base }, {}),
    json('password', 'practice-json-password', { ...token, username }, { client_secret, password }),
    json('client_credentials', 'practice-json-application', token, { client_secret }),
  ];
}

/** The vendors where a program signs in by itself. */
function applicationAccounts(url: string): PracticeAccount[] {
  const grant = 'client_credentials';
  const { id: client_id, secret: client_secret } = CLIENTS.organization;
  const settings = { server_address: `${url}/organization`, client_id };
  const byQuery = { ...settings, client_auth: 'query' };
  const organization = accountsOf('organization-api', `${url}/organization/api/me`);
  const officernd = accountsOf('officernd', `${url}/officernd/api/v1/me`);
  const officerndAccount = (name: string, client: { id: string; secret: string }, scope: string) =>
    officernd(
      grant,
      name,
      {
        token_url: `${url}/officernd/oauth/token`,
        client_id: client.id,
        scope,
        api_base: `${url}/officernd/api/v1`,
      },
      { client_secret: client.secret },
    );
  const [read, write] = ['officernd.api.read', 'officernd.api.write'];
  return [
    organization(grant, 'practice-organization', settings, { client_secret }),
    organization(grant, 'practice-organization-query', byQuery, { client_secret }),
    officerndAccount('practice-officernd', CLIENTS.officerndRead, read),
    officerndAccount('practice-officernd-write', CLIENTS.officerndWrite, `${read} ${write}`),
  ];
}
