// What the disk does to a home: it is full, its files are something else, or gone; and Keyfob starts, serves what it
// has, loses nothing, and says which file it is.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ask, cleanUp, keyfob, makeFolder, startAgent, startPractice } from '../testing/program.ts';
import type { Agent, Practice } from '../testing/program.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await startPractice();
});
afterAll(cleanUp);

const eptura = 'practice-eptura';
const names = [eptura, 'practice-organization', 'practice-officernd'];
const passphraseFile = (): string => {
  const file = path.join(makeFolder(), 'passphrase');
  writeFileSync(file, 'correct horse battery\n', { mode: 0o600 });
  return file;
};
let args: string[];
beforeAll(() => {
  args = ['--vault', 'file', '--passphrase-file', passphraseFile(), '--no-console'];
});

async function signedIn(home: string): Promise<{ agent: Agent; key: string; tokens: string[] }> {
  const agent = await startAgent({ home, args });
  for (const one of names) {
    await agent.add(practice.account(one));
    await agent.done(['login', one]);
  }
  const key = (await agent.done(['client', 'add', 'script'])).trim();
  const tokens = await Promise.all(names.map(async (one) => (await agent.token(one)).access_token));
  return { agent, key, tokens };
}

async function kill(agent: Agent): Promise<void> {
  process.kill(agent.ready.pid, 'SIGKILL');
  await agent.process.ended;
}

async function expectAllLive(agent: Agent, tokens: readonly string[], key: string): Promise<void> {
  expect(await Promise.all(names.map(async (one) => (await agent.token(one)).access_token))).toEqual(tokens);
  const byKey = await ask(`${agent.ready.endpoint ?? ''}/v1/accounts`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  expect(byKey.status).toBe(200);
}

const noticesOf = async (agent: Agent): Promise<string[]> =>
  (await agent.ask('/v1/status')).json<{ notices: string[] }>().notices;

/** A small disk of its own, where this user may make one. */
function mountSmallDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const folder = makeFolder();
  const made = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'keyfob-test', folder]);
  return made.status === 0 ? folder : null;
}

/** Leaves no byte. */
function fill(disk: string): string {
  const file = path.join(disk, 'filler');
  const handle = openSync(file, 'a');
  for (const block of [Buffer.alloc(4096), Buffer.alloc(1)]) {
    try {
      for (;;) writeSync(handle, block);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
  closeSync(handle);
  return file;
}

const disk = mountSmallDisk();
const why = disk === null ? ' (left out: only root can mount a small disk)' : '';
afterAll(() => {
  if (disk !== null) execFileSync('umount', ['--lazy', disk]);
});

describe.skipIf(disk === null)(`a full disk${why}`, () => {
  it('lets a killed Keyfob start again and serve; what fails there has not happened', async () => {
    const home = path.join(disk ?? '', 'home');
    const { agent: first, key, tokens } = await signedIn(home);
    await kill(first);
    const filler = fill(disk ?? '');

    for (const round of [1, 2]) {
      const agent = await startAgent({ home, args });
      // What the start has taken away has left room.
      fill(disk ?? '');
      await expectAllLive(agent, tokens, key);
      const wanted =
        round === 1
          ? [
              ['logout', eptura],
              ['remove', names[1] ?? ''],
              ['use', names[2] ?? ''],
            ]
          : [];
      for (const line of [
        ...wanted,
        ['client', 'add', 'more'],
        ['client', 'remove', 'script'],
        ['provider', 'add', path.join(import.meta.dirname, 'profiles', 'good.json')],
        ['add', 'new', '--provider', 'officernd', '--set', 'client_id=x', '--secret', 'client_secret'],
      ]) {
        const failed = await agent.run(line, 'secret\n');
        expect(failed.code, line.join(' ')).not.toBe(0);
        expect(failed.stderr, line.join(' ')).toMatch(/disk is full/);
      }
      expect(await noticesOf(agent)).toContainEqual(expect.stringMatching(/^The disk with .* is full/));
      expect(agent.process.stderr()).toMatch(/^The disk with .* is full/m);
      await expectAllLive(agent, tokens, key);
      await kill(agent);
    }

    rmSync(filler);
    const agent = await startAgent({ home, args });
    await expectAllLive(agent, tokens, key);
    expect((await agent.accounts()).map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect((await agent.account(eptura)).selected).toBe(true);
    expect(await agent.done(['client', 'list'])).not.toContain('more');
    expect(await agent.done(['providers'])).not.toContain('example-vendor');
    await agent.done(['logout', eptura]);
    await agent.stop();
  }, 180_000);
});

const strays: Readonly<Record<string, (at: string) => void>> = {
  'a folder': (at) => {
    mkdirSync(at);
    writeFileSync(path.join(at, 'mine'), '');
  },
  'a dangling link': (at) => symlinkSync('nowhere', at),
  'a pipe': (at) => execFileSync('mkfifo', [at]),
};

describe.skipIf(process.platform === 'win32')('what is no file, in the place of one', () => {
  it.each(Object.keys(strays))(
    '%s is kept aside and named, and all accounts are served',
    async (kind) => {
      const home = path.join(makeFolder(), 'home');
      const { agent: first, key, tokens } = await signedIn(home);
      await kill(first);
      const files = [
        ...['config.json', 'config.json.bak', 'preferences.json', 'history.jsonl'],
        ...['audit/audit.jsonl', 'logs/keyfob.jsonl', 'profiles/own.json'],
      ];
      for (const one of files) {
        const file = path.join(home, one);
        // One at a time of the two that stand for each other.
        if (one === 'config.json.bak') continue;
        rmSync(file, { force: true });
        strays[kind]?.(file);
      }
      const agent = await startAgent({ home, args });
      await expectAllLive(agent, tokens, key);
      const notices = await noticesOf(agent);
      for (const one of files.filter((name) => name !== 'config.json.bak')) {
        expect(notices.filter((notice) => notice.includes(path.join(home, one)))).toHaveLength(1);
      }
      expect(agent.process.stderr()).not.toMatch(/unexpected|\n\s+at /);
      expect(
        readdirSync(home, { recursive: true }).filter((name) => /(?:stray|torn)-/.test(String(name))),
      ).not.toEqual([]);
      if (kind === 'a folder') {
        const mine = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) =>
          name.endsWith('/mine'),
        );
        expect(mine).toHaveLength(files.length - 1);
      }
      await kill(agent);

      rmSync(path.join(home, 'config.json.bak'), { force: true });
      strays[kind]?.(path.join(home, 'config.json.bak'));
      const again = await startAgent({ home, args });
      await expectAllLive(again, tokens, key);
      expect(await noticesOf(again)).toContainEqual(expect.stringContaining('config.json.bak'));
      await again.done(['use', eptura]);
      await again.stop();
    },
    120_000,
  );

  it('where the socket is to stand ends the start with one sentence', async () => {
    const home = path.join(makeFolder(), 'home');
    mkdirSync(home, { mode: 0o700 });
    mkdirSync(path.join(home, 'keyfob.sock'));
    const { code, stderr } = await keyfob(['serve', '--vault', 'memory', '--no-console'], { home });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/keyfob\.sock already exists and is not a socket/);
    expect(stderr).not.toMatch(/unexpected|\n\s+at /);
  });
});

it('Keyfob starts with a history and an audit of 100 MB, and shows the end of both', async () => {
  const home = path.join(makeFolder(), 'home');
  const { agent: first, key, tokens } = await signedIn(home);
  await kill(first);
  for (const name of ['history.jsonl', 'audit/audit.jsonl']) {
    const file = path.join(home, name);
    const rows = readFileSync(file);
    const handle = openSync(file, 'w');
    const block = Buffer.from('{"at":1,"event":"running"}\n'.repeat(40_000));
    for (let bytes = 0; bytes < 100 * 2 ** 20; bytes += block.length) writeSync(handle, block);
    writeSync(handle, rows);
    closeSync(handle);
  }
  const agent = await startAgent({ home, args });
  await expectAllLive(agent, tokens, key);
  expect(await agent.done(['audit', '--json'])).toContain('GET /v1/token');
  await agent.stop();
}, 120_000);

describe('settings and vault', () => {
  it('lists the accounts again from the vault when settings and their copy are gone', async () => {
    const home = path.join(makeFolder(), 'home');
    const { agent: first, tokens } = await signedIn(home);
    await kill(first);
    for (const name of ['config.json', 'config.json.bak']) rmSync(path.join(home, name));
    const agent = await startAgent({ home, args });
    expect(await Promise.all(names.map(async (one) => (await agent.token(one)).access_token))).toEqual(
      tokens,
    );
    const told = (await noticesOf(agent)).filter((one) => names.every((name) => one.includes(name)));
    expect(told).toEqual([expect.stringMatching(/listed again.*Client keys are lost/)]);
    await agent.stop();

    for (const name of ['config.json', 'config.json.bak']) rmSync(path.join(home, name));
    const memory = await startAgent({ home });
    expect(await noticesOf(memory)).toContainEqual(expect.stringContaining('vault.json is not in use'));
    await memory.stop();
  }, 60_000);
});

describe.skipIf(process.platform === 'win32')('a home that is gone while Keyfob runs in it', () => {
  let moved = '';
  afterEach(() => rmSync(moved, { recursive: true, force: true }));

  it.each(['removed', 'moved'])(
    'ends it with a sentence when it is %s, and leaves nothing behind',
    async (how) => {
      const home = path.join(makeFolder(), 'home');
      const agent = await startAgent({ home, args });
      moved = `${home}-moved`;
      if (how === 'removed') rmSync(home, { recursive: true });
      else renameSync(home, moved);
      const { code, stderr } = await agent.process.ended;
      expect(code).toBe(0);
      expect(stderr).toContain(`The folder ${home} was removed or moved`);
      expect(stderr).not.toMatch(/unexpected|\n\s+at /);
      expect(existsSync(home)).toBe(false);
    },
    30_000,
  );
});
