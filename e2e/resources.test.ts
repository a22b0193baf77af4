// What tokens are meant for (RFC 8707), how long they live where only introspection tells it (RFC 7662), and a pushed request
// that is opened late (RFC 9126), at the certified `oidc-provider`.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browse, settings } from '../testing/browse.ts';
import { startCertifiedServer, type CertifiedServer } from '../testing/certified-server.ts';
import { cleanUp, makeFolder, startAgent, type Agent } from '../testing/program.ts';

const [api, files] = ['https://api.example.com/', 'https://files.example.com/'];
let agent: Agent;
let server: CertifiedServer;

beforeAll(async () => {
  agent = await startAgent();
  server = await startCertifiedServer(
    [{ client_id: 'open' }],
    {
      pushedAuthorizationRequests: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'read',
          audience: resource,
          accessTokenFormat: 'opaque',
        }),
      },
    },
    {
      ttl: { AccessToken: 900 },
      scopes: ['openid', 'offline_access', 'read'],
    },
  );
  // It keeps pushed requests for a minute: here it says that it is a second.
  server.provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/request' && ctx.status === 201) ctx.body = { ...(ctx.body as object), expires_in: 1 };
  });
  // Its own answers say how long a token lives: this profile looks for that in another place.
  const profile = {
    id: 'asks',
    extends: 'oidc',
    name: 'Asks',
    pushed_authorization: {},
    introspection: {},
    token: { answer: { names: { expires_in: 'scope' } } },
  };
  const file = path.join(makeFolder(), 'asks.json');
  writeFileSync(file, JSON.stringify(profile));
  await agent.done(['provider', 'add', file]);
});
afterAll(async () => {
  server.close();
  await cleanUp();
});

async function add(name: string, resource: string): Promise<void> {
  const fields = {
    issuer: server.issuer,
    client_id: 'open',
    client_auth: 'none',
    scope: 'openid offline_access read',
    resource,
  };
  await agent.done(['add', name, '--provider', 'asks', ...settings(fields)]);
}

describe('an account at a server that wants to know what its tokens are for', () => {
  it('names it at the page, for the token and at a refresh, and is told by introspection how long one lives', async () => {
    await add('hq', api);
    const login = agent.start(['login', 'hq', '--no-open']);
    const start = await login.firstLine();
    // By then the pushed request is gone, by what the server said.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await browse(start);
    const result = await login.ended;
    expect([result.code, result.stderr]).toEqual([0, result.stderr]);
    const pushed = server.seen.filter((one) => one.path === '/request');
    expect(pushed.map(({ status }) => status)).toEqual([201, 201]);
    await agent.done(['refresh', 'hq']);
    const tokens = server.seen.filter((one) => one.path === '/token');
    expect(tokens.map(({ form }) => form['resource'])).toEqual([api, api]);
    expect(pushed.map(({ form }) => form['resource'])).toEqual([api, api]);
    expect(server.seen.filter((one) => one.path === '/token/introspection')).toHaveLength(2);
    const { expires_in: left } = await agent.token('hq');
    expect(left).toBeGreaterThan(880);
    expect(left).toBeLessThanOrEqual(900);
  });

  it('names several', async () => {
    await add('both', `${api} ${files}`);
    const login = agent.start(['login', 'both', '--no-open']);
    await login.firstLine();
    const pushed = server.seen.findLast((one) => one.path === '/request');
    expect(pushed?.form['resource']).toEqual([api, files]);
    login.signal('SIGTERM');
  });
});
