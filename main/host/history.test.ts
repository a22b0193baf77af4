import { mkdtempSync, readFileSync, rmSync, statSync, appendFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectMode } from '../../testing/system.ts';
import { json, openKit } from '../../testing/core-kit.ts';
import type { Kit } from '../../testing/core-kit.ts';
import { message } from '../api/problems/index.ts';
import { openLineFile } from '../platform/line-file.ts';
import { openHistory } from './history.ts';
import type { History } from './history.ts';

const minute = 60_000;
const hour = 60 * minute;
let folder = '';
let file = '';
let number = 0;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'keyfob-history-'));
  file = path.join(folder, 'history.jsonl');
  number = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const grants = (): Response => {
  number += 1;
  return json({ access_token: `canary-token-${number}`, token_type: 'bearer', expires_in: 3600 });
};

async function signedIn(): Promise<Kit> {
  const kit = await openKit(grants);
  await kit.keyfob.add({
    name: 'hq',
    provider: 'oauth2',
    grant: 'client_credentials',
    settings: { token_url: 'https://vendor.example/token', client_id: 'id' },
    secrets: { client_secret: 'canary-secret' },
  });
  return kit;
}

const open = (kit: Kit): Promise<History> =>
  openHistory({ keyfob: kit.keyfob, clock: kit.clock, file: openLineFile(file) });

const kinds = (history: History): string[] => history.timeline('hq').spans.map(({ kind }) => kind);

describe('the history', () => {
  it(
    'of a day on the virtual clock: lives, a failure, a sleep, and a restart',
    { timeout: 30_000 },
    async () => {
      const kit = await signedIn();
      const history = await open(kit);
      await kit.clock.pass(10 * minute);
      await kit.keyfob.login('hq');
      await kit.clock.pass(3 * hour);
      expect(kinds(history)).toEqual(['none', 'live']);
      expect(history.timeline('hq').marks.map(({ kind }) => kind)).toEqual([
        'signed_in',
        'refreshed',
        'refreshed',
        'refreshed',
      ]);

      kit.answer = () => json({}, 503);
      await kit.clock.pass(1 * hour);
      kit.answer = grants;
      await kit.clock.pass(10 * minute);
      expect(kinds(history)).toEqual(['none', 'live', 'failing', 'live']);
      const failed = history.timeline('hq').marks.find(({ kind }) => kind === 'refresh_failed');
      expect(failed?.reason).toEqual(message('vendor_status', { status: 503 }));

      kit.clock.sleep(2 * hour);
      await kit.clock.pass(1 * minute);
      const slept = history.timeline('hq').spans.find(({ kind }) => kind === 'asleep');
      expect((slept?.to ?? 0) - (slept?.from ?? 0)).toBe(7200);
      expect(kinds(history).slice(-2)).toEqual(['asleep', 'live']);

      await history.close();
      await kit.keyfob.stop();
      kit.clock.sleep(1 * hour);
      const again = await kit.restart();
      const later = await open(again);
      await kit.clock.pass(1 * minute);
      const { spans } = later.timeline('hq');
      expect(spans.map(({ kind }) => kind)).toEqual([
        'none',
        'live',
        'failing',
        'live',
        'asleep',
        'live',
        'live',
      ]);
      const [before, after] = spans.slice(-2);
      expect((after?.from ?? 0) - (before?.to ?? 0)).toBe(3600);
      await later.close();
    },
  );

  it('is for its owner alone, holds no secret, and survives a torn line', async () => {
    const kit = await signedIn();
    const history = await open(kit);
    await kit.keyfob.login('hq');
    await history.close();
    expectMode(file, 0o600);
    expect(readFileSync(file, 'utf8')).not.toContain('canary');
    appendFileSync(file, '{"at":17,"acc');
    const later = await open(kit);
    expect(later.timeline('hq').marks.map(({ kind }) => kind)).toEqual(['signed_in']);
    await later.close();
    expect(readFileSync(file, 'utf8').split('\n').filter(Boolean).map(isJson)).not.toContain(false);
  });

  it('forgets what is older than a day, and what is of other shapes', async () => {
    const kit = await signedIn();
    appendFileSync(
      file,
      '{"at":1}\nnull\n{"at":5,"account":"hq","event":"signed_in","until":9,"reason":null}\n',
    );
    const history = await open(kit);
    await kit.keyfob.login('hq');
    await kit.clock.pass(30 * hour);
    expect(history.timeline('hq').marks.length).toBeLessThan(30);
    expect(history.timeline('hq').spans).toHaveLength(1);
    await history.close();
    const later = await open(kit);
    await later.close();
    const oldest = JSON.parse(readFileSync(file, 'utf8').split('\n', 1)[0] ?? '') as { at: number };
    expect(oldest.at).toBeGreaterThan(kit.clock.unixMs() / 1000 - 27 * 3600);
  });

  it('is not written anew at every event once it is long', async () => {
    const kit = await signedIn();
    const now = Math.floor(kit.clock.unixMs() / 1000);
    const line = (account: number, at: number): string =>
      `${JSON.stringify({ at, account: `other-${String(account)}`, event: 'refreshed', until: at + 3600, reason: null })}\n`;
    const lines = Array.from({ length: 25_000 }, (_, index) => line(index % 100, now - 3600 + (index >> 4)));
    appendFileSync(file, lines.join(''));
    expect(statSync(file).size).toBeGreaterThan(2 * 1024 * 1024);
    const history = await open(kit);
    let written = 0;
    let inode = statSync(file).ino;
    for (let event = 0; event < 50; event += 1) {
      await kit.keyfob.login('hq');
      await kit.clock.pass(1000);
      const found = statSync(file).ino;
      if (found !== inode) written += 1;
      inode = found;
    }
    expect(written).toBeLessThanOrEqual(1);
    await history.close();
    expect(readFileSync(file, 'utf8').match(/"hq","event":"signed_in"/g)).toHaveLength(50);
  });

  it('of a very long file is read from its end alone, and a restart adds no line for what is known', async () => {
    const kit = await signedIn();
    await kit.keyfob.login('hq');
    const at = Math.floor(kit.clock.unixMs() / 1000);
    const until = kit.keyfob.account('hq').expires_at;
    const mark = (reason: string): string =>
      `${JSON.stringify({ at, account: 'hq', event: 'signed_in', until, reason: message('text', { text: reason, hint: '' }) })}\n`;
    appendFileSync(file, mark('the first'));
    appendFileSync(file, `${'x'.repeat(200)}\n`.repeat(90_000));
    appendFileSync(file, mark('the last'));
    const history = await open(kit);
    const { marks } = history.timeline('hq');
    expect(marks.map(({ reason }) => reason)).toEqual([message('text', { text: 'the last', hint: '' })]);
    await history.close();
    expect(statSync(file).size).toBeLessThan(10_000);
    await (await open(kit)).close();
    expect(readFileSync(file, 'utf8')).not.toContain('"known"');
  });

  it('tells of a sign-in that is needed in a sentence, and ends with the account', async () => {
    const kit = await signedIn();
    const history = await open(kit);
    await kit.keyfob.login('hq');
    kit.answer = () => json({ error: 'invalid_grant' }, 400);
    await kit.clock.pass(2 * hour);
    const marks = history.timeline('hq').marks;
    expect(marks.at(-1)).toMatchObject({
      kind: 'sign_in_needed',
      reason: message('renewal_refused', { error: 'invalid_grant' }),
    });
    expect(kinds(history).at(-1)).toBe('none');
    await kit.keyfob.remove('hq');
    await kit.clock.pass(minute);
    expect(history.timeline('hq').spans.at(-1)?.to).toBeLessThan(kit.clock.unixMs() / 1000);
    await history.close();
  });
});

function isJson(row: string): boolean {
  try {
    JSON.parse(row);
    return true;
  } catch {
    return false;
  }
}
