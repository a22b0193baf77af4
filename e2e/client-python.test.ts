// The module for Python against the built agent, the practice vendor, and APIs that refuse and redirect.
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { homePaths } from '../main/platform/paths.ts';
import { pythonClient, runPython, socketEnvironments, startWithAccounts } from '../testing/client-kit.ts';
import { serveOnLoopback } from '../testing/loopback-server.ts';
import type { LoopbackRequest } from '../testing/loopback-server.ts';
import { cleanUp, makeFolder } from '../testing/program.ts';
import type { Agent, Practice } from '../testing/program.ts';

let agent: Agent;
let practice: Practice;

beforeAll(async () => {
  ({ agent, practice } = await startWithAccounts());
});
afterAll(cleanUp);

/** Runs a script that ends by printing JSON, with the module imported; gives what it printed. */
async function python(script: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const start = 'import json, os\nfrom keyfob_client import Keyfob, KeyfobError, socket_path\n';
  return JSON.parse(await runPython(start + script, { KEYFOB_HOME: agent.home, ...env }));
}

/** The status that an API refuses a request with. */
const refusal = (request: string): Promise<unknown> =>
  python(
    `import urllib.error\ntry:\n    ${request}\nexcept urllib.error.HTTPError as error:\n    print(error.code)`,
  );

/** The code and the text of the error that an expression ends with. */
const failed = (expression: string, env?: Readonly<Record<string, string>>): Promise<unknown> =>
  python(
    `try:\n    ${expression}\n    print('null')\nexcept KeyfobError as e:\n    print(json.dumps([e.code, str(e)]))`,
    env,
  );

/** Runs a test with an API of its own. */
async function withApi(
  handle: (request: LoopbackRequest) => { status: number; location?: string },
  test: (origin: string, seen: LoopbackRequest[]) => Promise<void>,
): Promise<void> {
  const seen: LoopbackRequest[] = [];
  const server = await serveOnLoopback((request, response) => {
    seen.push(request);
    const { status, location } = handle(request);
    response.writeHead(status, location === undefined ? {} : { location }).end('{}');
  });
  try {
    await test(server.origin, seen);
  } finally {
    await server.close();
  }
}

describe('keyfob_client', () => {
  it('is written in the Python of 3.9', async () => {
    const source = path.join(pythonClient, 'keyfob_client.py');
    expect(
      await python(
        `import ast\nast.parse(open(${JSON.stringify(source)}).read(), feature_version=(3, 9))\nprint('true')`,
      ),
    ).toBe(true);
  });

  it('looks for the socket where the command looks', async () => {
    const home = { HOME: process.env['HOME'] ?? '/root' };
    const found = await python(
      `os.chdir(${JSON.stringify(process.cwd())})\nprint(json.dumps([socket_path(e) for e in json.loads(${JSON.stringify(JSON.stringify(socketEnvironments))})]))`,
      home,
    );
    expect(found).toEqual(socketEnvironments.map((env) => homePaths(env).socket));
  });

  it('gives tokens and accounts over the socket', async () => {
    const { access_token: token } = await agent.token('practice-eptura');
    expect(
      await python(`
keyfob = Keyfob()
token = keyfob.token('practice-eptura', min_valid=60)
print(json.dumps([token['access_token'], token['account'], [one['name'] for one in keyfob.accounts()]]))`),
    ).toEqual([token, 'practice-eptura', expect.arrayContaining(['practice-ioffice-query'])]);
  });

  it.each(['practice-eptura', 'practice-ioffice-query', 'practice-organization'])(
    'puts the token of %s where its vendor wants it',
    async (account) => {
      const url = JSON.stringify(practice.account(account).try);
      expect(await python(`print(Keyfob().urlopen(${url}, account='${account}').status)`)).toBe(200);
    },
  );

  it('has a refused token replaced once, and sends the request again with its body', async () => {
    const account = 'practice-organization';
    const { access_token: old } = await agent.token(account);
    await withApi(
      ({ headers }) => ({ status: headers.authorization === `Bearer ${old}` ? 401 : 200 }),
      async (origin, seen) => {
        const call = `Keyfob().urlopen('${origin}/things', b'text', account='${account}').status`;
        expect(await python(`print(${call})`)).toBe(200);
        const fresh = (await agent.token(account)).access_token;
        expect(fresh).not.toBe(old);
        expect(seen.map(({ method, body, headers }) => [method, body, headers.authorization])).toEqual([
          ['POST', 'text', `Bearer ${old}`],
          ['POST', 'text', `Bearer ${fresh}`],
        ]);
      },
    );
  });

  it('gives the second 401 as it is', async () => {
    await withApi(
      () => ({ status: 401 }),
      async (origin, seen) => {
        expect(await refusal(`Keyfob().urlopen('${origin}/', account='practice-eptura')`)).toBe(401);
        expect(seen).toHaveLength(2);
      },
    );
  });

  it('sends no token where an API redirects to', async () => {
    await withApi(
      () => ({ status: 200 }),
      (elsewhere, arrived) =>
        withApi(
          () => ({ status: 302, location: `${elsewhere}/there` }),
          async (origin, seen) => {
            const call = `Keyfob().urlopen('${origin}/', account='practice-organization').status`;
            expect(await python(`print(${call})`)).toBe(200);
            expect(seen[0]?.headers.authorization).toMatch(/^Bearer /);
            expect(arrived.map(({ url, headers }) => [url, headers.authorization])).toEqual([
              ['/there', undefined],
            ]);
          },
        ),
    );
  });

  it('has no token replaced that was not sent to where a redirect leads', async () => {
    const account = 'practice-organization';
    const { access_token: before } = await agent.token(account);
    await withApi(
      ({ url }) => (url === '/there' ? { status: 401 } : { status: 302, location: '/there' }),
      async (origin, seen) => {
        expect(await refusal(`Keyfob().urlopen('${origin}/', account='${account}')`)).toBe(401);
        expect(seen.map(({ url }) => url)).toEqual(['/', '/there']);
        expect((await agent.token(account)).access_token).toBe(before);
      },
    );
  });

  it('keeps the headers of a request that are for its own address alone', async () => {
    await withApi(
      () => ({ status: 200 }),
      async (origin, seen) => {
        const script = `
import urllib.request
request = urllib.request.Request('${origin}/')
request.add_unredirected_header('X-Own', 'kept')
request.add_unredirected_header('Authorization', 'Basic old')
print(Keyfob().urlopen(request, account='practice-organization').status)`;
        expect(await python(script)).toBe(200);
        expect(seen[0]?.headers).toMatchObject({
          'x-own': 'kept',
          authorization: expect.stringMatching(/^Bearer /) as string,
        });
      },
    );
  });

  it('speaks TCP with a key, and is told what is not its own', async () => {
    const key = (await agent.done(['client', 'add', 'python', '--accounts', 'practice-eptura'])).trim();
    const env = { KEY: key };
    const at = `Keyfob(url='${agent.ready.endpoint ?? ''}', key=os.environ['KEY'])`;
    expect(await python(`print(json.dumps(${at}.token('practice-eptura')['account']))`, env)).toBe(
      'practice-eptura',
    );
    expect(await failed(`${at}.token('practice-organization')`, env)).toEqual([
      'not_permitted',
      expect.any(String),
    ]);
    expect(await failed(`Keyfob(url='${agent.ready.endpoint ?? ''}').accounts()`)).toEqual([
      'client_key_required',
      expect.any(String),
    ]);
    expect(await failed(`Keyfob(url='http://example.com:15393', key='kf_x')`)).toEqual([
      'bad_request',
      expect.stringContaining('127.0.0.1'),
    ]);
  });

  it('says the problem’s sentence and what to do', async () => {
    expect(await failed(`Keyfob().token('practice-eptura', min_valid=9999999)`)).toEqual([
      'lifetime_too_short',
      expect.any(String),
    ]);
    await agent.add(practice.account('practice-eptura'), 'away');
    expect(await failed(`Keyfob().token('away')`)).toEqual([
      'sign_in_needed',
      expect.stringMatching(/^away is not signed in\. .*keyfob login away/),
    ]);
    const none = path.join(makeFolder(), 'none');
    expect(await failed('Keyfob().token()', { KEYFOB_HOME: none })).toEqual([
      'not_running',
      expect.stringContaining('keyfob serve'),
    ]);
  });

  it('sends nothing to a socket that another user could have put there', async () => {
    const open = path.join(makeFolder(), 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const refused = ['not_permitted', expect.stringContaining('Nothing was sent')];
    expect(await failed('Keyfob().token()', { KEYFOB_HOME: open })).toEqual(refused);
    expect(await failed(`Keyfob(socket='${open}/keyfob.sock').token()`)).toEqual(refused);
  });

  it('says in its own words that the way to the socket cannot be looked at', async () => {
    const told = ['unexpected', 'Keyfob cannot be reached.'];
    expect(await failed("Keyfob(socket='/' + 'x' * 300).token()")).toEqual(told);
  });
});
