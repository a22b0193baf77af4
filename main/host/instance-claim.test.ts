import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasUnixSockets } from '../../testing/system.ts';
import { claimSocket } from './instance-claim.ts';

let folder: string;
let socket: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-inst-'));
  socket = path.join(folder, 'keyfob.sock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const starter = `
  import net from 'node:net';
  import { claimSocket } from ${JSON.stringify(new URL('./instance-claim.ts', import.meta.url).href)};
  process.stdin.once('data', async () => {
    try {
      await claimSocket(process.argv[1], 'agent');
      net.createServer().listen(process.argv[1], () => console.log('holds'));
    } catch (error) {
      console.log(error.code);
    }
  });
  console.log('ready');
`;

interface Starter {
  readonly child: ChildProcess;
  go(): void;
  line(): Promise<string>;
}

function start(): Starter {
  const child = spawn(process.execPath, ['--input-type=module', '-e', starter, socket], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  let wake = (): void => undefined;
  child.stdout?.on('data', (data: Buffer) => {
    lines.push(...data.toString().trim().split('\n'));
    wake();
  });
  return {
    child,
    go: () => child.stdin?.write('go\n'),
    async line() {
      while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return lines.shift() ?? '';
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

describe.runIf(hasUnixSockets)('the claim on a home', () => {
  it('refuses a second one, says what is running, and lets it in after the release', async () => {
    const claim = await claimSocket(socket, 'desktop');
    await expect(claimSocket(socket)).rejects.toMatchObject({
      code: 'already_running',
      problem: { reason: 'runs_already_as', params: { socket, host: 'desktop', pid: process.pid } },
    });
    await claim.release();
    await (await claimSocket(socket)).release();
    // Of all that was there, the highest number alone stays: it must never be given twice.
    expect(readdirSync(folder)).toEqual(['keyfob.sock.claim-2']);
  });

  it('refuses when something else answers on the socket', async () => {
    const server = net.createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(claimSocket(socket)).rejects.toMatchObject({ code: 'already_running' });
    expect(existsSync(socket)).toBe(true);
    server.close();
  });

  it('names a file that is no socket and leaves it', async () => {
    writeFileSync(socket, 'mine');
    await expect(claimSocket(socket)).rejects.toMatchObject({
      code: 'bad_request',
      problem: { reason: 'no_socket_there', params: { socket } },
    });
    expect(readdirSync(folder)).toEqual(['keyfob.sock']);
  });

  it('says so when the path is too long to listen on', async () => {
    const deep = mkdtempSync(path.join(folder, 'x'.repeat(110)));
    await expect(claimSocket(path.join(deep, 'keyfob.sock'))).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('takes over after kill -9, though it and the socket are still there', async () => {
    const first = start();
    await first.line();
    first.go();
    expect(await first.line()).toBe('holds');
    await killed(first.child);
    expect(existsSync(socket)).toBe(true);
    const claim = await claimSocket(socket);
    expect(existsSync(socket)).toBe(false);
    await claim.release();
    expect(readdirSync(folder)).toEqual(['keyfob.sock.claim-2']);
  });

  it('gives a stale socket to exactly one of many who start at once, over and over', async () => {
    let last: Starter | null = null;
    for (let round = 0; round < 3; round += 1) {
      const starters = Array.from({ length: 5 }, start);
      await Promise.all(starters.map((one) => one.line()));
      if (last !== null) await killed(last.child);
      for (const one of starters) one.go();
      const output = await Promise.all(starters.map((one) => one.line()));
      expect(output.toSorted()).toEqual([...Array<string>(4).fill('already_running'), 'holds']);
      last = starters[output.indexOf('holds')] ?? null;
      for (const one of starters) if (one !== last) await killed(one.child);
    }
  }, 60_000);

  it('is not fooled by one that a power cut emptied', async () => {
    writeFileSync(`${socket}.claim-7`, '');
    const claim = await claimSocket(socket);
    expect(readdirSync(folder).some((name) => name === 'keyfob.sock.claim-8')).toBe(true);
    await claim.release();
  });

  it.each(['999999999999999', '9007199254740992', '1'.repeat(40)])(
    'counts on from the highest number (%s)',
    async (number) => {
      writeFileSync(`${socket}.claim-${number}`, 'no claim of ours');
      const claim = await claimSocket(socket);
      await expect(claimSocket(socket)).rejects.toMatchObject({ code: 'already_running' });
      await claim.release();
      expect(readdirSync(folder)).toEqual([`keyfob.sock.claim-${BigInt(number) + 1n}`]);
    },
  );

  it('is told where it has a number that no file can have', async () => {
    writeFileSync(`${socket}.claim-${'9'.repeat(255 - 'keyfob.sock.claim-'.length)}`, '');
    await expect(claimSocket(socket)).rejects.toMatchObject({
      problem: { reason: 'cannot_listen_beside', params: { code: 'ENAMETOOLONG' } },
    });
  });

  it('starts beside a folder and a dangling link in its path', async () => {
    mkdirSync(`${socket}.claim-3`);
    symlinkSync('nowhere', `${socket}.claim-4`);
    const claim = await claimSocket(socket);
    expect(readdirSync(folder)).toContain('keyfob.sock.claim-5');
    await claim.release();
  });

  it.each([
    ['a file', writeFileSync],
    ['a link, as on a full disk', (at: string, text: string) => symlinkSync(text, at)],
  ] as const)('goes on from one that is %s', async (_what, make) => {
    const server = net.createServer().listen(path.join(folder, '.k0a0b0c'));
    await new Promise((resolve) => server.once('listening', resolve));
    make(`${socket}.claim-2`, JSON.stringify({ guard: '.k0a0b0c', pid: 7, host: 'desktop' }));
    await expect(claimSocket(socket)).rejects.toMatchObject({
      problem: { reason: 'runs_already_as', params: { host: 'desktop', pid: 7 } },
    });
    await new Promise((resolve) => server.close(resolve));
    await (await claimSocket(socket)).release();
  });

  it('is made again when that alone was taken away', async () => {
    const claim = await claimSocket(socket);
    let lost = false;
    claim.onLost(() => (lost = true));
    unlinkSync(`${socket}.claim-1`);
    await expect.poll(() => readdirSync(folder)).toContain('keyfob.sock.claim-1');
    expect(lost).toBe(false);
    await claim.release();
  });

  describe.each(['removed', 'moved'] as const)('a folder that is %s while its holder runs', (how) => {
    const lose = (): void => {
      if (how === 'removed') rmSync(folder, { recursive: true });
      else renameSync(folder, `${folder}-moved`);
      mkdirSync(folder);
    };
    afterEach(() => rmSync(`${folder}-moved`, { recursive: true, force: true }));

    it('is noticed by the holder', async () => {
      const claim = await claimSocket(socket);
      const lost = new Promise<void>((resolve) => claim.onLost(resolve));
      lose();
      await lost;
      await claim.release();
    });

    it.skipIf(process.platform !== 'linux')('lets nobody in beside the one that still runs', async () => {
      const first = start();
      await first.line();
      first.go();
      expect(await first.line()).toBe('holds');
      lose();
      await expect(claimSocket(socket)).rejects.toMatchObject({
        problem: { reason: 'runs_already' },
      });
      await killed(first.child);
      await (await claimSocket(socket)).release();
    });
  });
});
