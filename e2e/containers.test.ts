// What a container or another machine gets that has a forwarded socket and a key limited to one account.
//
// A network namespace of its own stands for the container: nothing but the socket leads out of it.
import { execFile, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { cleanUp, makeFolder, startAgent, startPractice } from '../testing/program.ts';
import type { Agent, Practice } from '../testing/program.ts';

const canUnshare =
  process.platform === 'linux' && spawnSync('unshare', ['--net', 'true'], { stdio: 'ignore' }).status === 0;

interface Answer {
  readonly status: number;
  readonly body: string;
}

describe.runIf(canUnshare)('a container', () => {
  let agent: Agent;
  let practice: Practice;
  let guest: string;
  let key: string;
  let relay: net.Server;
  let forwarded: string;

  beforeAll(async () => {
    guest = path.join(makeFolder(), 'guest.sock');
    [agent, practice] = await Promise.all([
      startAgent({ args: ['--vault', 'memory', '--guest-socket', guest] }),
      startPractice(),
    ]);
    for (const name of ['practice-officernd', 'practice-organization']) {
      await agent.add(practice.account(name));
      await agent.done(['login', name]);
    }
    key = (await agent.done(['client', 'add', 'box', '--accounts', 'practice-officernd'])).trim();
    // As `ssh -R` does: another socket, whose bytes go to ours.
    forwarded = path.join(makeFolder(), 'forwarded.sock');
    relay = net.createServer((from) => {
      const to = net.connect(guest);
      from.pipe(to).pipe(from);
      from.on('error', () => to.destroy());
      to.on('error', () => from.destroy());
    });
    await new Promise<void>((resolve) => relay.listen(forwarded, resolve));
  });
  afterAll(async () => {
    relay.close();
    await cleanUp();
  });

  /** Runs curl where there is no network at all. */
  const inside = (socket: string | null, request: string, ...args: string[]): Promise<Answer> => {
    const [method = 'GET', url = ''] = request.split(' ');
    const way = socket === null ? [] : ['--unix-socket', socket];
    return new Promise((resolve) => {
      execFile(
        'unshare',
        ['--net', 'curl', '-sS', '-m', '10', ...way, '-X', method, '-w', '\n%{http_code}', ...args, url],
        (_, stdout) => {
          const lines = stdout.split('\n');
          resolve({ status: Number(lines.pop() ?? 0), body: lines.join('\n') });
        },
      );
    });
  };
  const withKey = (): string[] => ['-H', `Authorization: Bearer ${key}`];

  it('has no way to the TCP endpoint, nor to the console', async () => {
    expect((await inside(null, `GET ${agent.ready.endpoint}/v1/health`)).status).toBe(0);
    expect((await inside(null, `GET ${agent.ready.console}`)).status).toBe(0);
  });

  it.each(['direct', 'forwarded'])('gets the token of its account over the socket: %s', async (how) => {
    const socket = how === 'direct' ? guest : forwarded;
    const url = 'http://keyfob/v1/token?account=practice-officernd';
    const { status, body } = await inside(socket, `GET ${url}`, ...withKey());
    expect(status).toBe(200);
    const { access_token: token } = JSON.parse(body) as { access_token: string };
    expect(token).toBe((await agent.token('practice-officernd')).access_token);
  });

  it('gets nothing else', async () => {
    const ask = (request: string, ...args: string[]): Promise<Answer> =>
      inside(forwarded, request.replace(' /', ' http://keyfob/'), ...args);
    const own = JSON.parse((await ask('GET /v1/accounts', ...withKey())).body) as { name: string }[];
    expect(own.map(({ name }) => name)).toEqual(['practice-officernd']);
    const refused = [
      'GET /v1/token?account=practice-organization',
      'GET /v1/token?account=nobody',
      'POST /v1/accounts/practice-organization/refresh',
      'POST /v1/accounts/practice-officernd/revoke',
      'POST /v1/accounts/practice-officernd/use',
      'POST /v1/accounts/practice-officernd/login',
      'DELETE /v1/accounts/practice-officernd',
      'GET /v1/status',
      'GET /v1/audit',
      'GET /v1/clients',
      'POST /v1/clients',
      'POST /v1/lock',
      'POST /v1/console',
    ];
    for (const request of refused) {
      expect([request, (await ask(request, ...withKey())).status]).toEqual([request, 403]);
      // Without a key it is nobody, not the person.
      expect([request, (await ask(request)).status]).toEqual([request, 401]);
    }
    const browser = ['-H', 'Origin: http://evil.example'];
    expect((await ask('GET /v1/token', ...withKey(), ...browser)).status).toBe(403);
  });

  it('leaves its listener in the audit, and loses it all when its key is removed', async () => {
    const audit = await agent.done(['audit', '--json']);
    expect(audit).toContain('"client":"box","via":"guest","account":"practice-officernd"');
    await agent.done(['client', 'remove', 'box']);
    const url = 'http://keyfob/v1/token?account=practice-officernd';
    expect((await inside(forwarded, `GET ${url}`, ...withKey())).status).toBe(401);
  });

  it('stands on a socket of its owner', () => {
    expect(statSync(guest).mode & 0o777).toBe(0o600);
  });
});
