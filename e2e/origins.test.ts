// Secrets go to the origins they were entered for: the whole program against a strict vendor of the test's own
// and a second one that collects whatever comes to it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerJson, serveOnLoopback, type LoopbackServer } from '../testing/loopback-server.ts';
import { cleanUp, keyfob, makeFolder, startAgent, type Agent, type Result } from '../testing/program.ts';

const secret = 'canary-secret-5d1c';
const passphrase = 'a passphrase of the test';

interface Vendor {
  readonly origin: string;
  /** Everything that came, as text: request lines, headers and bodies. */
  readonly seen: string[];
}

const servers: LoopbackServer[] = [];
let good: Vendor;
let evil: Vendor;
/** Where the good issuer says that tokens are. */
let named: () => Vendor;
let home: string;
let agent: Agent;
let tokens = 0;

async function vendor(answers: (path: string) => unknown): Promise<Vendor> {
  const seen: string[] = [];
  const server = await serveOnLoopback(({ method, url, headers, body }, response) => {
    const basic = Buffer.from(/^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '', 'base64');
    seen.push(`${method} ${url} ${JSON.stringify(headers)} ${basic.toString()} ${body}`);
    answerJson(response, 200, answers(url));
  });
  servers.push(server);
  return { origin: server.origin, seen };
}

const granted = (): unknown => ({
  access_token: `canary-access-${(tokens += 1)}`,
  refresh_token: `canary-refresh-${tokens}`,
  token_type: 'Bearer',
  expires_in: 3600,
});

beforeAll(async () => {
  evil = await vendor(granted);
  good = await vendor((address) =>
    address.endsWith('openid-configuration')
      ? {
          issuer: good.origin,
          token_endpoint: `${named().origin}/token`,
          revocation_endpoint: `${good.origin}/revoke`,
        }
      : granted(),
  );
  named = () => good;
  home = makeFolder();
  agent = await begin();
});
afterAll(async () => {
  await cleanUp();
  await Promise.all(servers.map((server) => server.close()));
});
afterEach(() => {
  expect(evil.seen.join('\n')).not.toContain('canary');
  evil.seen.length = 0;
  named = () => good;
});

function begin(): Promise<Agent> {
  const file = path.join(makeFolder(), 'passphrase');
  writeFileSync(file, passphrase, { mode: 0o600 });
  return startAgent({ home, args: ['--vault', 'file', '--passphrase-file', file, '--no-console'] });
}

const run = (...args: string[]): Promise<Result> => keyfob(args, { home, input: `${secret}\n` });

/** An own profile whose addresses a test chooses. */
function profileFile(token: string, revoke: string): string {
  const file = path.join(makeFolder(), 'acme.json');
  const parameters = ['grant_type', 'client_id', 'client_secret', 'scope', 'refresh_token'];
  const profile = {
    id: 'acme',
    name: 'Acme',
    credentials_help: 'Ask Acme.',
    fields: { client_id: { label: 'Client ID' }, client_secret: { label: 'Client secret', secret: true } },
    grants: {
      client_credentials: {
        required: ['client_id', 'client_secret'],
        renewal: ['refresh_token', 'client_credentials'],
      },
    },
    default_grant: 'client_credentials',
    token: { url: `${token}/token`, in: 'form', parameters },
    revoke: {
      url: `${revoke}/revoke`,
      in: 'form',
      tokens: ['refresh_token', 'access_token'],
      authenticate: true,
    },
    client_auth: 'params',
    lifetime_unit: 'seconds',
    refresh_token: 'single_use',
    refresh_when: 'ahead',
    api: { header: 'Authorization', scheme: 'Bearer' },
  };
  writeFileSync(file, JSON.stringify(profile));
  return file;
}

/** Exit 5, old and new origin, and the command that says yes. */
function expectRefused({ code, stderr }: Result, account: string): void {
  expect(code).toBe(5);
  expect(stderr).toContain(`entered for ${good.origin}`);
  expect(stderr).toContain(evil.origin);
  expect(stderr).toContain(`keyfob set ${account} --allow-origin ${evil.origin}`);
}

describe('a provider of the same id with another token address', () => {
  it('gets nothing at refresh and login; the live token is served; a yes lets it through', async () => {
    const added = await run('provider', 'add', profileFile(good.origin, good.origin));
    expect(added.stdout).toContain(
      `Secrets of its accounts are sent to: ${good.origin} (tokens, revocation).`,
    );
    await run('add', 'acme', '--provider', 'acme', '--set', 'client_id=c', '--secret', 'client_secret');
    expect((await run('login', 'acme')).code).toBe(0);
    const live = (await run('token', 'acme')).stdout;

    const again = await run('provider', 'add', profileFile(evil.origin, good.origin));
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(`${evil.origin} (tokens)`);
    expect(again.stdout).toContain(`none are sent to ${evil.origin}`);
    expectRefused(await run('refresh', 'acme'), 'acme');
    expect((await run('token', 'acme')).stdout).toBe(live);
    expectRefused(await run('login', 'acme'), 'acme');
    expect(evil.seen).toEqual([]);

    const revoked = profileFile(good.origin, evil.origin);
    await run('provider', 'add', revoked);
    expectRefused(await run('revoke', 'acme'), 'acme');
    expect((await run('refresh', 'acme')).code).toBe(0);
    expect(evil.seen).toEqual([]);

    const { stdout } = await run('audit', '--json');
    const lines = JSON.parse(stdout) as {
      route: string;
      outcome: string;
      origin?: string;
      account: string;
    }[];
    expect(lines.filter(({ route }) => route === 'account.origin_refused')).toContainEqual(
      expect.objectContaining({ account: 'acme', outcome: 'not_permitted', origin: evil.origin }),
    );
    expect(stdout).not.toContain('canary');
  });
});

describe('a field that was set to another host', () => {
  it('is kept and said, and gets nothing until the secret is given again, over a restart too', async () => {
    const fields = ['--set', `token_url=${good.origin}/token`, '--set', 'client_id=c'];
    await run('add', 'desk', '--provider', 'officernd', ...fields, '--secret', 'client_secret');
    expect((await run('login', 'desk')).code).toBe(0);
    const set = await keyfob(['set', 'desk', '--set', `token_url=${evil.origin}/token`], { home });
    expect(set.code).toBe(0);
    expect(set.stdout).toContain(`none are sent to ${evil.origin}`);
    expectRefused(await run('login', 'desk'), 'desk');
    await agent.stop();
    agent = await begin();
    expectRefused(await run('login', 'desk'), 'desk');
    expect(evil.seen).toEqual([]);
  });

  it('may be agreed to by its origin, which is in the audit', async () => {
    const before = evil.seen.length;
    const allowed = await keyfob(['set', 'desk', '--allow-origin', evil.origin], { home });
    expect(allowed.stdout).toContain(`may now be sent to ${evil.origin}`);
    expect((await run('login', 'desk')).code).toBe(0);
    expect(evil.seen.length).toBeGreaterThan(before);
    expect(evil.seen.join('')).toContain(secret);
    // Agreed to: what came is what was meant to.
    evil.seen.length = 0;
    expect((await run('audit', '--json')).stdout).toContain('"account.origin_allowed"');
    const wrong = await keyfob(['set', 'desk', '--allow-origin', `${evil.origin}/path`], { home });
    expect(wrong.code).toBe(2);
  });
});

describe('an issuer whose metadata moves', () => {
  it('gets nothing at the new token address after a restart', async () => {
    const fields = ['--set', `issuer=${good.origin}`, '--set', 'client_id=c'];
    await run(
      'add',
      'org',
      '--provider',
      'oidc',
      '--grant',
      'client_credentials',
      ...fields,
      '--secret',
      'client_secret',
    );
    expect((await run('login', 'org')).code).toBe(0);
    const live = (await run('token', 'org')).stdout;
    await agent.stop();
    named = () => evil;
    agent = await begin();
    expectRefused(await run('refresh', 'org'), 'org');
    expect((await run('token', 'org')).stdout).toBe(live);
    expect(evil.seen).toEqual([]);
  });
});
