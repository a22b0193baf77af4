// From one real agent to another: what an export holds, what it does not, and what an import does.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectMode } from '../../testing/system.ts';
import type { ImportResultAnswer } from '../api/transfer.ts';
import { startAgent, startTestAgent } from './test-agent.ts';
import type { TestAgent } from './test-agent.ts';
import { keyfob } from './test-host.ts';
import type { Ended, Running } from './test-host.ts';

// Each step is a process of its own.
vi.setConfig({ testTimeout: 30_000 });

const FIRST = 'practice-organization';
const SECOND = 'practice-json-password';
const MINE = 'own';

let agent: TestAgent;
let tokens: string[];
let secrets: string[];
let passphrase: string;
const others: Running[] = [];

beforeAll(async () => {
  agent = await startTestAgent();
  tokens = [await agent.signIn(FIRST), await agent.signIn(SECOND)];
  secrets = [FIRST, SECOND].flatMap((name) => Object.values(agent.practice.get(name)?.secrets ?? {}));
  const shown = JSON.parse((await agent.run(['provider', 'show', 'organization-api'])).out) as object;
  const profile = path.join(agent.folder, 'mine.json');
  await writeFile(profile, JSON.stringify({ ...shown, id: 'mine', name: 'Mine' }));
  expect((await agent.run(['provider', 'add', profile])).code).toBe(0);
  const own = [
    '--set',
    'server_address=https://api.example.com',
    '--set',
    'client_id=c',
    '--secret',
    'client_secret',
  ];
  expect((await agent.run(['add', MINE, '--provider', 'mine', ...own], 'canary-mine\n')).code).toBe(0);
  secrets.push('canary-mine');
  await agent.run(['use', SECOND]);
  passphrase = path.join(agent.folder, 'passphrase');
  await writeFile(passphrase, 'a long passphrase\n');
}, 60_000);
afterAll(async () => {
  for (const { child, ended } of others) {
    child.kill('SIGTERM');
    await ended;
  }
  await agent.close();
});

/** A second agent, on a home of its own. */
async function another(): Promise<(args: readonly string[], input?: string) => Promise<Ended>> {
  const home = path.join(agent.folder, `other-${others.length}`);
  await mkdir(home);
  others.push((await startAgent(home)).running);
  return (args, input) => keyfob(home, args, input, { HOME: agent.folder });
}

const file = (name: string): string => path.join(agent.folder, name);
const outcomes = (out: string): string[] =>
  (JSON.parse(out) as ImportResultAnswer[]).map(({ name, outcome }) => `${name} ${outcome}`);

describe('keyfob export and import', () => {
  it('carry settings, profiles and the selection; secrets are named, and given later', async () => {
    const plain = file('plain.json');
    const exported = await agent.run(['export', plain]);
    expect(exported).toMatchObject({ code: 0, err: '' });
    expect(exported.out).toMatch(/no secrets/);
    expectMode(plain, 0o600);
    const text = await readFile(plain, 'utf8');
    for (const hidden of [...tokens, ...secrets, 'key_sha256']) expect(text).not.toContain(hidden);
    expect(text).toContain('"keyfob_export": 1');

    const run = await another();
    const imported = await run(['import', plain, '--json']);
    expect(imported.code).toBe(0);
    expect(outcomes(imported.out)).toEqual([
      'mine added',
      `${FIRST} added`,
      `${SECOND} added`,
      `${MINE} added`,
    ]);
    expect(imported.out).toContain(`keyfob set ${FIRST} --secret client_secret`);
    const accounts = JSON.parse((await run(['accounts', '--json'])).out) as Record<string, unknown>[];
    expect(accounts.map(({ name, state, selected }) => [name, state, selected])).toEqual([
      [FIRST, 'signed_out', false],
      [SECOND, 'signed_out', true],
      [MINE, 'signed_out', false],
    ]);
    expect((await run(['login', FIRST])).err).toContain('does not contain client_secret');
    const [secret = ''] = Object.values(agent.practice.get(FIRST)?.secrets ?? {});
    expect((await run(['set', FIRST, '--secret', 'client_secret'], `${secret}\n`)).code).toBe(0);
    expect((await run(['login', FIRST])).code).toBe(0);

    const again = await run(['import', plain]);
    expect(again.code).toBe(0);
    expect(again.out.match(/skipped/g)).toHaveLength(4);
  }, 30_000);

  it('carry secrets sealed, which open with the passphrase and in this very document alone', async () => {
    const sealed = file('sealed.json');
    const how = ['--secrets', '--passphrase-file', passphrase];
    expect((await agent.run(['export', sealed, ...how])).code).toBe(0);
    const text = await readFile(sealed, 'utf8');
    for (const hidden of [...tokens, ...secrets, 'a long passphrase']) expect(text).not.toContain(hidden);

    const run = await another();
    expect((await run(['import', sealed])).err).toMatch(/encrypted with a passphrase/);
    await writeFile(file('wrong'), 'another passphrase');
    const wrong = await run(['import', sealed, '--passphrase-file', file('wrong')]);
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toMatch(/passphrase is wrong, or the file was changed/);
    await writeFile(file('turned.json'), text.replace('https://api.example.com', 'https://evil.example.com'));
    const turned = await run(['import', file('turned.json'), '--passphrase-file', passphrase]);
    expect(turned).toMatchObject({ code: 2, out: '' });
    expect(JSON.parse((await run(['accounts', '--json'])).out)).toEqual([]);

    const laidOut = JSON.stringify(JSON.parse(text));
    await writeFile(sealed, laidOut);
    expect((await run(['import', sealed, '--passphrase-file', passphrase])).code).toBe(0);
    for (const name of [FIRST, SECOND]) expect((await run(['login', name])).code).toBe(0);
    expect(tokens).not.toContain((await run(['token', FIRST])).out.trim());
  }, 30_000);

  it('refuse one account whole and take the others', async () => {
    const run = await another();
    const accounts = [
      { name: '../up', provider: 'oidc', grant: 'password', fields: {} },
      { name: 'lost', provider: 'nowhere', grant: 'password', fields: {} },
      { name: 'lacks', provider: 'organization-api', grant: 'client_credentials', fields: {} },
      { name: 'odd', provider: 'organization-api', grant: 'client_credentials', fields: { nmae: 'x' } },
      {
        name: 'good',
        provider: 'organization-api',
        grant: 'client_credentials',
        fields: { server_address: 'api.example.com', client_id: 'c' },
      },
    ];
    const document = {
      keyfob_export: 1,
      accounts,
      selected: 'lost',
      selected_by_provider: {},
      profiles: [{ id: 'x' }],
      secrets: null,
    };
    await writeFile(file('mixed.json'), JSON.stringify(document));
    const { code, out } = await run(['import', file('mixed.json'), '--json']);
    expect(code).toBe(1);
    expect(outcomes(out)).toEqual([
      'x refused',
      '../up refused',
      'lost refused',
      'lacks refused',
      'odd refused',
      'good added',
    ]);
    const left = JSON.parse((await run(['accounts', '--json'])).out) as { name: string }[];
    expect(left.map(({ name }) => name)).toEqual(['good']);
  }, 30_000);

  it('never write over a file unless told, and leave nothing half-written', async () => {
    await writeFile(file('mine.txt'), 'precious');
    const { code, err } = await agent.run(['export', file('mine.txt')]);
    expect(code).toBe(2);
    expect(err).toMatch(/already/);
    expect(await readFile(file('mine.txt'), 'utf8')).toBe('precious');
    expect((await agent.run(['export', file('mine.txt'), '--force'])).code).toBe(0);
    expect(await readFile(file('mine.txt'), 'utf8')).toContain('keyfob_export');
    expectMode(file('mine.txt'), 0o600);
    expect((await agent.run(['export', '/nowhere/x.json'])).code).toBe(2);
    expect((await readdir(agent.folder)).filter((name) => name.startsWith('.mine'))).toEqual([]);
  });

  it.each([
    [['export', 'x', '--secrets'], /needs a passphrase/],
    [['export', 'x', '--passphrase-file', '/nowhere'], /cannot be read/],
    [['import', '/nowhere/x'], /cannot be read/],
  ])('%j ends with 2', async (args, expected) => {
    const { code, err } = await agent.run(args);
    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });

  it.each([
    ['{"keyfob_export":2}', /newer version of Keyfob/],
    ['{"a":1}', /not an export/],
    ['{"keyfob_export":1,"accounts":{}}', /damaged at accounts/],
    ['[', /not JSON/],
  ])('an import of %s ends with 2', async (text, expected) => {
    await writeFile(file('bad.json'), text);
    const { code, err } = await agent.run(['import', file('bad.json')]);
    expect(code).toBe(2);
    expect(err).toMatch(expected);
  });
});

describe('secrets in an export', () => {
  it('want a passphrase that is worth the name', async () => {
    await writeFile(file('short'), 'short');
    const { code, err } = await agent.run([
      'export',
      file('no.json'),
      '--secrets',
      '--passphrase-file',
      file('short'),
    ]);
    expect(code).toBe(2);
    expect(err).toMatch(/at least 8/);
  });

  it('are for the person: a key does not get them, nor a caller over TCP', async () => {
    const key = (await agent.run(['client', 'add', 'bot'])).out.trim();
    for (const route of ['/v1/export', '/v1/import']) {
      const answer = await fetch(agent.endpoint + route, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: '{"secrets":true,"passphrase":"a long passphrase"}',
      });
      expect(answer.status).toBe(403);
      expect(await answer.text()).not.toContain('"ct"');
    }
  });

  it('leave a line in the audit', async () => {
    const lines = JSON.parse((await agent.run(['audit', '--json'])).out) as {
      route: string;
      outcome: string;
    }[];
    expect(lines.some(({ route, outcome }) => route.includes('/v1/export') && outcome === 'ok')).toBe(true);
  });
});
