// Wrong input, however it comes: the exit code of the contract, one sentence and what to do, and nothing lost.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  cleanUp,
  fieldsOf,
  keyfob,
  linesOf,
  makeFolder,
  startAgent,
  startPractice,
} from '../testing/program.ts';
import type { Agent, Practice, Result } from '../testing/program.ts';

let agent: Agent;
let practice: Practice;
let config: string;

const name = 'practice-organization';

beforeAll(async () => {
  [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await agent.add(practice.account(name));
  await agent.done(['login', name]);
  config = readFileSync(path.join(agent.home, 'config.json'), 'utf8');
});
// Whatever was wrong: nothing was lost, and nothing came to be.
afterEach(async () => {
  expect(readFileSync(path.join(agent.home, 'config.json'), 'utf8')).toBe(config);
  expect((await agent.accounts()).map((one) => [one.name, one.state])).toEqual([[name, 'live']]);
});
afterAll(cleanUp);

/** Checks a failed command: its code, nothing on standard output, a sentence and what to do, no stack. */
function expectTold(result: Result, code: number, ...texts: (string | RegExp)[]): void {
  expect([result.code, result.stdout, result.stderr]).toEqual([code, '', result.stderr]);
  const lines = result.stderr.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(lines[0]).toMatch(/\.$/);
  expect(result.stderr).not.toMatch(/\bat .*:\d+:\d+|Error:|undefined|\[object/);
  for (const pattern of texts) expect(result.stderr).toMatch(pattern);
}

const site = ['--set', 'site=https://hq.example.com'];
const client = ['--set', 'client_id=c'];
const redirect = ['--set', 'redirect_uri=https://app.example.com/cb'];
const eptura = ['--provider', 'eptura-workplace'];

describe('keyfob add', () => {
  it.each([
    ['an unknown field', ['hq', ...eptura, ...site, ...client, ...redirect, '--set', 'colour=red'], /colour/],
    ['missing fields', ['hq', ...eptura, ...site], /client_id.*redirect_uri/],
    ['no fields at all', ['hq', ...eptura], /site/],
    [
      'a field of another grant',
      ['hq', ...eptura, ...site, ...client, ...redirect, '--set', 'username=alice'],
      /username/,
    ],
    ['a bad URL', ['hq', ...eptura, '--set', 'site=not a url', ...client, ...redirect], /site/],
    [
      'http beyond loopback',
      ['hq', ...eptura, '--set', 'site=http://hq.example.com', ...client, ...redirect],
      /https/,
    ],
    [
      'a host that only begins like loopback',
      ['hq', ...eptura, '--set', 'site=http://127.0.0.1.example.com', ...client, ...redirect],
      /https/,
    ],
    [
      'another scheme',
      ['hq', ...eptura, '--set', 'site=ftp://hq.example.com', ...client, ...redirect],
      /https/,
    ],
    [
      'a redirect URI over http beyond loopback',
      ['hq', ...eptura, ...site, ...client, '--set', 'redirect_uri=http://app.example.com/cb'],
      /redirect_uri/,
    ],
    [
      'a redirect URI with a fragment',
      ['hq', ...eptura, ...site, ...client, '--set', 'redirect_uri=https://app.example.com/cb#x'],
      /fragment/,
    ],
    [
      'a redirect URI of an unsafe scheme',
      ['hq', ...eptura, ...site, ...client, '--set', 'redirect_uri=javascript:alert(1)'],
      /redirect_uri/,
    ],
    ['an unknown provider', ['hq', '--provider', 'nobody'], /nobody/],
    ['an unknown grant', ['hq', ...eptura, '--grant', 'telepathy'], /authorization_code/],
    [
      'a grant the provider has not',
      ['hq', '--provider', 'officernd', '--grant', 'password'],
      /client_credentials/,
    ],
    ['no provider', ['hq'], /--provider/],
    [
      'a wrong choice',
      [
        'hq',
        '--provider',
        'organization-api',
        '--set',
        'server_address=a.example.com',
        '--set',
        'client_id=c',
        '--set',
        'client_auth=smoke',
        '--secret',
        'client_secret',
      ],
      /basic, query/,
    ],
    [
      'a server address that is none',
      [
        'hq',
        '--provider',
        'organization-api',
        '--set',
        'server_address=a b',
        '--set',
        'client_id=c',
        '--secret',
        'client_secret',
      ],
      /server_address/,
    ],
    ['a setting without =', ['hq', ...eptura, '--set', 'site'], /FIELD=VALUE/],
    [
      'a field twice',
      ['hq', ...eptura, '--set', 'site=https://a.example.com', '--set', 'site=https://b.example.com'],
      /twice/,
    ],
    ['a setting given as a secret', ['hq', ...eptura, '--secret', 'site'], /--set site/],
    ['an unknown option', ['hq', ...eptura, '--colour'], /--colour/],
  ])('refuses with what is wrong: %s', async (_, args, pattern) => {
    expectTold(await agent.run(['add', ...args], 'line one\nline two\n'), 2, pattern);
  });

  it.each([
    '',
    ' ',
    '.hidden',
    '-x',
    '_x',
    'a b',
    'a/b',
    '../x',
    'ü',
    'a'.repeat(65),
    'a\nb',
    'x;y',
    '__proto__',
  ])('refuses the name %j', async (odd) => {
    const account = practice.account('practice-officernd');
    const result = await agent.run(['add', ...fieldsOf(account), '--', odd], linesOf(account));
    expectTold(result, 2);
  });

  it('refuses a name that is taken', async () => {
    const account = practice.account('practice-officernd');
    expectTold(await agent.run(['add', name, ...fieldsOf(account)], linesOf(account)), 2, name);
    expect((await agent.token(name)).provider).toBe('organization-api');
  });

  it('refuses a secret in an argument, which is not repeated', async () => {
    const base = [
      'add',
      'hq',
      '--provider',
      'organization-api',
      '--set',
      'server_address=a.example.com',
      '--set',
      'client_id=c',
    ];
    for (const wrong of [
      ['--set', 'client_secret=hunter2-canary'],
      ['--secret', 'client_secret=hunter2-canary'],
      ['--client_secret=hunter2-canary'],
      ['--set', 'hunter2-canary'],
    ]) {
      const result = await agent.run([...base, ...wrong], '');
      expectTold(result, 2);
      expect(result.stderr).not.toContain('hunter2');
    }
  });

  it('refuses to wait for a secret that does not come', async () => {
    const base = [
      'add',
      'hq',
      '--provider',
      'organization-api',
      '--set',
      'server_address=a.example.com',
      '--set',
      'client_id=c',
    ];
    expectTold(await agent.run([...base, '--secret', 'client_secret'], ''), 2, /client_secret/);
    expectTold(await agent.run([...base, '--secret', 'client_secret'], '\n'), 2, /client_secret/);
    expectTold(
      await agent.run([...base, '--secret', 'client_secret@/nowhere/at/all'], ''),
      2,
      /\/nowhere\/at\/all/,
    );
    expectTold(await agent.run(base, ''), 2, /client_secret/);
  });
});

describe('accounts that are not there', () => {
  it.each(['login', 'use', 'refresh', 'revoke', 'logout', 'remove', 'token'])(
    'are told by keyfob %s',
    async (command) => {
      expectTold(await agent.run([command, 'nobody']), 2, /nobody/);
    },
  );
  it('are told by keyfob set', async () => {
    expectTold(await agent.run(['set', 'nobody', '--set', 'client_id=c']), 2, /nobody/);
    expectTold(await agent.run(['set', name]), 2);
    expectTold(await agent.run(['set', name, '--set', 'colour=red']), 2, /colour/);
    expectTold(await agent.run(['set', name, '--set', 'server_address=http://a.example.com']), 2, /https/);
    expectTold(await agent.run(['set', name, '--set', 'client_id=']), 2, /client_id/);
  });
  it('are told: a provider without an account, and one that is not there', async () => {
    expectTold(await agent.run(['token', '--provider', 'ioffice']), 2);
    expectTold(await agent.run(['token', '--provider', 'nobody']), 2, /nobody/);
    expectTold(await agent.run(['token', name, '--provider', 'ioffice']), 2);
    expectTold(await agent.run(['provider', 'show', 'nobody']), 2, /nobody/);
  });
  it('are told: clients', async () => {
    expectTold(await agent.run(['client', 'remove', 'nobody']), 2, /client list/);
    expectTold(await agent.run(['client', 'add', '../x']), 2);
    expectTold(await agent.run(['client', 'add', 'x', '--accounts', 'nobody']), 2, /nobody/);
    expectTold(await agent.run(['client', 'add', 'x', '--approve', 'perhaps']), 2, /always/);
    expectTold(await agent.run(['approve', 'nothing']), 2);
    expect(JSON.parse(await agent.done(['client', 'list', '--json']))).toEqual([]);
  });
});

describe('arguments that cannot be', () => {
  it.each([
    [['token', name, '--min-valid', 'soon']],
    [['token', name, '--min-valid', '-1']],
    [['token', name, '--format', 'xml']],
    [['token', name, 'another']],
    [['login', name, '--timeout', '0']],
    [['login', name, '--timeout', '1e9']],
    [['login']],
    [['frobnicate']],
    [['provider']],
    [['client']],
    [['serve', '--port', '65536']],
    [['serve', '--port', 'x']],
    [['serve', '--vault', 'sock-drawer']],
  ])('are refused with 2: %j', async (args) => {
    expectTold(await agent.run(args), 2);
  });

  it('are told apart from a min_valid that this vendor never meets: 6', async () => {
    expectTold(await agent.run(['token', name, '--min-valid', '86400']), 6, /3600|lifetime|live/);
  });
});

describe('without a running Keyfob', () => {
  it.each([
    ['status'],
    ['accounts'],
    ['token'],
    ['token x'],
    ['login x'],
    ['use x'],
    ['lock'],
    ['client list'],
    ['audit'],
    ['providers'],
  ])('%s ends with 3 and says how to start it', async (line) => {
    const home = path.join(makeFolder(), 'home');
    const result = await keyfob(line.split(' '), { home });
    expectTold(result, 3, /keyfob serve|npm start/);
  });
});

describe('profile files', () => {
  const good = (): Record<string, unknown> =>
    JSON.parse(readFileSync(new URL('profiles/good.json', import.meta.url), 'utf8')) as Record<
      string,
      unknown
    >;
  const write = (text: string): string => {
    const file = path.join(makeFolder(), 'profile.json');
    writeFileSync(file, text);
    return file;
  };

  it('that are good pass the check, are added, and are used', async () => {
    const file = write(JSON.stringify(good(), null, 2));
    const home = path.join(makeFolder(), 'home');
    expect(await keyfob(['provider', 'check', file], { home })).toMatchObject({ code: 0, stderr: '' });
    const own = await startAgent();
    await own.done(['provider', 'add', file]);
    const list = JSON.parse(await own.done(['providers', '--json'])) as { id: string; built_in: boolean }[];
    expect(list.find(({ built_in: builtIn }) => !builtIn)?.id).toBe(good()['id']);
    await own.stop();
  });

  const pretty = (change: (profile: Record<string, unknown>) => void): string => {
    const profile = good();
    change(profile);
    return JSON.stringify(profile, null, 2);
  };

  it.each<[string, () => string, RegExp, RegExp]>([
    ['no JSON', () => '{\n  "id": "x",\n  oops\n}\n', /:3:/, /./],
    ['cut off', () => '{\n  "id": "x",\n', /:[23]:/, /./],
    ['empty', () => '', /:1:/, /./],
    ['a list', () => '[]', /:1:/, /./],
    ['an unknown key', () => pretty((p) => (p['colour'] = 'red')), /:\d+:\d+ /, /colour/],
    ['a missing key', () => pretty((p) => delete p['default_grant']), /:1:/, /default_grant/],
    ['a wrong type', () => pretty((p) => (p['name'] = 7)), /:3:\d+ /, /name/],
    [
      'a wrong word',
      () => pretty((p) => (p['lifetime_unit'] = 'fortnights')),
      /:\d+:\d+ /,
      /lifetime_unit.*(seconds|milliseconds)/,
    ],
    ['a bad id', () => pretty((p) => (p['id'] = '../x')), /:2:\d+ /, /id/],
  ])(
    'with a fault are refused by check and by add, with line and reason: %s',
    async (_, text, line, reason) => {
      const file = write(text());
      for (const command of ['check', 'add']) {
        const result = await agent.run(['provider', command, file]);
        expect([command, result.code, result.stdout]).toEqual([command, 2, '']);
        const [first = ''] = result.stderr.split('\n');
        expect(first.startsWith(file)).toBe(true);
        expect(first.slice(file.length)).toMatch(line);
        expect(result.stderr).toMatch(reason);
      }
    },
  );

  it('that are not there, or are folders, are named', async () => {
    const folder = makeFolder();
    mkdirSync(path.join(folder, 'profile'));
    for (const file of [path.join(folder, 'nothing.json'), path.join(folder, 'profile')])
      for (const command of ['check', 'add'])
        expectTold(await agent.run(['provider', command, file]), 2, file);
  });

  it('that extend a built-in one are checked without a host, kept as they stand, and used whole', async () => {
    const home = path.join(makeFolder(), 'home');
    const mine = {
      id: 'my-ioffice',
      extends: 'ioffice',
      name: 'My iOFFICE',
      fields: { region: { label: { en: 'Region', de: 'Gebiet' } }, placement: { default: 'query' } },
    };
    const file = write(JSON.stringify(mine, null, 2));
    expect(await keyfob(['provider', 'check', file], { home })).toMatchObject({ code: 0, stderr: '' });
    const odd = await keyfob(
      ['provider', 'check', write(JSON.stringify({ ...mine, extends: 'x' }, null, 2))],
      {
        home,
      },
    );
    expect(odd).toMatchObject({ code: 2, stdout: '' });
    expect(odd.stderr).toMatch(/:3:3 extends: must be the id of a built-in provider/);

    const own = await startAgent();
    await own.done(['provider', 'add', file]);
    const shown = JSON.parse(await own.done(['provider', 'show', 'my-ioffice'])) as Record<string, unknown>;
    expect(shown).toMatchObject({
      name: 'My iOFFICE',
      token: { url: '{site}/external/api/oauth2/token' },
      fields: { region: { label: { de: 'Gebiet' } }, placement: { default: 'query' } },
    });
    expect(shown).not.toHaveProperty('extends');
    // What is shown is a whole profile, good to begin another from.
    const copy = write(JSON.stringify({ ...shown, id: 'copy' }));
    expect(await keyfob(['provider', 'check', copy], { home })).toMatchObject({ code: 0, stderr: '' });
    const list = JSON.parse(await own.done(['providers', '--json'])) as {
      id: string;
      fields: { name: string; label: unknown; default: unknown }[];
    }[];
    expect(list.find(({ id }) => id === 'my-ioffice')?.fields).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'region', label: 'Region' }),
        expect.objectContaining({ name: 'placement', default: 'query' }),
        expect.objectContaining({ name: 'site', label: 'Site' }),
      ]),
    );
    await own.stop();
  });

  it('with the name of a built-in one are refused', async () => {
    const result = await agent.run(['provider', 'add', write(pretty((p) => (p['id'] = 'ioffice')))]);
    expectTold(result, 2, /ioffice/);
  });
});

describe('a port that is taken', () => {
  it('is said, and the socket serves all the same', async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    // Listening on TCP, so not a pipe's name.
    const { port } = taken.address() as AddressInfo;
    const own = await startAgent({
      args: ['--vault', 'memory', '--port', String(port), '--console-port', String(port)],
    });
    expect(own.ready.endpoint).toBeNull();
    expect(own.ready.console).toBeNull();
    expect(own.process.stderr()).toContain(String(port));
    expect(JSON.parse(await own.done(['status', '--json']))).toMatchObject({ endpoint: null });
    expect(await own.done(['accounts', '--json'])).toBe('[]\n');
    await own.stop();
    const sandbox = await keyfob(['sandbox', '--json', '--port', String(port)]);
    expect(sandbox.code).not.toBe(0);
    expect(sandbox.stderr).toContain(String(port));
    taken.close();
  });

  it('is not asked for with --no-tcp and --no-console', async () => {
    const own = await startAgent({ args: ['--vault', 'memory', '--no-tcp', '--no-console'] });
    expect(own.ready).toMatchObject({ endpoint: null, console: null });
    expect(own.process.stderr()).toBe('');
    await own.stop();
  });
});

describe.runIf(existsSync('/dev/full'))('output that cannot be written', () => {
  const command = path.join(import.meta.dirname, '..', 'bin', 'keyfob.cjs');
  const shell = (line: string) =>
    spawnSync('bash', ['-c', `'${process.execPath}' '${command}' ${line}`], {
      env: { PATH: process.env['PATH'], KEYFOB_HOME: agent.home },
      encoding: 'utf8',
    });

  it.each(['2>/dev/null', '2>/dev/full', '2>&-'])('changes no exit code: %s', (to) => {
    for (const line of ['token nobody', 'use nobody', 'token nobody --format json'])
      expect([line, shell(`${line} ${to}`).status]).toEqual([line, 2]);
  });

  it('is told, and ends with 1', () => {
    for (const line of [`token ${name}`, 'accounts', 'status --json']) {
      const { status, stderr } = shell(`${line} >/dev/full`);
      expect([line, status, stderr]).toEqual([line, 1, expect.stringContaining('no space left')]);
    }
  });
});
