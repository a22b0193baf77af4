// The package for programs against the built agent and the practice vendor.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { homePaths } from '../main/platform/paths.ts';
import type { AccountAnswer, TokenAnswer } from '../main/api/accounts.ts';
import { createKeyfobClient, KeyfobClientError, socketPath } from '../packages/client/src/index.ts';
import type { Account, KeyfobClient, Token } from '../packages/client/src/index.ts';
import { socketEnvironments, startWithAccounts } from '../testing/client-kit.ts';
import { serveOnLoopback } from '../testing/loopback-server.ts';
import { cleanUp, makeFolder, until } from '../testing/program.ts';
import type { Agent, Practice } from '../testing/program.ts';

const run = promisify(execFile);

let agent: Agent;
let practice: Practice;
let client: KeyfobClient;

beforeAll(async () => {
  ({ agent, practice } = await startWithAccounts());
  client = createKeyfobClient({ socket: agent.ready.socket });
});
afterAll(cleanUp);

const api = (name: string): string => practice.account(name).try;
const requestsOf = async (vendor: string): Promise<number> => (await practice.tokenRequests(vendor)).length;
const failed = (promise: Promise<unknown>): Promise<KeyfobClientError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as KeyfobClientError,
  );

// What the package says of tokens and accounts is what the endpoint says.
const sameToken: (token: TokenAnswer) => Token = (token) => token;
const sameAccount: (account: AccountAnswer) => Account = (account) => account;

describe('@keyfob/client', () => {
  it('looks for the socket where the command looks', () => {
    expect([sameToken, sameAccount]).toHaveLength(2);
    for (const env of socketEnvironments) expect(socketPath(env)).toBe(homePaths(env).socket);
  });

  it('gives tokens and accounts', async () => {
    const token = await client.token({ account: 'practice-eptura', minValid: 60 });
    expect(token).toMatchObject({ account: 'practice-eptura', token_type: expect.any(String) });
    expect(token.access_token).toBe((await agent.token('practice-eptura')).access_token);
    const names = (await client.accounts()).map(({ name }) => name);
    expect(names).toContain('practice-ioffice-query');
  });

  it.each(['practice-eptura', 'practice-ioffice-query', 'practice-organization'])(
    'puts the token of %s where its vendor wants it',
    async (account) => {
      const answer = await client.fetch(api(account), {}, { account });
      expect(answer.status).toBe(200);
      await answer.text();
    },
  );

  it('refreshes once for twenty callers whose token was ended, and each succeeds at the second try', async () => {
    const account = 'practice-eptura';
    const vendor = practice.account(account).provider;
    await practice.control({ endTokens: 'access' });
    const before = await requestsOf(vendor);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => client.fetch(api(account), {}, { account })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect((await requestsOf(vendor)) - before).toBe(1);
  });

  it('sends a text again and a stream not, and refreshes for both', async () => {
    const account = 'practice-organization';
    const bodies: (string | undefined)[] = [];
    const refusing = createKeyfobClient({
      socket: agent.ready.socket,
      fetch: async (_, init) => {
        bodies.push(typeof init?.body === 'string' ? init.body : undefined);
        return new Response(null, { status: bodies.length === 1 ? 401 : 200 });
      },
    });
    const post = (body: BodyInit): Promise<Response> =>
      refusing.fetch('https://api.example.com/', { method: 'POST', body }, { account });
    expect((await post('text')).status).toBe(200);
    expect(bodies).toEqual(['text', 'text']);
    bodies.length = 0;
    // What has just replaced a refused token is not replaced again at once: one that was asked for is.
    await client.refresh(account);
    const before = (await client.token({ account })).access_token;
    expect((await post(new Blob(['x']).stream())).status).toBe(401);
    expect(bodies).toHaveLength(1);
    expect((await client.token({ account })).access_token).not.toBe(before);
  });

  it('has no token replaced that was not sent to where a redirect leads', async () => {
    const account = 'practice-eptura';
    const there = await serveOnLoopback((_request, response) => response.writeHead(401).end());
    const here = await serveOnLoopback((_request, response) =>
      response.writeHead(302, { location: there.origin }).end(),
    );
    const { access_token: before } = await agent.token(account);
    expect((await client.fetch(here.origin, {}, { account })).status).toBe(401);
    expect((await agent.token(account)).access_token).toBe(before);
    await Promise.all([here.close(), there.close()]);
  });

  it('gives the second 401 as it is', async () => {
    let tries = 0;
    const refusing = createKeyfobClient({
      socket: agent.ready.socket,
      fetch: async () => new Response(null, { status: 401, headers: { try: String((tries += 1)) } }),
    });
    const account = 'practice-organization';
    await client.refresh(account);
    const answer = await refusing.fetch('https://api.example.com/', {}, { account });
    expect([answer.status, tries]).toEqual([401, 2]);
  });

  it('hears events', async () => {
    const heard: string[] = [];
    const stream = await client.events(({ type, account }) => heard.push(`${type} ${account ?? ''}`));
    await client.refresh('practice-organization');
    await until('the event', () => heard.includes('token.refreshed practice-organization'));
    stream.close();
    await stream.ended;
  });

  it('speaks TCP with a key, and is told what is not its own', async () => {
    const key = (await agent.done(['client', 'add', 'package', '--accounts', 'practice-eptura'])).trim();
    const guest = createKeyfobClient({ url: agent.ready.endpoint!, key });
    expect((await guest.token({ account: 'practice-eptura' })).account).toBe('practice-eptura');
    const other = await failed(guest.token({ account: 'practice-organization' }));
    expect(other).toBeInstanceOf(KeyfobClientError);
    expect([other.code, other.status]).toEqual(['not_permitted', 403]);
    const keyless = createKeyfobClient({ url: agent.ready.endpoint! });
    expect((await failed(keyless.accounts())).code).toBe('client_key_required');
    expect(() => createKeyfobClient({ url: 'http://example.com:15393', key })).toThrow(KeyfobClientError);
  });

  it('says that none is running, and stops when it is told to', async () => {
    const nobody = createKeyfobClient({ socket: path.join(makeFolder(), 'none.sock') });
    expect((await failed(nobody.token())).code).toBe('not_running');
    const reason = new Error('enough');
    await expect(client.token({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('says in its own words that the way to the socket cannot be looked at', async () => {
    const far = createKeyfobClient({ socket: `/${'x'.repeat(300)}` });
    const { code, message } = await failed(far.token());
    expect([code, message]).toEqual(['unexpected', 'Keyfob cannot be reached.']);
  });

  it('is built without a dependency, and finds the socket of KEYFOB_HOME', async () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const folder = path.join(makeFolder(), 'program');
    const installed = path.join(folder, 'node_modules', '@keyfob', 'client');
    mkdirSync(path.dirname(installed), { recursive: true });
    cpSync(path.join(root, 'packages', 'client'), installed, {
      recursive: true,
      filter: (from) => !from.endsWith('dist'),
    });
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const types = path.join(folder, 'node_modules', '@types');
    symlinkSync(path.join(root, 'node_modules', '@types'), types);
    await run(process.execPath, [
      tsc,
      ...['-p', path.join(root, 'packages', 'client')],
      ...['--outDir', path.join(installed, 'dist')],
    ]);
    const script = `
      import { createKeyfobClient } from '@keyfob/client';
      const answer = await createKeyfobClient().fetch(${JSON.stringify(api('practice-eptura'))}, {}, { account: 'practice-eptura' });
      console.log(answer.status);
    `;
    const env = { PATH: process.env['PATH'], KEYFOB_HOME: agent.home };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      env,
    });
    expect(stdout).toBe('200\n');
  });
});
