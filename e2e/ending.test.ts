// How the agent ends while a vendor's answer is under way: a refresh token that was sent is never lost.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { answerJson, serveOnLoopback, type LoopbackServer } from '../testing/loopback-server.ts';
import { cleanUp, makeFolder, sleep, startAgent, until } from '../testing/program.ts';
import type { Agent } from '../testing/program.ts';

const command = fileURLToPath(new URL('../bin/keyfob.mjs', import.meta.url));

/** A vendor that rotates its refresh token as the request comes, and answers late. */
const vendor = {
  url: '',
  /** Ms before an answer to a refresh or to client credentials. */
  delay: 0,
  /** The one refresh token that holds good. */
  good: 'r0',
  /** Requests that came, by grant. */
  came: [] as string[],
};
let server: LoopbackServer;

beforeAll(async () => {
  server = await serveOnLoopback(({ form }, response) => {
    const grant = form.get('grant_type') ?? '';
    vendor.came.push(grant);
    const refused = grant === 'refresh_token' && form.get('refresh_token') !== vendor.good;
    if (refused) return answerJson(response, 400, { error: 'invalid_grant' });
    vendor.good = `r${String(vendor.came.length)}`;
    const token = { access_token: `a-${vendor.good}`, token_type: 'Bearer', expires_in: 3600 };
    const granted = grant === 'client_credentials' ? token : { ...token, refresh_token: vendor.good };
    setTimeout(() => answerJson(response, 200, granted), grant === 'password' ? 0 : vendor.delay);
  });
  vendor.url = server.origin;
});
afterAll(async () => {
  await server.close();
  await cleanUp();
});

/** Starts an agent on a file vault, so that what was kept is there after a restart. */
async function begin(): Promise<{ agent: Agent & { serveArgs: string[] }; again: () => Promise<Agent> }> {
  const file = path.join(makeFolder(), 'passphrase');
  writeFileSync(file, 'correct horse battery\n', { mode: 0o600 });
  const args = ['--vault', 'file', '--passphrase-file', file];
  const agent = { ...(await startAgent({ args })), serveArgs: args };
  const again = (): Promise<Agent> => startAgent({ args, home: agent.home });
  return { agent, again };
}

async function addPerson(agent: Agent): Promise<void> {
  vendor.delay = 0;
  const set = ['--set', `token_url=${vendor.url}/token`, '--set', 'client_id=c', '--set', 'username=u'];
  const add = ['add', 'hq', '--provider', 'oauth2', '--grant', 'password', ...set, '--secret', 'password'];
  await agent.done(add, 'p\n');
  await agent.done(['login', 'hq']);
}

/** Begins a refresh whose answer comes after `delay` ms, and waits until the vendor has rotated. */
async function refreshLate(agent: Agent, delay: number): Promise<void> {
  vendor.delay = delay;
  const before = vendor.came.length;
  agent.start(['refresh', 'hq']);
  await until('the vendor has rotated', () => vendor.came.length > before);
}

/** Signals, and gives how long it took to end, in ms. */
async function endWith(agent: Agent, signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
  const begun = performance.now();
  await agent.stop(signal);
  return performance.now() - begun;
}

describe('SIGTERM between the vendor’s rotation and its answer', () => {
  it.each([3_000, 13_000])(
    'keeps the new refresh token, which comes after %i ms, and says that it waits',
    { timeout: 40_000 },
    async (delay) => {
      const { agent, again } = await begin();
      await addPerson(agent);
      await refreshLate(agent, delay);
      const sent = vendor.came.length;
      const took = await endWith(agent);
      expect(took).toBeGreaterThan(delay - 1_000);
      expect(took).toBeLessThan(delay + 2_000);
      expect(agent.process.stderr()).toMatch(/once the new refresh token of hq is kept/);
      const second = await again();
      expect((await second.token('hq')).access_token).toBe(`a-${vendor.good}`);
      expect(vendor.came).toHaveLength(sent);
      vendor.delay = 0;
      await second.done(['refresh', 'hq']);
      expect((await second.account('hq')).state).toBe('live');
      await second.stop();
    },
  );

  it(
    'serves and sends nothing new meanwhile, and a second signal ends it at once',
    { timeout: 30_000 },
    async () => {
      const { agent } = await begin();
      await addPerson(agent);
      await refreshLate(agent, 20_000);
      const sent = vendor.came.length;
      agent.process.signal('SIGTERM');
      await sleep(1_500);
      expect((await agent.run(['token', 'hq'])).code).toBe(3);
      expect(vendor.came).toHaveLength(sent);
      const begun = performance.now();
      expect((await agent.stop()).code).toBe(1);
      expect(performance.now() - begun).toBeLessThan(1_000);
    },
  );

  it('waits just so when it is asked by `keyfob stop`, which waits for it', { timeout: 30_000 }, async () => {
    const { agent, again } = await begin();
    await addPerson(agent);
    await refreshLate(agent, 4_000);
    const begun = performance.now();
    expect(await agent.done(['stop'])).toBe('Keyfob has ended.\n');
    expect(performance.now() - begun).toBeGreaterThan(3_000);
    expect((await agent.process.ended).code).toBe(0);
    const second = await again();
    expect((await second.token('hq')).access_token).toBe(`a-${vendor.good}`);
    expect(await second.done(['stop'])).toBe('Keyfob has ended.\n');
    expect((await second.run(['stop'])).code).toBe(3);
  });

  it('takes a signal that reaches it twice by two ways for one', { timeout: 30_000 }, async () => {
    const { agent, again } = await begin();
    await addPerson(agent);
    await refreshLate(agent, 2_500);
    agent.process.signal('SIGINT');
    await sleep(50);
    expect(await endWith(agent, 'SIGINT')).toBeGreaterThan(1_000);
    const second = await again();
    expect((await second.token('hq')).access_token).toBe(`a-${vendor.good}`);
    await second.stop();
  });
});

/** A Node that is older than the one Keyfob needs, as `bin/keyfob.cjs` meets it; undefined where there is none. */
const older = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'node'))
  .find((file) => existsSync(file) && Number.parseInt(versionOf(file), 10) < 24);

function versionOf(node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.replace('v', '');
}

describe.skipIf(older === undefined)('under an older Node, which starts the pinned one', () => {
  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'a %s to both of them, as from `timeout` or a closed terminal, is one and loses nothing',
    { timeout: 40_000 },
    async (signal) => {
      const { agent, again } = await begin();
      await addPerson(agent);
      await agent.stop();
      const args = ['serve', '--json', '--port', '0', '--no-console', ...agent.serveArgs];
      const child = spawn(older ?? '', [command, ...args], {
        detached: true,
        env: { ...process.env, KEYFOB_HOME: agent.home },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      let ready = '';
      child.stdout.on('data', (chunk: Buffer) => (ready += chunk.toString()));
      await until('it is ready', () => ready.includes('\n'));
      await refreshLate(agent, 3_000);
      process.kill(-(child.pid ?? 0), signal);
      const begun = performance.now();
      await ended;
      expect(performance.now() - begun).toBeGreaterThan(1_500);
      const second = await again();
      expect((await second.token('hq')).access_token).toBe(`a-${vendor.good}`);
      await second.stop();
    },
  );
});

describe('SIGTERM with nothing that would be lost', () => {
  it(
    'ends within 2 s: idle, and in the middle of a token for the client alone',
    { timeout: 30_000 },
    async () => {
      const idle = await begin();
      await addPerson(idle.agent);
      expect(await endWith(idle.agent)).toBeLessThan(2_000);

      const { agent } = await begin();
      const set = ['--set', `token_url=${vendor.url}/token`, '--set', 'client_id=c'];
      const add = ['add', 'bot', '--provider', 'oauth2', '--grant', 'client_credentials', ...set];
      await agent.done([...add, '--secret', 'client_secret'], 's\n');
      vendor.delay = 15_000;
      const before = vendor.came.length;
      agent.start(['login', 'bot']);
      await until('the vendor is asked', () => vendor.came.length > before);
      expect(await endWith(agent)).toBeLessThan(2_000);
    },
  );
});
