// `keyfob token` against a stand-in for the host: what it asks for, and the forms that it prints.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openTestHost } from '../../testing/cli-host.ts';
import { serveOnLoopback } from '../../testing/loopback-server.ts';
import { hasProgram, hasShell } from '../../testing/system.ts';
import type { TokenAnswer } from '../api/accounts.ts';
import { keyfob } from './test-host.ts';

const run = promisify(execFile);
const token: TokenAnswer = {
  account: 'hq',
  provider: 'oauth2',
  access_token: `a"b\\c'd`,
  token_type: 'Bearer',
  expires_at: null,
  expires_in: null,
  scope: null,
  headers: { Authorization: `Bearer a"b\\c'd` },
  query: {},
};

const host = await openTestHost();

describe('keyfob token', () => {
  it('asks for what was said, and prints the token alone', async () => {
    host.respond = () => [200, token];
    const args = [
      'token',
      'hq',
      '--provider',
      'oauth2',
      '--min-valid',
      '90',
      '--scope',
      'a b',
      '--format=token',
    ];
    expect(await keyfob(host.home, args)).toEqual({ code: 0, out: `${token.access_token}\n`, err: '' });
    expect(host.asked[0]?.route).toBe(
      '/v1/token?account=hq&provider=oauth2&min_valid=90&scope=a+b&application=keyfob+token',
    );
    expect((await keyfob(host.home, ['token', '--format', 'json'])).out).toBe(`${JSON.stringify(token)}\n`);
    expect(host.asked[1]?.route).toBe('/v1/token?application=keyfob+token');
  });

  it.runIf(hasProgram('curl'))('gives curl a form that carries odd characters', async () => {
    const api = await serveOnLoopback(({ url, headers }, response) => {
      const { searchParams } = new URL(url, 'http://localhost');
      response.end(JSON.stringify([headers.authorization ?? null, searchParams.get('access_token')]));
    });
    try {
      const config = path.join(host.home, 'curl.txt');
      const ask = async (answer: TokenAnswer): Promise<unknown> => {
        host.respond = () => [200, answer];
        await writeFile(config, (await keyfob(host.home, ['token', '--format', 'curl'])).out);
        return JSON.parse((await run('curl', ['-s', '-K', config, `${api.origin}/?x=1`])).stdout) as unknown;
      };
      const odd = `a"b\\c'd&e=f+g%20`;
      expect(await ask({ ...token, headers: { Authorization: `Bearer ${odd}` } })).toEqual([
        `Bearer ${odd}`,
        null,
      ]);
      expect(await ask({ ...token, headers: {}, query: { access_token: odd } })).toEqual([null, odd]);
    } finally {
      await api.close();
    }
  });

  it.runIf(hasShell)('gives a shell a form that sets a variable', async () => {
    host.respond = () => [200, token];
    const { out } = await keyfob(host.home, ['token', '--format', 'env']);
    const shell = await run('sh', ['-c', `${out}printf %s "$ACCESS_TOKEN"`]);
    expect(shell.stdout).toBe(token.access_token);
  });

  it('refuses header lines for a token that goes into the query', async () => {
    host.respond = () => [200, { ...token, headers: {}, query: { access_token: 'x' } }];
    const { code, out, err } = await keyfob(host.home, ['token', '--format', 'header']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/--format curl/);
  });

  it('loads neither commander nor a schema', async () => {
    host.respond = () => [200, token];
    const trace = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(s, c, next) { process.stderr.write('load ' + s + '\\n'); return next(s, c); } });`;
    const entry = path.join(import.meta.dirname, 'index.ts');
    const preload = `data:text/javascript,${encodeURIComponent(trace)}`;
    const { stdout, stderr } = await run(process.execPath, ['--import', preload, entry, 'token'], {
      env: { KEYFOB_HOME: host.home },
    });
    expect(stdout).toBe(`${token.access_token}\n`);
    expect(stderr).toMatch(/load .*client\.ts/);
    expect(stderr).not.toMatch(/commander|zod|program\.ts|input\.ts/);
  });
});
