// What outlives a kill -9, a torn file, a locked vault; and how the agent ends when it is asked to.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  ask,
  callApi,
  cleanUp,
  keyfob,
  makeFolder,
  sleep,
  start,
  startAgent,
  startPractice,
  until,
} from '../testing/program.ts';
import { answerJson, serveOnLoopback } from '../testing/loopback-server.ts';
import type { Agent, AgentOptions, Practice } from '../testing/program.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await startPractice();
});
afterAll(cleanUp);

const fingerprint = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 6);

/** A passphrase file and the arguments of `serve` that use it. */
function fileVault(): string[] {
  const file = path.join(makeFolder(), 'passphrase');
  writeFileSync(file, 'correct horse battery\n', { mode: 0o600 });
  return ['--vault', 'file', '--passphrase-file', file];
}

/** Starts the agent again on a home, as it was started before. */
const again = (agent: Agent, options: AgentOptions): Promise<Agent> =>
  startAgent({ ...options, home: agent.home });

const secretService = process.env['KEYFOB_TEST_SECRET_SERVICE'] === '1';
const bus = process.env['DBUS_SESSION_BUS_ADDRESS'];

const vaults: { name: string; options: () => AgentOptions; here: boolean }[] = [
  { name: 'the file vault', options: () => ({ args: fileVault() }), here: true },
  {
    name: secretService ? 'the keychain' : 'the keychain (left out: KEYFOB_TEST_SECRET_SERVICE=1 is not set)',
    options: () => ({ args: ['--vault', 'keychain'], env: { DBUS_SESSION_BUS_ADDRESS: bus } }),
    here: secretService,
  },
];

for (const { name, options: make, here } of vaults)
  describe.skipIf(!here)(`kill -9 with ${name}`, () => {
    it('right after a login loses nothing, and no token is asked for again', async () => {
      const options = make();
      const first = await startAgent(options);
      const names = ['practice-eptura', 'practice-organization', 'practice-officernd'];
      for (const one of names) {
        await first.add(practice.account(one));
        await first.done(['login', one]);
      }
      const tokens = await Promise.all(names.map((one) => first.token(one)));
      await first.done(['use', 'practice-organization']);
      const key = (await first.done(['client', 'add', 'script', '--accounts', 'practice-eptura'])).trim();
      const accounts = await first.accounts();
      const requests = (await practice.tokenRequests()).length;
      await first.stop('SIGKILL');
      expect(existsSync(first.ready.socket)).toBe(true);
      expect((await keyfob(['status'], { home: first.home })).code).toBe(3);

      const second = await again(first, options);
      // When an account was last used is written within a minute.
      expect(
        (await second.accounts()).map(({ next_refresh_at: _, last_used_at: __, ...rest }) => rest),
      ).toEqual(accounts.map(({ next_refresh_at: _, last_used_at: __, ...rest }) => rest));
      for (const [index, one] of names.entries()) {
        const token = await second.token(one);
        expect(token.access_token).toBe(tokens[index]?.access_token);
        expect((await callApi(practice.account(one).try, token)).status).toBe(200);
      }
      expect(await practice.tokenRequests()).toHaveLength(requests);
      expect((await second.ask('/v1/token')).json()).toMatchObject({ account: 'practice-organization' });
      const byKey = await ask(`${second.ready.endpoint ?? ''}/v1/accounts`, {
        headers: { Authorization: `Bearer ${key}` },
      });
      expect(byKey.json<{ name: string }[]>().map((one) => one.name)).toEqual(['practice-eptura']);
      // The refresh tokens are there too, and the stored secrets.
      for (const one of names) await second.done(['refresh', one]);
      for (const one of names) await second.done(['remove', one]);
      await second.stop();
    });

    it('in the middle of many refreshes never loses a token that was served', async () => {
      const options = make();
      const name = 'practice-eptura';
      let agent = await startAgent(options);
      await agent.add(practice.account(name));
      await agent.done(['login', name]);
      for (const delay of [40, 90, 170]) {
        let served = (await agent.token(name)).access_token;
        let going = true;
        const burst = (async () => {
          while (going) {
            await agent.ask(`/v1/accounts/${name}/refresh`, { method: 'POST' });
            const answer = await agent.ask(`/v1/token?account=${name}`);
            served = answer.json<{ access_token?: string }>().access_token ?? served;
          }
        })().catch(() => undefined);
        await sleep(delay);
        const ended = agent.stop('SIGKILL');
        going = false;
        await Promise.all([burst, ended]);
        const requests = await practice.tokenRequests();
        const given = requests.flatMap((entry) => entry.access_token ?? []);
        agent = await again(agent, options);
        const token = await agent.token(name);
        expect(given).toContain(fingerprint(token.access_token));
        expect(given.lastIndexOf(fingerprint(token.access_token))).toBeGreaterThanOrEqual(
          given.lastIndexOf(fingerprint(served)),
        );
        expect(await practice.tokenRequests()).toHaveLength(requests.length);
        // Should the last refresh token have died on its way to the vault, the stored password helps.
        await agent.done(['refresh', name]);
      }
      await agent.done(['remove', name]);
      await agent.stop();
    });
  });

describe('one Keyfob per home', () => {
  it('says which is running, ends with 1, and leaves the first alone', async () => {
    const agent = await startAgent();
    const second = await keyfob(
      ['serve', '--json', '--port', '0', '--console-port', '0', '--vault', 'memory'],
      {
        home: agent.home,
      },
    );
    expect([second.code, second.stdout]).toEqual([1, '']);
    expect(second.stderr).toMatch(/already/);
    expect(second.stderr).toMatch(/agent/);
    expect(second.stderr).toContain(String(agent.ready.pid));
    expect(second.stderr).not.toMatch(/\n\s+at /);
    expect((await agent.run(['status'])).code).toBe(0);
    // Another socket is no way round it.
    const elsewhere = await keyfob(
      [
        'serve',
        '--json',
        '--port',
        '0',
        '--console-port',
        '0',
        '--vault',
        'memory',
        '--socket',
        path.join(makeFolder(), 's'),
      ],
      { home: agent.home },
    );
    expect(elsewhere.code).toBe(1);
    await agent.stop();
  });

  it.each(['memory', 'file'] as const)(
    'lets one of eight that start at once in (%s vault)',
    async (vault) => {
      const folder = makeFolder();
      const home = path.join(folder, 'home');
      const passphrase = path.join(folder, 'passphrase');
      writeFileSync(passphrase, 'correct horse\n', { mode: 0o600 });
      const serve = ['serve', '--json', '--port', '0', '--console-port', '0', '--vault', vault];
      if (vault === 'file') serve.push('--passphrase-file', passphrase);
      const starts = Array.from({ length: 8 }, () => start(serve, { home }));
      await until('seven to give up', async () => {
        const alive = await Promise.all(
          starts.map((one) => Promise.race([one.ended.then(() => 0), sleep(1).then(() => 1)])),
        );
        return alive.reduce<number>((sum, one) => sum + one, 0) === 1;
      });
      const winner = await until('one to be ready', () =>
        starts.find((one) => one.stdout().includes('"ready":true')),
      );
      for (const one of starts) {
        if (one !== winner) expect(one.stderr()).toContain('Keyfob is already running on');
      }
      winner.signal('SIGTERM');
      const codes = (await Promise.all(starts.map((one) => one.ended))).map(({ code }) => code);
      expect(codes.toSorted()).toEqual([0, 1, 1, 1, 1, 1, 1, 1]);
    },
  );
});

describe('a clean end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('comes within 2 s of %s, whatever is under way', async (signal) => {
    const silent = http.createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    // Listening on TCP, so not a pipe's name.
    const { port } = silent.address() as AddressInfo;
    const agent = await startAgent();
    const page = practice.account('practice-json');
    await agent.add(page);
    const app = practice.account('practice-organization');
    await agent.add(app);
    await agent.done(['login', app.name]);
    await agent.done(
      [
        'add',
        'silent',
        '--provider',
        'oauth2',
        '--grant',
        'client_credentials',
        '--set',
        `token_url=http://127.0.0.1:${port}/token`,
        '--set',
        'client_id=c',
        '--secret',
        'client_secret',
      ],
      's\n',
    );

    const hanging = agent.start(['login', 'silent']);
    await until('the request at the silent vendor', () => countConnections(silent));
    const waiting = agent.start(['login', page.name, '--no-open']);
    await waiting.firstLine();
    const following = agent.start(['audit', '--follow', '--json']);
    const stream = http.get({ socketPath: agent.ready.socket, path: '/v1/events', agent: false });
    stream.on('error', () => undefined);
    await new Promise((resolve) => stream.once('response', resolve));
    const idle = net.connect(Number(new URL(agent.ready.endpoint ?? '').port), '127.0.0.1');
    idle.on('error', () => undefined);

    const begun = Date.now();
    const { code, stderr } = await agent.stop(signal);
    expect([code, stderr]).toEqual([0, '']);
    expect(Date.now() - begun).toBeLessThan(2000);
    expect(existsSync(agent.ready.socket)).toBe(false);
    // What waited for it ends too, and says so.
    for (const command of [hanging, waiting, following]) {
      const result = await Promise.race([command.ended, sleep(5000).then(() => null)]);
      expect(result).not.toBeNull();
      expect(result?.stderr).not.toMatch(/\n\s+at /);
    }
    idle.destroy();
    silent.closeAllConnections();
    silent.close();
  });

  it('comes while a refresh hangs at a vendor that never answers', async () => {
    let silent = false;
    const vendor = await serveOnLoopback((_, response) => {
      if (!silent) answerJson(response, 200, { access_token: 'a', token_type: 'bearer', expires_in: 3600 });
    });
    const agent = await startAgent();
    await agent.done(
      [
        'add',
        'hangs',
        '--provider',
        'oauth2',
        '--grant',
        'client_credentials',
        '--set',
        `token_url=${vendor.origin}/token`,
        '--set',
        'client_id=c',
        '--secret',
        'client_secret',
      ],
      's\n',
    );
    await agent.done(['login', 'hangs']);
    silent = true;
    const refreshing = agent.start(['refresh', 'hangs']);
    await until('the refresh', async () => (await agent.account('hangs')).state === 'refreshing');
    // Meanwhile the token that lives is served.
    expect((await agent.token('hangs')).access_token).toBe('a');
    const begun = Date.now();
    expect((await agent.stop()).code).toBe(0);
    expect(Date.now() - begun).toBeLessThan(2000);
    await refreshing.ended;
    await vendor.close();
  });
});

describe('a torn file', () => {
  it('config.json: the last good copy is used, and told', async () => {
    const options = { args: fileVault() };
    const first = await startAgent(options);
    await first.add(practice.account('practice-organization'));
    await first.done(['login', 'practice-organization']);
    const token = await first.token('practice-organization');
    await first.stop();
    const config = path.join(first.home, 'config.json');
    truncateSync(config, 40);

    const second = await again(first, options);
    expect(second.process.stderr()).toMatch(/last good copy/);
    expect((await second.run(['status'])).stdout).toMatch(/last good copy/);
    expect((await second.token('practice-organization')).access_token).toBe(token.access_token);
    expect(readdirSync(first.home).filter((name) => name.includes('torn'))).toHaveLength(1);
    await second.stop();

    // Both torn: nothing is overwritten, and it says so.
    truncateSync(config, 40);
    truncateSync(`${config}.bak`, 40);
    const third = await keyfob(['serve', '--json', '--port', '0', '--console-port', '0', ...options.args], {
      home: first.home,
    });
    expect(third.code).toBe(1);
    expect(third.stderr).toContain(config);
    expect(third.stderr).not.toMatch(/\n\s+at /);
    expect(readFileSync(config)).toHaveLength(40);
  });

  it('the vault: the last good copy is used, and told', async () => {
    const options = { args: fileVault() };
    const first = await startAgent(options);
    await first.add(practice.account('practice-eptura'));
    await first.done(['login', 'practice-eptura']);
    const token = await first.token('practice-eptura');
    await first.stop('SIGKILL');
    const vault = path.join(first.home, 'vault.json');
    truncateSync(vault, 100);

    const second = await again(first, options);
    expect(second.process.stderr()).toMatch(/last good copy/);
    expect((await second.token('practice-eptura')).access_token).toBe(token.access_token);
    await second.stop();

    for (const file of [vault, `${vault}.bak`]) truncateSync(file, 100);
    const third = await keyfob(['serve', '--json', '--port', '0', '--console-port', '0', ...options.args], {
      home: first.home,
    });
    expect(third.code).toBe(8);
    expect(third.stderr).toMatch(/damaged/);
  });
});

describe('vaults that cannot be used', () => {
  const serve = ['serve', '--json', '--port', '0', '--console-port', '0'];
  const bare = (): { home: string; env: Record<string, string> } => ({
    home: path.join(makeFolder(), 'home'),
    env: { XDG_RUNTIME_DIR: makeFolder() },
  });

  it('a wrong passphrase ends with 8, and harms nothing', async () => {
    const options = { args: fileVault() };
    const first = await startAgent(options);
    await first.add(practice.account('practice-organization'));
    await first.done(['login', 'practice-organization']);
    const token = await first.token('practice-organization');
    await first.stop();
    const wrong = path.join(makeFolder(), 'wrong');
    writeFileSync(wrong, 'not the passphrase\n');
    const second = await keyfob([...serve, '--vault', 'file', '--passphrase-file', wrong], {
      home: first.home,
    });
    expect([second.code, second.stdout]).toEqual([8, '']);
    expect(second.stderr).toMatch(/passphrase/);
    expect(second.stderr).not.toContain('not the passphrase');
    // No vault named: this home's own is meant, and no other is taken silently.
    const unnamed = await keyfob(serve, { home: first.home });
    expect(unnamed.code).toBe(8);
    const third = await again(first, options);
    expect((await third.token('practice-organization')).access_token).toBe(token.access_token);
    await third.stop();
  });

  it('a keychain that was named and is not there ends with 8', async () => {
    const { code, stdout, stderr } = await keyfob([...serve, '--vault', 'keychain'], bare());
    expect([code, stdout]).toEqual([8, '']);
    expect(stderr.trim().split('\n').length).toBeGreaterThanOrEqual(2);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('none named and no keychain: memory, with one plain sentence', async () => {
    const { home, env } = bare();
    const agent = await startAgent({ home, env, args: [] });
    expect(agent.process.stderr()).toMatch(
      /^The secrets are in memory only and will be lost when Keyfob ends[^\n]*\n$/,
    );
    const status = JSON.parse(await agent.done(['status', '--json'])) as { vault: { kind: string } };
    expect(status.vault.kind).toBe('memory');
    await agent.stop();
  });

  it('a passphrase file that is not there or empty is named', async () => {
    for (const file of [path.join(makeFolder(), 'nothing'), path.join(makeFolder(), 'empty')]) {
      if (file.endsWith('empty')) writeFileSync(file, '\n');
      const result = await keyfob([...serve, '--vault', 'file', '--passphrase-file', file], bare());
      expect([file, [2, 8].includes(result.code ?? -1)]).toEqual([file, true]);
      expect(result.stderr).toContain(file);
    }
  });

  it('lock forgets until unlock, and the tokens are there again', async () => {
    const args = fileVault();
    const agent = await startAgent({ args });
    const name = 'practice-json-password';
    await agent.add(practice.account(name));
    await agent.done(['login', name]);
    const token = await agent.token(name);
    const requests = (await practice.tokenRequests()).length;
    await agent.done(['lock']);
    expect((await agent.account(name)).state).toBe('locked');
    for (const command of [
      ['token', name],
      ['refresh', name],
      ['login', name],
    ]) {
      const result = await agent.run(command);
      expect([command[0], result.code, result.stdout]).toEqual([command[0], 8, '']);
    }
    const wrong = await agent.run(['unlock'], 'not the passphrase\n');
    expect(wrong.code).toBe(8);
    expect((await agent.run(['token', name])).code).toBe(8);
    await agent.done(['unlock'], 'correct horse battery\n');
    expect((await agent.token(name)).access_token).toBe(token.access_token);
    await agent.done(['lock']);
    await agent.done(['unlock', '--passphrase-file', args.at(-1) ?? '']);
    expect((await agent.token(name)).access_token).toBe(token.access_token);
    expect(await practice.tokenRequests()).toHaveLength(requests);
    await agent.stop();
  });

  // Nothing is forbidden to root.
  it.skipIf(process.getuid?.() === 0)(
    'a folder that takes no more is told, and what was there stays',
    async () => {
      const options = { args: fileVault() };
      const agent = await startAgent(options);
      await agent.add(practice.account('practice-organization'));
      chmodSync(agent.home, 0o500);
      const result = await agent.run(['login', 'practice-organization']);
      expect(result.code).not.toBe(0);
      chmodSync(agent.home, 0o700);
      await agent.done(['login', 'practice-organization']);
      await agent.stop();
    },
  );
});

function countConnections(server: http.Server): Promise<boolean> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count > 0)));
}
