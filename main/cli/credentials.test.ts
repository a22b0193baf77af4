// Real git over HTTP, kubectl's and docker's protocols as they are documented, an agent and a practice vendor.
import { execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasProgram, hasShell } from '../../testing/system.ts';
import type { TokenAnswer } from '../api/accounts.ts';
import { execVersion, gitAnswer, mayHave, parseGitRequest, registryOf } from './helper-protocols.ts';
import { hasDisplay } from './open-address.ts';
import { startTestAgent } from './test-agent.ts';
import type { TestAgent } from './test-agent.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const ACCOUNT = 'practice-organization';
const run = promisify(execFile);

let agent: TestAgent;
let token: string;
beforeAll(async () => {
  agent = await startTestAgent();
  token = await agent.signIn(ACCOUNT);
}, 60_000);
afterAll(() => agent.close());

/** The environment in which other programs find `keyfob` and this home, and nothing of the machine's own. */
function outside(): Record<string, string> {
  return {
    PATH: `${agent.bin}:${process.env['PATH'] ?? ''}`,
    HOME: agent.folder,
    KEYFOB_HOME: agent.home,
    NODE_NO_WARNINGS: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
}

/** Runs `git credential fill` and the like. */
function git(
  args: readonly string[],
  input: string,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn('git', args, { env: outside(), cwd: agent.folder });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    child.on('close', (code) => resolve({ code, out, err }));
    // git may end without reading it all.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const helper = (more = ' --host git.example.com'): string[] => [
  '-c',
  'credential.helper=',
  '-c',
  `credential.helper=!keyfob git-credential ${ACCOUNT}${more}`,
];

describe('git’s credential helper', () => {
  it.runIf(hasProgram('git'))('gets the token as a password', async () => {
    const { code, out } = await git(
      [...helper(), 'credential', 'fill'],
      'protocol=https\nhost=git.example.com\n\n',
    );
    expect(code).toBe(0);
    expect(out).toContain(`username=oauth2\npassword=${token}\n`);
  });

  it('gets the end of the token, and nothing to refresh it with', async () => {
    const plain = await agent.run(
      ['git-credential', ACCOUNT, 'get', '--host', 'h'],
      'protocol=https\nhost=h\n',
    );
    expect(Number(/password_expiry_utc=(\d+)\n/.exec(plain.out)?.[1])).toBeGreaterThan(Date.now() / 1000);
    expect(plain.out).not.toContain('refresh');
  });

  it('gets nothing for another host, nor over plain HTTP, nor for operations of the future', async () => {
    for (const [args, input] of [
      [['get', '--host', 'git.example.com'], 'protocol=https\nhost=evil.example\n'],
      [['get', '--host', 'git.example.com'], 'protocol=https\nhost=git.example.com:8443\n'],
      [['get', '--host', 'git.example.com'], 'protocol=http\nhost=git.example.com\n'],
      [['get', '--host', 'git.example.com'], ''],
      [['store'], 'protocol=https\nhost=h\nusername=u\npassword=p\n'],
      [['frobnicate'], 'protocol=https\nhost=h\n'],
    ] as const) {
      expect(await agent.run(['git-credential', ACCOUNT, ...args], input)).toEqual({
        code: 0,
        out: '',
        err: '',
      });
    }
  });

  it('gets nothing where no host was named, and is told how', async () => {
    const { code, out, err } = await agent.run(
      ['git-credential', ACCOUNT, 'get'],
      'protocol=https\nhost=git.example.com\n',
    );
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('--host HOST');
  });

  it.runIf(hasProgram('git'))('says on standard error why there is none', async () => {
    const { code, out, err } = await git(
      [
        '-c',
        'credential.helper=',
        '-c',
        'credential.helper=!keyfob git-credential nobody --host git.example.com',
        'credential',
        'fill',
      ],
      'protocol=https\nhost=git.example.com\n\n',
    );
    expect({ code, out }).toEqual({ code: 128, out: '' });
    expect(err).toContain('There is no account "nobody".');
  });

  it.runIf(hasProgram('git'))(
    'clones over HTTP from a server that wants the token, and a refused token is refreshed once',
    async () => {
      const origin = path.join(agent.folder, 'origin');
      await mkdir(origin);
      const id = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false'];
      await run('git', ['init', '-q', '-b', 'main', origin], { env: outside() });
      await run('git', ['-C', origin, ...id, 'commit', '-q', '--allow-empty', '-m', 'One'], {
        env: outside(),
      });
      await run('git', ['-C', origin, 'update-server-info'], { env: outside() });
      let wanted = token;
      const seen: string[] = [];
      const server = http.createServer((request, response) => {
        const basic = (request.headers.authorization ?? '').replace('Basic ', '');
        if (basic !== '') seen.push(Buffer.from(basic, 'base64').toString());
        if (seen.at(-1) !== `oauth2:${wanted}` || basic === '') {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
          return;
        }
        // git's own program serves the rest (git-http-backend(1), a CGI).
        const url = new URL(request.url ?? '/', 'http://h');
        const cgi = spawn('git', ['http-backend'], {
          env: {
            ...outside(),
            GIT_PROJECT_ROOT: agent.folder,
            GIT_HTTP_EXPORT_ALL: '1',
            PATH_INFO: url.pathname,
            QUERY_STRING: url.search.slice(1),
            REQUEST_METHOD: request.method ?? 'GET',
            CONTENT_TYPE: request.headers['content-type'] ?? '',
            REMOTE_USER: 'oauth2',
            ...(request.headers['content-encoding'] === undefined
              ? {}
              : { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
          },
        });
        cgi.stdin.on('error', () => undefined);
        request.pipe(cgi.stdin);
        const chunks: Buffer[] = [];
        cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
        cgi.on('close', () => {
          const all = Buffer.concat(chunks);
          const end = all.indexOf('\r\n\r\n');
          const headers = all.subarray(0, end).toString().split('\r\n');
          for (const line of headers) {
            const [name = '', value = ''] = line.split(/: (.*)/s);
            if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
            else response.setHeader(name, value);
          }
          response.end(all.subarray(end + 4));
        });
      });
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/origin/.git`;

      const cloned = await git([...helper(` --host 127.0.0.1:${port}`), 'clone', '-q', url, 'cloned'], '');
      expect(cloned).toMatchObject({ code: 0, err: '' });
      expect((await git(['-C', 'cloned', 'log', '--format=%s'], '')).out).toBe('One\n');

      wanted = 'another';
      expect(
        (await git([...helper(` --host 127.0.0.1:${port}`), 'clone', '-q', url, 'refused'], '')).code,
      ).toBe(128);
      const renewed = (await agent.run(['token', ACCOUNT])).out.trim();
      expect(renewed).not.toBe(token);
      wanted = renewed;
      expect(
        (await git([...helper(` --host 127.0.0.1:${port}`), 'clone', '-q', url, 'again'], '')).code,
      ).toBe(0);
      token = renewed;
      server.close();
    },
    30_000,
  );

  it('reads a request with the line ends of Windows as git writes one', () => {
    expect([...parseGitRequest('protocol=https\r\nhost=h\r\n\r\n')]).toEqual([
      ['protocol', 'https'],
      ['host', 'h'],
    ]);
  });

  it('answers a server that says Bearer alone in its way, where git can, and one that says Basic as ever', () => {
    const answer = { access_token: 't', expires_at: null } as TokenAnswer;
    const bearer = 'capability[]=authtype\ncapability[]=state\nwwwauth[]=Bearer realm="x"\n';
    expect(gitAnswer(answer, bearer, 'u')).toBe(
      'capability[]=authtype\nauthtype=Bearer\ncredential=t\nephemeral=1\n',
    );
    for (const input of [
      bearer.replace('authtype', 'other'),
      `${bearer}wwwauth[]=Basic\n`,
      bearer.slice(0, 22),
    ])
      expect(gitAnswer(answer, input, 'u')).toBe('username=u\npassword=t\n');
  });

  it('reads requests as git writes them, and knows which hosts may have a token', () => {
    expect([...parseGitRequest('protocol=https\nhost=h\npath=a=b\nwwwauth[]=Basic\n\nhost=no\n')]).toEqual([
      ['protocol', 'https'],
      ['host', 'h'],
      ['path', 'a=b'],
      ['wwwauth[]', 'Basic'],
    ]);
    expect(mayHave('https', 'h', [])).toBe(false);
    expect(mayHave('http', '127.0.0.1:80', ['127.0.0.1:80'])).toBe(true);
    expect(mayHave('http', '127.0.0.1.example.com', ['127.0.0.1.example.com'])).toBe(false);
    expect(mayHave('http', 'localhost.example.com:80', ['localhost.example.com:80'])).toBe(false);
    expect(mayHave('ssh', 'h', ['h'])).toBe(false);
    expect(mayHave('https', 'h.evil', ['h'])).toBe(false);
    expect(mayHave('https', 'H', ['h'])).toBe(true);
  });
});

describe('an account that is signed out', () => {
  const display = { DISPLAY: ':9' };
  const get = 'protocol=https\nhost=git.example.com\n';
  const gitGet = ['git-credential', 'away', 'get', '--host', 'git.example.com'];
  beforeAll(async () => {
    await agent.signIn(ACCOUNT, 'away');
  });

  it('has git end, with the reason, rather than ask for a user name; so does a Keyfob that is not there', async () => {
    await agent.run(['logout', 'away']);
    const { code, out, err } = await agent.run(gitGet, get);
    expect({ code, out }).toEqual({ code: 4, out: 'quit=1\n' });
    expect(err).toContain('keyfob login away');
    const away = { KEYFOB_HOME: path.join(agent.folder, 'nothing-here') };
    expect(await agent.run(gitGet, get, away)).toMatchObject({ code: 3, out: 'quit=1\n' });
  });

  it('whose sign-in takes no person is left alone by helpers, and signed in by who types --sign-in', async () => {
    for (const [args, input] of [
      [gitGet, get],
      [['kubectl-credential', 'away'], ''],
      [['docker-credential', 'away', 'get', '--host', 'git.example.com'], 'git.example.com'],
    ] as const) {
      expect((await agent.run(args, input)).code).toBe(4);
      expect((await agent.run(args, input, display)).code).toBe(4);
      expect((await agent.run(['token', 'away'])).code).toBe(4);
    }
    const asking = ['token', 'away', '--sign-in'];
    // Where a display is told of by the environment, and none is.
    if (!hasDisplay({})) expect((await agent.run(asking)).code).toBe(4);
    const asked = await agent.run(asking, '', display);
    const inHand = (await agent.run(['token', 'away'])).out;
    expect(asked).toEqual({ code: 0, out: inHand, err: 'Signed in: away.\n' });
  }, 60_000);
});

describe.runIf(hasShell)('kubectl’s exec plugin', () => {
  /** Runs it as each kubectl does: from a process of its own, `calls` times. Gives what the last one printed. */
  const kubectl = async (info = '', calls = 1): Promise<string> => {
    const line = Array.from({ length: calls }, () => `keyfob kubectl-credential ${ACCOUNT}`).join('; echo; ');
    const { stdout } = await run('sh', ['-c', `${line}; exit`], {
      env: { ...outside(), KUBERNETES_EXEC_INFO: info },
    });
    return stdout.split('\n\n').at(-1) ?? '';
  };
  const tokenIn = (out: string): string => (JSON.parse(out) as { status: { token: string } }).status.token;

  it('gives a kubectl that asks again a newer token, for the API rejected the first; another one the same', async () => {
    await agent.run(['refresh', ACCOUNT]);
    const first = tokenIn(await kubectl());
    expect(tokenIn(await kubectl())).toBe(first);
    const second = tokenIn(await kubectl('', 2));
    expect(second).not.toBe(first);
    // An API that rejects whatever it gets makes no renewal for each call.
    expect(tokenIn(await kubectl('', 3))).toBe(second);
  });

  it.each(['v1', 'v1beta1'])('gets an ExecCredential of %s', async (version) => {
    const info = JSON.stringify({
      apiVersion: `client.authentication.k8s.io/${version}`,
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
    const out = await kubectl(info);
    token = (await agent.run(['token', ACCOUNT])).out.trim();
    const answer = JSON.parse(out) as { status: { expirationTimestamp: string } };
    expect(answer).toEqual({
      apiVersion: `client.authentication.k8s.io/${version}`,
      kind: 'ExecCredential',
      status: { token, expirationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    });
    expect(Date.parse(answer.status.expirationTimestamp)).toBeGreaterThan(Date.now());
  });

  it('refuses versions that it does not speak', () => {
    expect(execVersion(undefined)).toBe('client.authentication.k8s.io/v1');
    expect(execVersion('{"apiVersion":"client.authentication.k8s.io/v1alpha1"}')).toBeNull();
    expect(execVersion('{')).toBeNull();
  });
});

describe('docker’s credential helper', () => {
  const docker = (operation: string, input: string, ...more: string[]) =>
    agent.run(['docker-credential', ACCOUNT, operation, ...more], input);

  it('gets the token for a registry, and docker’s own word for none', async () => {
    const { code, out } = await docker(
      'get',
      'https://registry.example.com\n',
      '--host',
      'registry.example.com',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      ServerURL: 'https://registry.example.com',
      Username: 'oauth2',
      Secret: token,
    });
    for (const server of ['https://index.docker.io/v1/', 'http://registry.example.com', '']) {
      expect(await docker('get', server, '--host', 'registry.example.com')).toEqual({
        code: 1,
        out: 'credentials not found in native keychain\n',
        err: '',
      });
    }
  });

  it('replaces the token in hand when docker is told to forget it', async () => {
    const before = (await agent.run(['token', ACCOUNT])).out;
    const erased = await docker('erase', 'https://other.example\n', '--host', 'registry.example.com');
    expect(erased).toEqual({ code: 0, out: '', err: '' });
    expect((await agent.run(['token', ACCOUNT])).out).toBe(before);
    await agent.run(['refresh', ACCOUNT]);
    const renewed = (await agent.run(['token', ACCOUNT])).out;
    await docker('erase', 'https://registry.example.com\n', '--host', 'registry.example.com');
    expect((await agent.run(['token', ACCOUNT])).out).not.toBe(renewed);
  });

  it('lists the hosts it was named, forgets nothing, and keeps nothing', async () => {
    const list = await docker('list', '', '--host', 'registry.example.com', '--username', 'me');
    expect(JSON.parse(list.out)).toEqual({ 'registry.example.com': 'me' });
    expect(await docker('erase', 'https://registry.example.com')).toEqual({ code: 0, out: '', err: '' });
    const stored = await docker('store', '{"ServerURL":"h","Username":"u","Secret":"canary"}');
    expect(stored.code).toBe(1);
    expect(stored.out + stored.err).not.toContain('canary');
  });

  it('reads the names that docker gives registries', () => {
    expect(registryOf('https://index.docker.io/v1/')).toEqual({ protocol: 'https', host: 'index.docker.io' });
    expect(registryOf('localhost:5000')).toEqual({ protocol: 'https', host: 'localhost:5000' });
  });
});

it.runIf(hasShell)('the credential helper is found by docker under its name', async () => {
  const wrapper = path.join(agent.bin, 'docker-credential-keyfob-test');
  await writeFile(wrapper, `#!/bin/sh\nexec keyfob docker-credential ${ACCOUNT} --host r.example "$@"\n`, {
    mode: 0o755,
  });
  const { stdout } = await run(wrapper, ['list'], { env: outside() });
  expect(JSON.parse(stdout)).toEqual({ 'r.example': 'oauth2' });
});
