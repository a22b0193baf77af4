import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { expectMode } from '../../testing/system.ts';

import { openAudit } from './audit.ts';
import type { AuditLine } from '../api/audit.ts';

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'keyfob-audit-'));
  folders.push(made);
  return join(made, 'audit');
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const line = (at: number): AuditLine => ({
  at,
  client: 'local',
  via: 'socket',
  account: 'hq',
  provider: 'oauth2',
  route: 'GET /v1/token',
  outcome: 'ok',
});

describe('the audit file', () => {
  it('keeps lines in order, in files only the user can read', async () => {
    const folderPath = folder();
    const audit = openAudit(folderPath);
    for (let i = 0; i < 500; i += 1) audit.record(line(i));
    expect((await audit.tail(3)).map(({ at }) => at)).toEqual([497, 498, 499]);
    expect(await audit.tail(0)).toEqual([]);
    await audit.close();
    expect(readFileSync(join(folderPath, 'audit.jsonl'), 'utf8').trim().split('\n')).toHaveLength(500);
    expectMode(join(folderPath, 'audit.jsonl'), 0o600);
    expectMode(folderPath, 0o700);
  });

  it('keeps a bounded number of files of bounded size, and the newest lines', async () => {
    const folderPath = folder();
    const audit = openAudit(folderPath, { fileBytes: 2_000, files: 3 });
    for (let i = 0; i < 200; i += 1) {
      audit.record(line(i));
      if (i % 7 === 0) await audit.tail(1);
    }
    await audit.close();
    expect(readdirSync(folderPath).sort()).toEqual(['audit.1.jsonl', 'audit.2.jsonl', 'audit.jsonl']);
    for (const name of readdirSync(folderPath))
      expect(statSync(join(folderPath, name)).size).toBeLessThanOrEqual(2_000);
    const kept = (await audit.tail(1_000)).map(({ at }) => at);
    expect(kept.at(-1)).toBe(199);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 200 - kept.length + i));
    expect(kept.length).toBeGreaterThan(25);
  });

  it('has each line in the file within 200 ms, though lines are written together', async () => {
    const folderPath = folder();
    const audit = openAudit(folderPath);
    const lines = (): number =>
      existsSync(folderPath)
        ? readFileSync(join(folderPath, 'audit.jsonl'), 'utf8').split('\n').length - 1
        : 0;
    for (let i = 1; i <= 3; i += 1) {
      for (let n = 0; n < 100; n += 1) audit.record(line(i));
      expect(lines()).toBe((i - 1) * 100);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(lines()).toBe(i * 100);
    }
  });

  it('keeps of a flood that no disk is fast enough for what its files hold, and no more in memory', async () => {
    const folderPath = folder();
    const audit = openAudit(folderPath, { fileBytes: 2_000, files: 3 });
    // Longer than any string may be, were it written in one.
    for (let i = 0; i < 5_000_000; i += 1) audit.record(line(i));
    const kept = (await audit.tail(1_000)).map(({ at }) => at);
    expect(kept.at(-1)).toBe(4_999_999);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 5_000_000 - kept.length + i));
    expect(kept.length).toBeGreaterThan(25);
  }, 60_000);

  it('lost what an earlier version had written: its lines are read', async () => {
    const folderPath = folder();
    mkdirSync(folderPath, { recursive: true });
    const { via, ...earlier } = line(7);
    writeFileSync(join(folderPath, 'audit.jsonl'), `${JSON.stringify({ ...earlier, door: via })}\n`);
    expect(await openAudit(folderPath).tail(5)).toEqual([line(7)]);
  });

  it('goes on after a line that a crash tore', async () => {
    const folderPath = folder();
    const first = openAudit(folderPath);
    first.record(line(1));
    await first.close();
    appendFileSync(join(folderPath, 'audit.jsonl'), '{"at":2,"cli');
    const second = openAudit(folderPath);
    second.record(line(3));
    expect((await second.tail(10)).map(({ at }) => at)).toEqual([1, 3]);
  });

  it('says why it cannot be written, and fails nobody', async () => {
    const folderPath = folder();
    writeFileSync(folderPath, '');
    const audit = openAudit(join(folderPath, 'under-a-file'));
    audit.record(line(1));
    expect(await audit.tail(5)).toEqual([]);
    expect(audit.problem()).toMatchObject({
      reason: 'audit_not_written',
      // Windows says that the path is not there.
      params: { code: expect.stringMatching(/^(ENOTDIR|ENOENT)$/) },
    });
  });
});
