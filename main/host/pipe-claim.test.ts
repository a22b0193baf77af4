import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { socketIn } from '../../testing/system.ts';
import { claimPipe } from './pipe-claim.ts';

let folder: string;
let pipe: string;
let held: Set<string>;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kf-pipe-'));
  // Sockets stand in for pipes where there are none.
  pipe = socketIn(folder);
  held = new Set();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Windows' sharing of files: one of many who open a file for themselves gets it. */
async function openExclusively(file: string): Promise<{ close(): Promise<void> }> {
  if (held.has(file)) throw Object.assign(new Error('held'), { code: 'EBUSY' });
  held.add(file);
  return { close: async () => void held.delete(file) };
}
const claim = (host = 'agent') => claimPipe(pipe, host, folder, openExclusively);

it('a home on Windows is given to exactly one of eight who start at once, though nobody listens yet', async () => {
  const ended = await Promise.allSettled(Array.from({ length: 8 }, () => claim('desktop')));
  const refused = ended.filter((one) => one.status === 'rejected').map(({ reason }) => reason as unknown);
  expect(refused).toHaveLength(7);
  for (const reason of refused) {
    expect(reason).toMatchObject({
      problem: { reason: 'runs_already_as', params: { socket: pipe, host: 'desktop', pid: process.pid } },
    });
  }
  for (const one of ended) if (one.status === 'fulfilled') await one.value.release();
  await (await claim()).release();
});

it('a home on Windows whose file a scanner has open for a moment is opened all the same', async () => {
  const scanner = await openExclusively(path.join(folder, 'running'));
  setTimeout(() => void scanner.close(), 300);
  await (await claim()).release();
});

it('a home on Windows in which the system refuses the file is told of as that, not as one that runs', async () => {
  writeFileSync(path.join(folder, 'running.json'), '{"pid":1,"host":"desktop"}');
  const refused = Object.assign(new Error('refused'), { code: 'EPERM' });
  await expect(claimPipe(pipe, 'agent', folder, () => Promise.reject(refused))).rejects.toMatchObject({
    code: 'bad_request',
    problem: { reason: 'home_not_claimed', params: { file: path.join(folder, 'running'), code: 'EPERM' } },
  });
});

it('a home on Windows is not opened where a stranger listens on its pipe, and is free again then', async () => {
  const stranger = net.createServer((connection) => connection.destroy()).listen(pipe);
  await new Promise((resolve) => stranger.once('listening', resolve));
  await expect(claim()).rejects.toMatchObject({
    code: 'not_permitted',
    problem: { reason: 'pipe_unproved' },
  });
  await new Promise((resolve) => stranger.close(resolve));
  expect(existsSync(path.join(folder, 'running.json'))).toBe(false);
  await (await claim()).release();
});
