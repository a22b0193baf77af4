// Each of the five vendors with every grant that needs no page, from `add` to `revoke`.
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callApi, cleanUp, sleep, startAgent, startPractice, until } from '../testing/program.ts';
import type { Agent, Practice } from '../testing/program.ts';
import type { TokenAnswer } from '../main/api/accounts.ts';
import type { LogEntry } from '../main/sandbox/store.ts';

const run = promisify(execFile);

let agent: Agent;
let practice: Practice;

beforeAll(async () => {
  [agent, practice] = await Promise.all([startAgent(), startPractice()]);
});
afterAll(cleanUp);

const fingerprint = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 6);

/** Runs curl with arguments that a test made up. */
async function curl(args: readonly string[], input = ''): Promise<string> {
  const running = run('curl', ['-sS', ...args]);
  running.child.stdin?.end(input);
  return (await running).stdout;
}

const names = [
  'practice-eptura',
  'practice-ioffice',
  'practice-ioffice-query',
  'practice-json-password',
  'practice-json-application',
  'practice-organization',
  'practice-organization-query',
  'practice-officernd',
  'practice-officernd-write',
];

const revoking = new Set(['eptura-workplace', 'ioffice']);

describe.each(names)('a practice account, %s', (name) => {
  it('goes from add to revoke', async () => {
    const account = practice.account(name);
    await agent.add(account);
    expect(await agent.account(name)).toMatchObject({
      provider: account.provider,
      grant: account.grant,
      state: 'signed_out',
      expires_at: null,
      next_refresh_at: null,
      notice: null,
    });

    // Nothing is served before the login.
    const early = await agent.run(['token', name]);
    expect([early.code, early.stdout]).toEqual([4, '']);

    expect(await agent.done(['login', name])).toBe(`Signed in: ${name}.\n`);
    const token = await agent.token(name);
    const now = Date.now() / 1000;
    expect(token).toMatchObject({ account: name, provider: account.provider });
    expect(token.expires_in).toBeGreaterThan(3590);
    expect(token.expires_in).toBeLessThanOrEqual(3600);
    expect(token.expires_at).toBeGreaterThan(now + 3590);
    expect(token.expires_at).toBeLessThan(now + 3602);
    expect((await agent.account(name)).state).toBe('live');

    const who = await callApi(account.try, token);
    expect([who.status, who.text]).toEqual([200, who.text]);
    expect((await callApi(account.try, { headers: {}, query: {} })).status).toBe(401);

    // The other formats say the same.
    const secret = token.access_token;
    expect(await agent.done(['token', name])).toBe(`${secret}\n`);
    const env = await agent.done(['token', name, '--format', 'env']);
    expect((await run('bash', ['-c', `${env}printf %s "$ACCESS_TOKEN"`])).stdout).toBe(secret);
    const config = await agent.done(['token', name, '--format', 'curl']);
    expect(JSON.parse(await curl(['-K', '-', account.try], config))).toEqual(who.json());
    const header = await agent.run(['token', name, '--format', 'header']);
    if (Object.keys(token.headers).length > 0) {
      expect(JSON.parse(await curl(['-H', header.stdout.trimEnd(), account.try]))).toEqual(who.json());
    } else {
      expect([header.code, header.stdout]).toEqual([2, '']);
    }

    // A refresh gives another token, but where the vendor has nothing new before the end.
    expect(await agent.done(['refresh', name])).toBe(`Refreshed: ${name}.\n`);
    const fresh = await agent.token(name);
    if (account.provider === 'officernd') expect(fresh.access_token).toBe(secret);
    else expect(fresh.access_token).not.toBe(secret);
    expect((await callApi(account.try, fresh)).status).toBe(200);

    const told = await agent.done(['revoke', name]);
    const revokes = (await practice.log()).filter(
      ({ step, access_token: seen }) => step === 'revoke' && seen === fingerprint(fresh.access_token),
    );
    if (revoking.has(account.provider)) {
      expect(revokes).toMatchObject([{ outcome: 'done' }]);
      expect((await callApi(account.try, fresh)).status).toBe(401);
    } else {
      expect(told).toMatch(/forgotten/);
      expect(revokes).toEqual([]);
    }
    const requests = (await practice.tokenRequests()).length;
    const after = await agent.run(['token', name]);
    expect([after.code, after.stdout]).toEqual([4, '']);
    expect((await agent.run(['refresh', name])).code).toBe(4);
    expect(await practice.tokenRequests()).toHaveLength(requests);
    expect((await agent.account(name)).state).toBe('signed_out');
  });
});

it('an account mints nothing after logout until login, whatever the grant', async () => {
  for (const name of ['practice-json-application', 'practice-organization', 'practice-officernd']) {
    await agent.done(['login', name]);
    await agent.done(['logout', name]);
    const before = (await practice.tokenRequests()).length;
    expect((await agent.run(['token', name])).code).toBe(4);
    expect((await agent.ask(`/v1/token?account=${name}&min_valid=0`)).status).toBe(409);
    expect((await agent.ask(`/v1/accounts/${name}/refresh`, { method: 'POST' })).status).toBe(409);
    expect(await practice.tokenRequests()).toHaveLength(before);
    await agent.done(['login', name]);
    expect((await agent.token(name)).account).toBe(name);
  }
});

it('keyfob token serves the account that `use` selected, over all and for its provider', async () => {
  const served = async (query = ''): Promise<unknown> =>
    (await agent.ask(`/v1/token${query}`)).json<{ account?: string }>().account;
  await agent.add(practice.account('practice-organization'), 'second-organization');
  for (const name of ['practice-organization', 'second-organization', 'practice-officernd'])
    await agent.done(['login', name]);

  await agent.done(['use', 'second-organization']);
  expect(await served()).toBe('second-organization');
  await agent.done(['use', 'practice-officernd']);
  expect(await served()).toBe('practice-officernd');
  expect(await served('?provider=organization-api')).toBe('second-organization');
  await agent.done(['use', 'practice-organization']);
  expect(await served()).toBe('practice-organization');
  expect(await served('?provider=organization-api')).toBe('practice-organization');
  expect(await served('?provider=officernd')).toBe('practice-officernd');
  expect(JSON.parse(await agent.done(['token', '--format', 'json']))).toMatchObject({
    account: 'practice-organization',
  });
  const list = JSON.parse(await agent.done(['accounts', '--json'])) as {
    name: string;
    selected: boolean;
    selected_for_provider: boolean;
  }[];
  expect(list.filter(({ selected }) => selected).map(({ name }) => name)).toEqual(['practice-organization']);
  const forProvider = list.filter((one) => one.selected_for_provider).map(({ name }) => name);
  expect(forProvider).toContain('practice-officernd');
  expect(forProvider).not.toContain('second-organization');
});

describe('a vendor’s refusal', () => {
  it('is passed on: the words of a vendor that refuses a scope, with exit 6, and says how to ask for less', async () => {
    const account = practice.account('practice-officernd');
    const greedy = { ...account.settings, scope: 'officernd.api.read officernd.api.write' };
    await agent.add({ ...account, settings: greedy }, 'greedy');
    const { code, stdout, stderr } = await agent.run(['login', 'greedy']);
    expect([code, stdout]).toEqual([6, '']);
    const refused = (await practice.tokenRequests('officernd')).at(-1);
    expect(refused).toMatchObject({ outcome: 'refused', error: 'invalid_scope' });
    expect(stderr).toContain('invalid_scope');
    expect(stderr).toContain(refused?.reason);
    expect(stderr).toMatch(/officernd\.api\.read/);
    await agent.done(['set', 'greedy', '--set', 'scope=officernd.api.read']);
    await agent.done(['login', 'greedy']);
  });

  it.each(['practice-eptura', 'practice-ioffice', 'practice-json-password'])(
    'ends with 6 at a wrong password: %s',
    async (like) => {
      const account = practice.account(like);
      const name = `wrong-${like}`;
      await agent.add({ ...account, secrets: { ...account.secrets, password: 'not this one' } }, name);
      const before = (await practice.log()).length;
      const { code, stderr } = await agent.run(['login', name]);
      expect(code).toBe(6);
      expect(stderr).toContain('The user name or the password is wrong.');
      expect(stderr).not.toContain('not this one');
      // Accounts get locked: one try, and no other by itself.
      expect((await agent.run(['token', name])).code).toBe(4);
      expect((await practice.log()).length).toBe(before + 1);
      await agent.done(['set', name, '--secret', 'password'], `${practice.description.person.password}\n`);
      await agent.done(['login', name]);
    },
  );

  it('ends the command with 6 at a wrong client secret, Basic and query', async () => {
    for (const like of ['practice-organization', 'practice-organization-query']) {
      await agent.add(
        practice.account(like, { secrets: { client_secret: 'pr:ac/ti+ce%3dsecret=' } }),
        `no-${like}`,
      );
      const { code, stderr } = await agent.run(['login', `no-${like}`]);
      expect(code).toBe(6);
      expect(stderr).toContain('invalid_client');
      expect(stderr).not.toContain('secret=');
    }
  });

  it('is not waited for: Keyfob refuses what cannot stand in a header before anything is sent', async () => {
    const account = practice.account('practice-eptura');
    for (const [index, password] of ['schlüssel-ключ', ' blank at the start'].entries()) {
      const name = `odd-password-${index}`;
      const before = (await practice.log()).length;
      const added = await agent.run(
        [
          'add',
          name,
          '--provider',
          account.provider,
          '--grant',
          'direct',
          ...Object.entries(account.settings).flatMap(([field, value]) => ['--set', `${field}=${value}`]),
          '--secret',
          'password',
        ],
        `${password}\n`,
      );
      const result = added.code === 0 ? await agent.run(['login', name]) : added;
      expect(result.code).toBe(2);
      expect(result.stderr).toMatch(/sign-in page|authorization_code/);
      expect(result.stderr).not.toContain(password);
      expect(await practice.log()).toHaveLength(before);
    }
  });
});

describe('tokens that end', () => {
  const mine = [
    'practice-eptura',
    'practice-ioffice',
    'practice-json-password',
    'practice-json-application',
    'practice-organization',
    'practice-officernd',
  ];

  it('are renewed without a person, and no refresh token is used twice', async () => {
    // OfficeRnD would go on giving out the long token that it has.
    await practice.control({ lifetime: 3, endTokens: true });
    try {
      const own = mine.map((like) => `short-${like}`);
      for (const like of mine) await agent.add(practice.account(like), `short-${like}`);
      const before = (await practice.tokenRequests()).length;
      await Promise.all(own.map((name) => agent.done(['login', name])));
      const first = await Promise.all(own.map((name) => agent.token(name)));
      await sleep(3500);
      // Many ask at once, when every token has ended; each is used at once, for it lives 3 s.
      const ask = async (like: string): Promise<TokenAnswer> => {
        const token = (await agent.ask(`/v1/token?account=short-${like}`)).json<TokenAnswer>();
        const answer = await callApi(practice.account(like).try, token);
        expect([like, answer.status]).toEqual([like, 200]);
        return token;
      };
      const later = await Promise.all(mine.flatMap((like) => [ask(like), ask(like)]));
      for (const [index] of mine.entries())
        expect(later[2 * index]?.access_token).not.toBe(first[index]?.access_token);
      await until('a second renewal of each', async () => {
        const requests = (await practice.tokenRequests()).slice(before);
        return (
          requests.filter(({ vendor }) => vendor === 'eptura-workplace').length >= 3 &&
          requests.filter(({ vendor }) => vendor === 'organization-api').length >= 3
        );
      });
      expectNoReuse(await practice.tokenRequests());
      for (const name of own) expect((await agent.account(name)).state).toMatch(/^(live|refreshing)$/);
    } finally {
      await practice.control({ lifetime: null, endTokens: true });
      for (const like of mine) await agent.run(['remove', `short-${like}`]);
    }
  });

  it('do not make a loop at OfficeRnD, which has no new token before the end', async () => {
    await agent.add(practice.account('practice-officernd'), 'polled');
    await agent.done(['login', 'polled']);
    const before = (await practice.tokenRequests('officernd')).length;
    const end = Date.now() + 3000;
    let asked = 0;
    while (Date.now() < end) {
      const answer = await agent.ask('/v1/token?account=polled');
      expect(answer.status).toBe(200);
      asked += 1;
      await sleep(20);
    }
    expect(asked).toBeGreaterThan(20);
    // None is needed; what a wish may ask for once, it may not ask for again and again.
    expect((await practice.tokenRequests('officernd')).length - before).toBe(0);
    // Asked for more than a token of this vendor ever has, it says so instead of asking on and on.
    for (let round = 0; round < 5; round += 1) {
      const { code, stderr } = await agent.run(['token', 'polled', '--min-valid', '999999']);
      expect(code).toBe(6);
      expect(stderr).not.toBe('');
    }
    expect((await practice.tokenRequests('officernd')).length - before).toBeLessThanOrEqual(2);
  });

  it('ask for client credentials again when the refresh token is refused', async () => {
    for (const like of ['practice-organization', 'practice-json-application']) {
      const name = `again-${like}`;
      await agent.add(practice.account(like), name);
      await agent.done(['login', name]);
      await practice.control({ endTokens: true });
      const before = (await practice.tokenRequests()).length;
      await agent.done(['refresh', name]);
      const asked = (await practice.tokenRequests()).slice(before);
      expect(asked.map(({ grant, outcome }) => `${grant} ${outcome}`)).toEqual([
        'refresh_token refused',
        'client_credentials done',
      ]);
      expect((await callApi(practice.account(like).try, await agent.token(name))).status).toBe(200);
    }
  });

  it('try a stored password once, and never again after it was refused', async () => {
    const name = 'stored-password';
    await agent.add(practice.account('practice-json-password'), name);
    await agent.done(['login', name]);
    await practice.control({ endTokens: true });
    await agent.done(['refresh', name]);
    expect((await practice.tokenRequests()).at(-1)).toMatchObject({ grant: 'password', outcome: 'done' });

    await agent.done(['set', name, '--secret', 'password'], 'changed elsewhere\n');
    await practice.control({ endTokens: true });
    const before = (await practice.tokenRequests()).length;
    for (let round = 0; round < 3; round += 1) {
      const { code } = await agent.run(['refresh', name]);
      expect(code).toBe(4);
    }
    const asked = (await practice.tokenRequests()).slice(before);
    expect(asked.filter(({ grant }) => grant === 'password').length).toBeLessThanOrEqual(1);
    expect((await agent.account(name)).state).toBe('sign_in_needed');
  });

  it('are served while they last when the vendor is down, and renewed when it is back', async () => {
    const name = 'down';
    await agent.add(practice.account('practice-eptura'), name);
    await agent.done(['login', name]);
    const orders = [
      { count: 1, status: 503 },
      { count: 1, status: 429, retryAfter: 1 },
      { count: 1, status: 400, html: true },
    ];
    for (const failNext of orders) {
      const { access_token: held } = await agent.token(name);
      await practice.control({ failNext });
      expect([failNext, (await agent.run(['refresh', name])).code]).toEqual([failNext, 7]);
      const served = await agent.token(name);
      const answer = await callApi(practice.account('practice-eptura').try, served);
      expect([failNext, answer.status]).toEqual([failNext, 200]);
      await until('a new token by itself', async () => (await agent.token(name)).access_token !== held);
      expect((await agent.account(name)).state).toBe('live');
    }
    expectNoReuse(await practice.tokenRequests());
  });
});

/** No refresh token may have been presented twice with success or refusal; a passing failure uses none up. */
function expectNoReuse(log: readonly LogEntry[]): void {
  const used = log.filter((entry) => entry.presented !== undefined && entry.outcome !== 'made_to_fail');
  expect(used.length).toBeGreaterThan(0);
  const seen = used.map(({ presented }) => presented);
  expect(seen).toHaveLength(new Set(seen).size);
}
