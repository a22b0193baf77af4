// What `keyfob token` and `keyfob refresh --rejected` do beyond printing a token, against a real agent and the practice
// vendor; files of the form .netrc by the programs that read them.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { serveOnLoopback } from '../../testing/loopback-server.ts';
import { hasProgram, hasShell } from '../../testing/system.ts';
import type { TokenAnswer } from '../api/accounts.ts';
import type { AuditLine } from '../api/audit.ts';
import { netrcText } from './netrc.ts';
import { startTestAgent } from './test-agent.ts';
import type { TestAgent } from './test-agent.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const ACCOUNT = 'practice-organization';
const run = promisify(execFile);
let agent: TestAgent;
beforeAll(async () => {
  agent = await startTestAgent();
  await agent.signIn(ACCOUNT);
}, 60_000);
afterAll(() => agent.close());

const answerWith = (token: string): TokenAnswer => ({
  account: 'hq',
  provider: 'oauth2',
  access_token: token,
  token_type: 'Bearer',
  expires_at: null,
  expires_in: null,
  scope: null,
  headers: { Authorization: `Bearer ${token}` },
  query: {},
});

describe('keyfob token --format netrc', () => {
  it('names the hosts it is given, else the one of the API', async () => {
    const token = (await agent.run(['token', ACCOUNT])).out.trim();
    const netrc = ['token', ACCOUNT, '--format', 'netrc'];
    expect(await agent.run(netrc)).toEqual({
      code: 0,
      out: `machine 127.0.0.1 login oauth2 password ${token}\n`,
      err: '',
    });
    const named = await agent.run([
      ...netrc,
      '--host',
      'a.example',
      '--host',
      'b.example',
      '--username',
      'me',
    ]);
    expect(named.out).toBe(
      ['a', 'b'].map((host) => `machine ${host}.example login me password ${token}\n`).join(''),
    );
    for (const wrong of ['a.example:8443', 'https://a.example', 'a b', ''])
      expect(await agent.run([...netrc, '--host', wrong])).toMatchObject({ code: 2, out: '' });
    expect(await agent.run(['token', ACCOUNT, '--host', 'a.example'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--format netrc') as string,
    });
  });

  it
    .runIf(hasProgram('curl') && hasProgram('python3'))
    .each(['ya29.a0-_~+/=', 'a"b\\c d', "'quoted'", '#no comment', '1|abc!$%'])(
    'is read by curl and Python as it is: %s',
    async (token) => {
      const file = path.join(agent.folder, 'netrc');
      const text = netrcText(answerWith(token), { hosts: ['127.0.0.1'], login: 'a name' });
      await writeFile(file, text, { mode: 0o600 });
      const server = await serveOnLoopback(({ headers }, response) => response.end(headers.authorization));
      const sent = await run('curl', ['-q', '-s', '--noproxy', '*', '--netrc-file', file, server.origin]);
      await server.close();
      expect(Buffer.from(sent.stdout.replace('Basic ', ''), 'base64').toString()).toBe(`a name:${token}`);
      const script =
        'import netrc, sys; print(*netrc.netrc(sys.argv[1]).authenticators("127.0.0.1")[0::2], sep=":", end="")';
      expect((await run('python3', ['-c', script, file])).stdout).toBe(`a name:${token}`);
    },
  );

  it.runIf(hasProgram('curl'))(
    'names an IPv6 host without the brackets that it has in an address',
    async () => {
      const file = path.join(agent.folder, 'netrc');
      const text = netrcText(answerWith('a-token'), { hosts: ['[::1]'], login: 'me' });
      expect(text).toBe('machine ::1 login me password a-token\n');
      await writeFile(file, text, { mode: 0o600 });
      const server = await serveOnLoopback(({ headers }, response) => response.end(headers.authorization));
      const elsewhere = ['--connect-to', `::${new URL(server.origin).host}`];
      const sent = await run('curl', [
        '-q',
        '-s',
        '--noproxy',
        '*',
        '--netrc-file',
        file,
        ...elsewhere,
        'http://[::1]/',
      ]);
      await server.close();
      expect(Buffer.from(sent.stdout.replace('Basic ', ''), 'base64').toString()).toBe('me:a-token');
    },
  );

  it('refuses what such a file cannot carry', () => {
    const asked = { hosts: ['a.example'], login: 'me' };
    for (const token of ['a\nmachine evil.example', 'ä', ''])
      expect(() => netrcText(answerWith(token), asked)).toThrow(/cannot carry/);
    expect(() => netrcText({ ...answerWith('a'), token_type: 'DPoP' }, asked)).toThrow(/DPoP/);
    expect(() => netrcText(answerWith('a'), { ...asked, login: '' })).toThrow(/The login/);
  });

  it('asks for the host where the API of an account is not known, and names no path in the audit', async () => {
    await agent.signIn('practice-officernd');
    await agent.run(['set', 'practice-officernd', '--set', 'api_base=']);
    const ended = await agent.run(['token', 'practice-officernd', '--format', 'netrc']);
    expect(ended).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/`--host HOST`/) as string });
    await agent.run(['token', ACCOUNT, '--format', 'netrc']);
    const { out } = await agent.run(['audit', '--json', '--account', ACCOUNT]);
    const [last] = (JSON.parse(out) as AuditLine[])
      .filter(({ route }) => route === 'GET /v1/token')
      .slice(-1);
    expect(last).toMatchObject({ application: 'keyfob token' });
    expect(last).not.toHaveProperty('about');
  });
});

describe('keyfob refresh --rejected', () => {
  it('has the token on standard input replaced once, and prints none', async () => {
    const first = (await agent.run(['token', ACCOUNT])).out;
    const refresh = (token: string) => agent.run(['refresh', ACCOUNT, '--rejected'], token);
    expect(await refresh(first)).toEqual({ code: 0, out: `Refreshed: ${ACCOUNT}.\n`, err: '' });
    const second = (await agent.run(['token', ACCOUNT])).out;
    expect(second).not.toBe(first);
    expect((await refresh(first)).out).toBe(`Not refreshed: ${ACCOUNT} already has a different token.\n`);
    expect((await refresh(second)).out).toMatch(/has just replaced another rejected one\.\n$/);
    expect((await agent.run(['token', ACCOUNT])).out).toBe(second);
    const none = await refresh('');
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('No token on standard input')]);
  });
});

describe('options that say something only beside others', () => {
  it.each([
    [['token', '--timeout', '5'], '--sign-in'],
    [['token', '--decode', '--format', 'json'], '--format'],
    [['token', '--decode', '--copy'], '--copy'],
    [['token', '--copy', '--sign-in'], '--sign-in'],
    [['token', '--username', 'me'], '--format netrc'],
    [['doctor', '--json', '--bundle', '-'], '--json'],
    [['approve', '3', '--json'], '--json'],
    [['login', 'hq', '--browser', '--paste'], '--paste'],
  ])('are refused by themselves: %s', async (args, named) => {
    const { code, out, err } = await agent.run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(named);
  });
});

describe('an argument that is empty', () => {
  it.each([
    [['serve', '--guest-socket', ''], '`--guest-socket` is empty'],
    [['command', 'install', '--dir='], '`--dir` is empty'],
    [['export', ''], 'FILE is empty'],
    [['token-file', 'add', ACCOUNT, ''], 'PATH is empty'],
    [['provider', 'show', ''], 'not the id of a provider'],
    [['provider', 'show', '..'], 'not the id of a provider'],
    [['approve', ''], 'not the id of a request'],
    [['client', 'remove', ''], 'not a valid name for a client'],
  ])('is no place and no id: %s', async (args, said) => {
    const { code, out, err } = await agent.run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });
});

it.runIf(hasShell)(
  'keyfob exec says that a command with a name longer than any file’s cannot be run',
  async () => {
    expect(await agent.run(['exec', ACCOUNT, '--', 'x'.repeat(400)])).toEqual({
      code: 126,
      out: '',
      err: expect.stringContaining('The command cannot be run (the system reported ENAMETOOLONG).') as string,
    });
  },
);

describe('the audit', () => {
  it('says which program asked, and for what', async () => {
    const git = ['git-credential', ACCOUNT, 'get', '--host', 'git.example'];
    expect((await agent.run(git, 'protocol=https\nhost=git.example\n')).out).toContain('password=');
    await agent.run(['docker-credential', ACCOUNT, 'get', '--host', 'r.example'], 'https://r.example/v1/');
    await agent.run(['kubectl-credential', ACCOUNT]);
    await agent.run(['token', ACCOUNT]);
    await agent.run(['token', ACCOUNT, '--decode']);
    const api = await serveOnLoopback((_request, response) => response.end('{}'));
    await agent.run(['curl', ACCOUNT, '--', '-s', '--noproxy', '*', api.origin]);
    await api.close();
    await agent.run(['exec', ACCOUNT, '--', '/bin/true']);
    const lines = JSON.parse((await agent.run(['audit', '--json', '--limit', '7'])).out) as AuditLine[];
    expect(lines.map(({ application }) => application)).toEqual([
      'git git.example',
      'docker r.example',
      'kubectl',
      'keyfob token',
      'keyfob token',
      'keyfob curl',
      'keyfob exec true',
    ]);
    expect((await agent.run(['audit', '--limit', '1'])).out).toContain('“keyfob exec true”');
  });
});
