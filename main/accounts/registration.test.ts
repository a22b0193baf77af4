// A client that the vendor registered by itself (RFC 7591): kept with the account, and registered anew when it is gone.
import { afterEach, describe, expect, it } from 'vitest';
import { emptyHome, json, openKit, type Kit } from '../../testing/core-kit.ts';
import { failure } from '../../testing/short-message.ts';
import { settle } from '../../testing/virtual-clock.ts';
import type { SignIn } from './ports.ts';

const issuer = 'https://id.example';
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  registration_endpoint: `${issuer}/register`,
  token_endpoint_auth_methods_supported: ['client_secret_post', 'none'],
};

interface Registered {
  readonly kit: Kit;
  /** Clients that the vendor does not know any more. */
  readonly gone: Set<string>;
  readonly count: () => number;
  login(): Promise<string>;
}

let kits: Kit[] = [];
afterEach(async () => {
  await Promise.all(kits.map((kit) => kit.keyfob.stop()));
  kits = [];
});

async function open(
  found: object = metadata,
  isTaken: (redirectUri: string | null) => boolean = () => false,
): Promise<Registered> {
  const gone = new Set<string>();
  let registered = 0;
  let granted = 0;
  let port = 1000;
  let address = '';
  const signIn: SignIn = {
    async begin({ redirectUri }) {
      if (isTaken(redirectUri)) throw new Error('another program listens there');
      port += 1;
      return {
        redirectUri: redirectUri ?? `http://127.0.0.1:${port}/callback`,
        show: async (url) => {
          address = url;
          return { url };
        },
        end: async () => undefined,
      };
    },
  };
  const home = { ...emptyHome(), signIn };
  const kit = await openKit(({ url, parameters }) => {
    if (url.includes('.well-known')) return json(found);
    if (url.endsWith('/register')) {
      registered += 1;
      return json({ client_id: `c${registered}`, client_secret: `s${registered}` }, 201);
    }
    const id = parameters['client_id'] ?? '';
    if (gone.has(id) || parameters['client_secret'] !== id.replace('c', 's'))
      return json({ error: 'invalid_client' }, 401);
    granted += 1;
    return json({ access_token: `a${granted}`, token_type: 'bearer', expires_in: 3600, refresh_token: 'r' });
  }, home);
  kits.push(kit);
  await kit.keyfob.add({
    name: 'hq',
    provider: 'oidc',
    settings: { issuer, scope: 'read' },
    secrets: {},
  });
  return {
    kit,
    gone,
    count: () => registered,
    async login() {
      const result = await kit.keyfob.login('hq');
      if (result.kind !== 'waiting') throw new Error('it has a page');
      const query = new URL(address).searchParams;
      const back = `${query.get('redirect_uri')}?code=k&state=${query.get('state')}`;
      await kit.keyfob.pasteRedirect(result.signIn.id, back);
      const { problem } = await kit.keyfob.waitForSignIn(result.signIn.id, 1_000);
      if (problem !== null) throw new Error(problem.reason);
      return query.get('client_id') ?? '';
    },
  };
}

describe('an account of an issuer that registers clients', () => {
  it('gets one at its first sign-in, asked for by the way the issuer takes, and keeps it in the vault', async () => {
    const { kit, count, login } = await open();
    expect(await login()).toBe('c1');
    const asked = kit.asked.find(({ url }) => url.endsWith('/register'));
    expect(JSON.parse(asked?.init.body ?? '')).toMatchObject({
      redirect_uris: ['http://127.0.0.1:1001/callback'],
      token_endpoint_auth_method: 'client_secret_post',
    });
    await kit.keyfob.refresh('hq');
    await kit.keyfob.logout('hq');
    // It comes back to the same port: the vendor may compare it letter by letter.
    expect(await login()).toBe('c1');
    expect(count()).toBe(1);
    expect(kit.vault.entries.get('hq')).toContain('"s1"');
    expect(JSON.stringify(kit.keyfob.settings.read())).not.toContain('s1');
  });

  it('has another one registered where another program has that port', async () => {
    const { count, login } = await open(metadata, (uri) => uri === 'http://127.0.0.1:1001/callback');
    expect(await login()).toBe('c1');
    expect(await login()).toBe('c2');
    expect(count()).toBe(2);
  });

  it('needs a new sign-in when its client is gone, which registers another', async () => {
    const { kit, gone, login } = await open();
    await login();
    gone.add('c1');
    expect(await failure(kit.keyfob.refresh('hq'))).toMatchObject({
      code: 'sign_in_needed',
      problem: { params: { why: { reason: 'client_gone' } } },
    });
    expect(await login()).toBe('c2');
    expect(await kit.keyfob.token({ account: 'hq' })).toMatchObject({ access_token: 'a2' });
  });

  it('has another one registered after one that was gone before its code came back', async () => {
    const { gone, login } = await open();
    gone.add('c1');
    await expect(login()).rejects.toThrow('refused_client');
    expect(await login()).toBe('c2');
  });

  it('never shows the client of one issuer to another', async () => {
    const { kit, login } = await open();
    await login();
    const other = 'https://other.example';
    await kit.keyfob.set('hq', { settings: { issuer: other }, secrets: {}, allow_origins: [other] });
    expect(kit.vault.entries.get('hq')).not.toContain('"s1"');
  });

  it('keeps its newer client when the answer to an older request for one comes late', async () => {
    const { kit, login } = await open();
    const { answer } = kit;
    const late = Promise.withResolvers<void>();
    let isFirst = true;
    kit.answer = async (request) => {
      if (!request.url.endsWith('/register') || !isFirst) return answer(request);
      isFirst = false;
      await late.promise;
      return json({ client_id: 'c0', client_secret: 's0' }, 201);
    };
    const first = failure(kit.keyfob.login('hq'));
    await settle();
    expect(await login()).toBe('c1');
    const kept = kit.vault.entries.get('hq');
    late.resolve();
    await first;
    expect(kit.vault.entries.get('hq')).toBe(kept);
    await kit.keyfob.refresh('hq');
  });

  it('that was begun later keeps its client, though an older one is answered before its end', async () => {
    const { kit } = await open();
    const { answer } = kit;
    const waiting = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let count = 0;
    kit.answer = async (request) => {
      if (!request.url.endsWith('/register')) return answer(request);
      const own = (count += 1);
      await waiting[own - 1]?.promise;
      return json({ client_id: `c${own}`, client_secret: `s${own}` }, 201);
    };
    const first = failure(kit.keyfob.login('hq'));
    await settle();
    const second = kit.keyfob.login('hq');
    await settle();
    waiting[1]?.resolve();
    await second;
    waiting[0]?.resolve();
    expect((await first).problem.reason).toBe('changed_while_signing_in');
    expect(kit.vault.entries.get('hq')).toContain('"s2"');
  });

  it('is told to name a client where the issuer registers none', async () => {
    const { registration_endpoint: _none, ...rest } = metadata;
    const { kit } = await open(rest);
    expect(await failure(kit.keyfob.login('hq'))).toMatchObject({
      code: 'bad_request',
      problem: { reason: 'client_id_missing', field: 'client_id' },
    });
  });

  it('registers none where it names one', async () => {
    const { kit, count } = await open();
    await kit.keyfob.set('hq', { settings: { client_id: 'own' }, secrets: {} });
    await kit.keyfob.login('hq');
    expect(count()).toBe(0);
  });
});
