// Real vendors' habits, a definition each: its profile is added, signed in with and renewed by, at a strict server.
import { describe, expect, it } from 'vitest';
import type { SignIn } from '../../main/accounts/ports.ts';
import { createFetch } from '../../main/platform/network.ts';
import { emptyHome, openKit } from '../core-kit.ts';
import { smallProfile } from '../small-profile.ts';
import { answers } from './answers.ts';
import { furtherExchanges } from './further-exchanges.ts';
import { keptValues } from './kept-values.ts';
import { pages } from './pages.ts';
import { requests } from './requests.ts';
import { registrations } from './registration.ts';
import { signedJwts } from './signed-jwts.ts';
import { fits, redirectUri, serveSteps, type VendorDefinition } from './vendor.ts';

const field = { label: 'x' };
const fields = {
  client_id: field,
  client_secret: { label: 'x', secret: true },
  redirect_uri: { label: 'x', kind: 'redirect_uri' },
  scope: { label: 'x', kind: 'scope' },
  username: field,
  password: { label: 'x', secret: true },
};
const fetch = createFetch({ version: '0' });

/** What stands in a profile and is an object is laid over what stands there, member by member. */
function profileOf({ profile, grant = 'authorization_code' }: VendorDefinition, origin: string): string {
  const all = { ...fields, ...(profile['fields'] as object | undefined) };
  const base = {
    ...smallProfile,
    client_auth: 'params',
    authorize: { url: 'ORIGIN/authorize', pkce: false },
    token: { url: 'ORIGIN/token' },
    grants: {
      [grant]: {
        required: [],
        optional: Object.keys(all),
        renewal: grant === 'jwt_bearer' ? ['jwt_bearer'] : ['refresh_token'],
      },
    },
    default_grant: grant,
  };
  return JSON.stringify({ ...base, ...profile, fields: all }).replaceAll('ORIGIN', origin);
}

async function open() {
  let address = '';
  const signIn: SignIn = {
    begin: async (request) => ({
      redirectUri: request.redirectUri ?? redirectUri,
      show: async (url) => {
        address = url;
        return { url };
      },
      end: async () => undefined,
    }),
  };
  const kit = await openKit(({ url, init }) => fetch(url, init), { ...emptyHome(), signIn });
  return { ...kit, pageAddress: () => address };
}

/** What a definition comes to: the server's and the page's complaints, and the session. */
async function run(definition: VendorDefinition) {
  const { grant = 'authorization_code', page, settings = {}, secrets = {} } = definition;
  const server = await serveSteps(definition.steps);
  const { keyfob, vault, pageAddress } = await open();
  try {
    await keyfob.addProvider(profileOf(definition, server.origin));
    await keyfob.add({
      name: 'one',
      provider: 'acme',
      grant,
      settings: { ...(definition.registers === true ? {} : { client_id: 'c' }), ...settings },
      secrets: { ...(definition.registers === true ? {} : { client_secret: 's' }), ...secrets },
    });
    const result = await keyfob.login('one');
    if (page !== undefined) {
      if (result.kind !== 'waiting') throw new Error('it has a page');
      const [, query = ''] = pageAddress()
        .replace(/#wechat_redirect$/, '')
        .split('?');
      const { [page.stateName ?? 'state']: state = '', ...rest } = Object.fromEntries(
        new URLSearchParams(query),
      );
      expect(fits(page.query, rest), pageAddress()).toBeNull();
      const back = `${redirectUri}?${page.comesBack.replace('STATE', state).replaceAll('ORIGIN', encodeURIComponent(server.origin))}`;
      await keyfob.pasteRedirect(result.signIn.id, back);
      const signedIn = await keyfob.waitForSignIn(result.signIn.id, 5_000);
      expect([signedIn.problem, server.faults]).toEqual([null, []]);
    }
    if (definition.refreshes === true) await keyfob.refresh('one');
    const { state } = JSON.parse(vault.entries.get('one') ?? '{}') as { state: { session: unknown } };
    const path = /api_base/.test(JSON.stringify(definition.profile)) ? '/me' : undefined;
    const served = await keyfob.token({ account: 'one', path });
    const text = JSON.stringify({ session: state.session, served }).replaceAll(server.origin, 'ORIGIN');
    return { ...(JSON.parse(text) as { session: unknown; served: unknown }), server };
  } finally {
    await keyfob.stop();
    await server.close();
  }
}

describe.each<[string, readonly VendorDefinition[]]>([
  ['sign-in pages', pages],
  ['requests', requests],
  ['answers', answers],
  ['kept values', keptValues],
  ['registered clients', registrations],
  ['signed JWTs', signedJwts],
  ['further exchanges', furtherExchanges],
])('%s', (_what, all) => {
  it.each(all.map((one) => [one.name, one] as const))('%s', async (_name, definition) => {
    const { session, served, server } = await run(definition);
    expect(server.faults).toEqual([]);
    expect(server.left()).toBe(0);
    expect(session).toMatchObject(definition.session);
    expect(served).toMatchObject(definition.served ?? {});
  });
});
