// Secrets are in the vault only: canaries go in by every way there is, and are then looked for everywhere else.
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { ask, cleanUp, keyfob, makeFolder, startAgent, startPractice } from '../testing/program.ts';
import type { Agent, Practice, Result } from '../testing/program.ts';

let agent: Agent;
let practice: Practice;

/** What must be nowhere, and where it was given. */
const secrets = new Map<string, string>();
/** All that was printed by commands which may print no secret. */
const printed: string[] = [];
/** Every argument list that was seen while the commands ran. */
const argumentLists = new Set<string>();
let sampling: NodeJS.Timeout;
const passphrase = 'canary-passphrase-0001';

function canary(where: string): string {
  const value = `canary-${String(secrets.size).padStart(4, '0')}-${Math.random().toString(36).slice(2)}`;
  secrets.set(value, where);
  return value;
}

/** Runs a command that may print no secret. */
async function quiet(args: readonly string[], input = ''): Promise<Result> {
  const result = await agent.run(args, input);
  printed.push(result.stdout, result.stderr);
  return result;
}

/** Notes every token that an account has. */
async function note(name: string): Promise<void> {
  secrets.set((await agent.token(name)).access_token, `the access token of ${name}`);
}

function sampleArguments(): void {
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      argumentLists.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    } catch {
      // It has ended.
    }
  }
}

beforeAll(async () => {
  secrets.set(passphrase, 'the passphrase');
  const file = path.join(makeFolder(), 'passphrase');
  writeFileSync(file, `${passphrase}\n`, { mode: 0o600 });
  sampling = setInterval(sampleArguments, 15);
  [agent, practice] = await Promise.all([
    startAgent({ args: ['--vault', 'file', '--passphrase-file', file] }),
    startPractice(),
  ]);
});
afterAll(async () => {
  clearInterval(sampling);
  await cleanUp();
});

it('Keyfob keeps what was given to it in any way out of files, output, arguments and the audit', async () => {
  // What a vendor may send back by mistake: the request itself, in an error.
  const echoing = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const received = `${request.url ?? ''} ${JSON.stringify(request.headers)} ${body}`;
      const json = request.url?.startsWith('/json') === true;
      response.writeHead(json ? 400 : 500, { 'Content-Type': json ? 'application/json' : 'text/html' });
      response.end(json ? JSON.stringify({ message: received }) : `<h1>${received}</h1>`);
    });
  });
  await new Promise<void>((resolve) => echoing.listen(0, '127.0.0.1', resolve));
  // Listening on TCP, so not a pipe's name.
  const echo = `http://127.0.0.1:${String((echoing.address() as AddressInfo).port)}`;

  const real = [
    'practice-eptura',
    'practice-ioffice-query',
    'practice-json-password',
    'practice-organization-query',
  ];
  for (const name of real) {
    const account = practice.account(name);
    for (const [field, value] of Object.entries(account.secrets)) secrets.set(value, `${field} of ${name}`);
    await agent.add(account);
    expect((await quiet(['login', name])).code).toBe(0);
    await note(name);
    expect((await quiet(['refresh', name])).code).toBe(0);
    await note(name);
  }

  // Wrong secrets, at the vendor and at one that echoes.
  const eptura = practice.account('practice-eptura');
  const settings = (fields: Readonly<Record<string, string>>): string[] =>
    Object.entries(fields).flatMap(([field, value]) => ['--set', `${field}=${value}`]);
  const wrong = canary('a wrong password');
  await quiet(
    [
      'add',
      'wrong',
      '--provider',
      eptura.provider,
      '--grant',
      'direct',
      ...settings(eptura.settings),
      '--secret',
      'password',
    ],
    `${wrong}\n`,
  );
  expect((await quiet(['login', 'wrong'])).code).toBe(6);
  const organization = (name: string, server: string, auth: string): Promise<Result> =>
    quiet(
      [
        'add',
        name,
        '--provider',
        'organization-api',
        '--set',
        `server_address=${server}`,
        '--set',
        'client_id=c',
        '--set',
        `client_auth=${auth}`,
        '--secret',
        'client_secret',
      ],
      `${canary(`the client secret of ${name}`)}\n`,
    );
  for (const [name, server] of [
    ['echo-json', `${echo}/json`],
    ['echo-html', `${echo}/html`],
    ['dead', 'http://127.0.0.1:9'],
  ] as const) {
    for (const auth of ['basic', 'query']) {
      await organization(`${name}-${auth}`, server, auth);
      expect([6, 7]).toContain((await quiet(['login', `${name}-${auth}`])).code);
    }
  }
  await quiet(
    [
      'add',
      'json-echo',
      '--provider',
      'oauth2-json',
      '--grant',
      'password',
      '--set',
      `token_url=${echo}/json`,
      '--set',
      'client_id=c',
      '--set',
      'username=alice',
      '--secret',
      'client_secret',
      '--secret',
      'password',
    ],
    `${canary('a client secret')}\n${canary('a password')}\n`,
  );
  expect([6, 7]).toContain((await quiet(['login', 'json-echo'])).code);

  // A secret in the wrong place, which the person sees on their own argument list alone.
  const file = path.join(makeFolder(), 'secret');
  writeFileSync(file, `${canary('a secret in a file')}\n`);
  expect((await quiet(['set', 'wrong', '--secret', `password@${file}`])).code).toBe(0);
  expect(
    (
      await quiet(
        ['set', 'wrong', '--secret', 'passwort'],
        `${canary('a secret for a field that is not there')}\n`,
      )
    ).code,
  ).toBe(2);
  const profile = path.join(makeFolder(), 'profile.json');
  writeFileSync(profile, `{ "id": "x", "client_secret": "${canary('a profile file')}" }`);
  expect((await quiet(['provider', 'check', profile])).code).toBe(2);
  expect((await quiet(['provider', 'add', profile])).code).toBe(2);
  const lock = await quiet(['lock']);
  expect(lock.code).toBe(0);
  expect((await quiet(['unlock'], `${canary('a wrong passphrase')}\n`)).code).toBe(8);
  expect((await quiet(['unlock'], `${passphrase}\n`)).code).toBe(0);
  expect(
    (
      await quiet(
        ['login', 'wrong', '--paste'],
        `https://app.example.com/cb?code=${canary('a pasted code')}\n`,
      )
    ).code,
  ).not.toBe(0);

  // Over HTTP: keys, right and wrong, in the right and in the wrong place.
  const key = (await agent.done(['client', 'add', 'script'])).trim();
  secrets.set(key, 'a client key');
  const endpoint = agent.ready.endpoint ?? '';
  const over = async (route: string, headers: Record<string, string> = {}, body?: string): Promise<void> => {
    const answer = await ask(`${endpoint}${route}`, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    if (answer.status !== 200) printed.push(answer.text);
  };
  const auth = { Authorization: `Bearer ${key}` };
  await over('/v1/token', auth);
  await over(`/v1/token?key=${key}`);
  // An account's name is said again to the one who asked, and to nobody else.
  await ask(`${endpoint}/v1/token?account=${key}`, { headers: auth });
  await over(`/v1/${canary('a path')}`, auth);
  await over('/v1/token', { Authorization: `Bearer kf_${canary('a wrong key')}` });
  await over('/v1/token', { ...auth, Origin: `https://${canary('an origin')}` });
  await over('/v1/accounts/wrong/refresh', auth, `{"rejected":"${canary('a body')}"}`);
  await over('/v1/accounts/practice-eptura/refresh', auth, '{}');
  await note('practice-eptura');

  // The helpers: what they hand on goes to the program that they serve, and nowhere else.
  await note('practice-json-password');
  const name = 'practice-json-password';
  expect((await quiet(['exec', name, '--', 'true'])).code).toBe(0);
  expect((await quiet(['curl', name, '--', '-sS', '-o', '/dev/null', practice.account(name).try])).code).toBe(
    0,
  );
  const asked = 'protocol=https\nhost=git.example.com\n';
  const helped = await agent.run(['git-credential', name, 'get', '--host', 'git.example.com'], asked);
  expect(helped.stdout).toContain('password=');
  printed.push(helped.stderr);
  await quiet(['git-credential', name, 'get', '--host', 'other.example.com'], asked);
  await quiet(['git-credential', name, 'erase'], `${asked}password=${canary('a refused credential')}\n`);
  const stored = `{"ServerURL":"h","Username":"u","Secret":"${canary('a credential to store')}"}`;
  await quiet(['docker-credential', name, 'store'], stored);
  const sealing = path.join(makeFolder(), 'sealing');
  writeFileSync(sealing, `${canary('the passphrase of an export')}\n`);
  const outside = makeFolder();
  const plain = path.join(outside, 'plain.json');
  const sealed = path.join(outside, 'sealed.json');
  expect((await quiet(['export', plain])).code).toBe(0);
  expect((await quiet(['export', sealed, '--secrets', '--passphrase-file', sealing])).code).toBe(0);
  expect((await quiet(['import', sealed, '--passphrase-file', file])).code).not.toBe(0);
  await quiet(['import', sealed, '--passphrase-file', sealing]);
  for (const exported of [plain, sealed]) expectNowhere(exported, readFileSync(exported, 'utf8'));
  await over('/v1/pair', {}, `{"name":"kf_${canary('a pairing name')}"}`);
  await over(`/v1/pair/${canary('a pairing')}`, { 'Keyfob-Pairing': canary('a pairing secret') });

  for (const command of [
    ['status'],
    ['accounts'],
    ['accounts', '--json'],
    ['audit'],
    ['audit', '--json'],
    ['client', 'list', '--json'],
    ['providers', '--json'],
    ['status', '--json'],
  ])
    expect((await quiet(command)).code).toBe(0);
  expect((await quiet(['revoke', 'practice-eptura'])).code).toBe(0);
  expect((await quiet(['remove', 'wrong'])).code).toBe(0);
  printed.push((await keyfob(['doctor'], { home: agent.home })).stdout);
  echoing.closeAllConnections();
  echoing.close();

  expectNowhere('the output of commands', printed.join('\n'));
  const { stderr, stdout } = await agent.stop();
  expectNowhere("the agent's standard error", stderr);
  expectNowhere("the agent's standard output", stdout);
  expect(argumentLists.size).toBeGreaterThan(20);
  expectNowhere('an argument list', [...argumentLists].join('\n'));
  const files = walk(agent.home);
  for (const name of files.filter((one) => lstatSync(one).isFile()))
    expectNowhere(path.relative(agent.home, name), readFileSync(name, 'latin1'));
  // The vault is a file of its own, and the key of a client is kept as a hash.
  expect(files.some((name) => name.endsWith('vault.json'))).toBe(true);
  expect(readFileSync(path.join(agent.home, 'config.json'), 'utf8')).not.toContain('kf_');
});

it('Keyfob leaves nothing in the home that others may read', async () => {
  expect(existsSync(agent.home)).toBe(true);
  const again = await startAgent({ home: agent.home, args: ['--vault', 'memory'] });
  const modes = [agent.home, ...walk(agent.home)].map((name) => {
    const stats = lstatSync(name);
    const wanted = stats.isDirectory() ? 0o700 : 0o600;
    return {
      name: path.relative(agent.home, name),
      mode: (stats.mode & 0o777).toString(8),
      wanted: wanted.toString(8),
    };
  });
  expect(modes.length).toBeGreaterThan(5);
  expect(modes.some(({ name }) => name.endsWith('.sock'))).toBe(true);
  for (const { name, mode, wanted } of modes) expect([name, mode]).toEqual([name, wanted]);
  await again.stop();
});

it('keyfob console shows its link once, to the person who asked', async () => {
  const own = await startAgent();
  const link = new URL(own.ready.console ?? '');
  const secret = link.hash.replace(/^#s=/, '');
  expect(secret.length).toBeGreaterThan(20);
  expect(link.search).toBe('');
  const status = await own.done(['status', '--json']);
  expect(status).not.toContain(secret);
  await own.stop();
  for (const name of walk(own.home).filter((one) => lstatSync(one).isFile()))
    expect(readFileSync(name, 'latin1')).not.toContain(secret);
});

/** Fails when a secret, or what it looks like in a URL, Basic or JSON, stands in a text; says which, and not the text. */
function expectNowhere(location: string, text: string): void {
  const found: string[] = [];
  for (const [secret, where] of secrets) {
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    ];
    if (forms.some((form) => text.includes(form))) found.push(where);
  }
  expect({ location, found }).toEqual({ location, found: [] });
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? [name, ...walk(name)] : [name];
  });
}
