// Real curl and real commands, an agent, and the practice vendor.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { closeSync, readSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasDescriptors, hasProgram, hasShell } from '../../testing/system.ts';
import { curlVersion } from './curl.ts';
import { curlOptionsIn, urlPaths } from './curl-request.ts';
import { fifo } from './hand-over.ts';
import { startTestAgent } from './test-agent.ts';
import type { TestAgent } from './test-agent.ts';
import { start } from './test-host.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const QUERY = 'practice-ioffice-query';
const BEARER = 'practice-organization';

let agent: TestAgent;
let bearer: string;
let inQuery: string;
beforeAll(async () => {
  agent = await startTestAgent();
  bearer = await agent.signIn(BEARER);
  inQuery = await agent.signIn(QUERY);
}, 60_000);
afterAll(() => agent.close());

const address = (name: string): string => agent.practice.get(name)?.try ?? '';

/** A server that shows what it was asked, and holds back what asks for `/wait` until told. */
async function echo(): Promise<{ url: string; come: Promise<void>; release(): void; close(): void }> {
  const come = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const server = http.createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      if (request.url?.startsWith('/wait') === true) {
        come.resolve();
        await go.promise;
      }
      response.end(JSON.stringify({ url: request.url, authorization: request.headers.authorization, body }));
    })();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    come: come.promise,
    release: go.resolve,
    close: () => server.close(),
  };
}

/** Arguments and environments of every process here that can be read. */
async function processList(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(
    pids.flatMap((pid) =>
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    ),
  );
  return texts.join('\n').replaceAll('\0', ' ');
}

describe.runIf(hasProgram('curl'))('keyfob curl', () => {
  it.each([BEARER, QUERY])('is let in by the API of %s', async (name) => {
    const { code, out, err } = await agent.run(['curl', name, '--', '-sS', '--fail', address(name)]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toBeTypeOf('object');
    // The same address without the token is not.
    expect((await fetch(address(name))).ok).toBe(false);
  });

  it.each([
    [BEARER, '/api/me'],
    [QUERY, '/users/me'],
    // Of an API's own path it takes no second.
    [QUERY, '/external/api/rest/v2/users/me'],
  ])('puts a path under the API of %s: %s', async (name, address) => {
    const file = path.join(agent.folder, 'answer');
    const shown = await agent.run(['curl', name, '--', '-o', file, '-sS', '--fail', address]);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toBeTypeOf('object');
  });

  it('asks with a path for no account without an `api_base`, and names it', async () => {
    const args = [
      'add',
      'bare',
      '--provider',
      'officernd',
      '--set',
      'client_id=c',
      '--secret',
      'client_secret',
    ];
    await agent.run(args, 's\n');
    const { code, out, err } = await agent.run(['curl', 'bare', '--', '/me']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^bare has no `api_base`.*\n.*keyfob set bare --set api_base=/);
  });

  it.each(['//evil.example/', '/../token', '/%2e%2e/token', '/a\\..\\b'])(
    'leads nowhere but to the API: %s',
    async (address) => {
      const { code, out, err } = await agent.run(['curl', QUERY, '--', '-sS', '--path-as-is', address]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/could lead outside the account’s API/);
    },
  );

  it('took the value of an option for a path', () => {
    const options = curlOptionsIn(
      ' -d, --data <data>   HTTP POST data\n -s, --silent         Silent mode\n     --url <url>      URL\n -o, --output <file>  Write\n',
    );
    const found = (...args: string[]): number[] => urlPaths(args, options);
    expect(found('/me')).toEqual([0]);
    expect(found('-sd', '/body', '/me', '/you')).toEqual([2, 3]);
    expect(found('-d/body', '/me')).toEqual([1]);
    expect(found('--output', '/tmp/x', '--url', '/me')).toEqual([3]);
    expect(found('-o', '-', '/me', 'https://a.example/')).toEqual([2]);
  });

  it('keeps the token out of every argument and environment, and of the command itself', async () => {
    const server = await echo();
    for (const [name, token] of [
      [BEARER, bearer],
      [QUERY, inQuery],
    ] as const) {
      const running = start(agent.home, ['curl', name, '--', '-sS', `${server.url}/wait`], '');
      await server.come;
      const list = await processList();
      server.release();
      expect(list).toContain(`${server.url}/wait`);
      // The beginning of it: in a query its end is percent-encoded.
      const piece = token.slice(0, 24);
      expect(list).not.toContain(piece);
      expect((await running.ended).out).toContain(piece);
    }
    server.close();
    expect((await readdir('/dev/shm')).filter((file) => file.startsWith('.keyfob'))).toEqual([]);
  });

  it("adds to the query that is there, and leaves standard input and curl's options to the caller", async () => {
    const server = await echo();
    const args = ['curl', QUERY, '--', '-q', '-sS', '--data-binary', '@-', `${server.url}/a?b=c%20d`];
    const { out } = await agent.run(args, 'the body');
    const seen = JSON.parse(out) as { url: string; body: string };
    const url = new URL(seen.url, server.url);
    expect(url.searchParams.get('b')).toBe('c d');
    expect([...url.searchParams.values()]).toEqual(['c d', inQuery]);
    expect(seen.body).toBe('the body');
    // `-q` still counts: a .curlrc that says otherwise is not read.
    await writeFile(path.join(agent.folder, '.curlrc'), 'user-agent = "from-curlrc"\nhead\n');
    expect((await agent.run(args, 'x')).out).toContain('"body":"x"');
    await rm(path.join(agent.folder, '.curlrc'));
    server.close();
  });

  it("ends with curl's own code, and with 127 and a sentence where there is no curl", async () => {
    expect((await agent.run(['curl', BEARER, '--', '-sS', 'http://127.0.0.1:1/'])).code).toBe(7);
    expect((await agent.run(['curl', BEARER, '--', '--no-such-option'])).code).toBe(2);
    const { code, err } = await agent.run(['curl', BEARER, '--', 'http://127.0.0.1:1/'], '', {
      PATH: agent.home,
    });
    expect(code).toBe(127);
    expect(err).toMatch(/^Command not found/);
  });

  it('hands `--min-valid` on, and runs nothing when no token will do', async () => {
    const server = await echo();
    const { code, out } = await agent.run(['curl', BEARER, '--min-valid', '99999999', '--', server.url]);
    expect({ code, out }).toEqual({ code: 6, out: '' });
    server.close();
  });

  it('reads the version of curl', () => {
    expect(curlVersion('curl 7.86.0 (x86_64-pc-linux-gnu) libcurl/7.86.0')).toEqual([7, 86]);
    expect(curlVersion('curl 8.5.0 (x86_64)')).toEqual([8, 5]);
    expect(curlVersion('')).toBeNull();
  });

  it('refuses a curl that cannot add to the query, and says which one can', async () => {
    const file = path.join(agent.folder, 'curl');
    await writeFile(file, '#!/bin/sh\necho "curl 7.86.0 (test)"\n', { mode: 0o755 });
    const { code, err } = await agent.run(['curl', QUERY, '--', 'http://127.0.0.1:1/'], '', {
      PATH: `${agent.folder}:${process.env['PATH'] ?? ''}`,
    });
    await rm(file);
    expect(code).toBe(2);
    expect(err).toMatch(/7\.87 or later is needed; this is 7\.86/);
  });
});

describe('keyfob exec of a command that is not there', () => {
  it('ends with 127 and says so', async () => {
    const { code, out, err } = await agent.run(['exec', BEARER, '--', 'no-such-command']);
    expect({ code, out }).toEqual({ code: 127, out: '' });
    // Where cmd.exe looks for it, in its words.
    expect(err).toMatch(process.platform === 'win32' ? /no-such-command/ : /^Command not found/);
  });
});

describe.runIf(hasShell)('keyfob exec', () => {
  it('gives the token in ACCESS_TOKEN or a named variable, and the streams as they are', async () => {
    const shown = await agent.run(
      ['exec', BEARER, '--', 'sh', '-c', 'cat; echo "$ACCESS_TOKEN"; echo e >&2'],
      'in ',
    );
    expect(shown).toEqual({ code: 0, out: `in ${bearer}\n`, err: 'e\n' });
    const named = await agent.run([
      'exec',
      BEARER,
      '--env',
      'API',
      '--',
      'sh',
      '-c',
      'echo "$API-$ACCESS_TOKEN"',
    ]);
    expect(named.out).toBe(`${bearer}-\n`);
  });

  it.each(['cat <&5', 'cat /dev/fd/5', 'read -r t <&5; printf %s "$t"'])(
    'gives the token on a descriptor, in no variable: %s',
    async (script) => {
      const { out } = await agent.run(['exec', BEARER, '--fd', '5', '--', 'sh', '-c', `${script}; env`]);
      expect(out.startsWith(bearer)).toBe(true);
      expect(out.slice(bearer.length)).not.toContain(bearer);
    },
  );

  it('passes on what stands behind `--`, `--` and our own options included', async () => {
    const { out } = await agent.run(['exec', BEARER, '--', 'printf', '%s|', '--env', '--', '-h', 'a b']);
    expect(out).toBe('--env|--|-h|a b|');
  });

  it('passes on exit codes, the signal that ended it, and that a command cannot be run', async () => {
    expect((await agent.run(['exec', BEARER, '--', 'sh', '-c', 'exit 42'])).code).toBe(42);
    expect((await agent.run(['exec', BEARER, '--', 'sh', '-c', 'kill -KILL $$'])).code).toBe(137);
    expect((await agent.run(['exec', BEARER, '--', agent.folder])).code).toBe(126);
  });

  it.each([
    ['SIGTERM', 15],
    ['SIGINT', 2],
    ['SIGUSR1', 10],
  ] as const)('passes %s on to the command', async (signal, number) => {
    const trap = `trap 'echo got ${number}; exit 3' ${number}; echo ready; while :; do sleep 0.05; done`;
    const running = start(agent.home, ['exec', BEARER, '--', 'sh', '-c', trap], '');
    await running.firstLine;
    running.child.kill(signal);
    expect(await running.ended).toMatchObject({ code: 3, out: `ready\ngot ${number}\n` });
  });

  it('says why there is no token, and runs nothing', async () => {
    const { code, out } = await agent.run(['exec', 'nobody', '--', 'echo', 'ran']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

describe.runIf(hasDescriptors)('the descriptor of systems without memory files', () => {
  it('holds the text and its end', () => {
    const fd = fifo('a token');
    const bytes = Buffer.alloc(100);
    expect(bytes.toString('utf8', 0, readSync(fd, bytes))).toBe('a token');
    expect(readSync(fd, bytes)).toBe(0);
    closeSync(fd);
  });
});
