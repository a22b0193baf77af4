// The log: what is written, what can never be, how long it grows.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasModes } from '../../testing/system.ts';
import fc from 'fast-check';
import { logLine } from '../api/log.ts';
import { message } from '../api/problems/index.ts';
import { loggedFetch, openLog } from './log.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'log-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = { unixMs: () => Date.parse('2026-11-28T12:00:00Z'), steady: () => 0 };
const init = { method: 'POST', headers: {}, redirect: 'manual', signal: AbortSignal.abort() } as const;

describe('the log', () => {
  it('notes what a vendor answered, and nothing of the request', async () => {
    const log = openLog(folder, clock);
    const secret = 'hunter2';
    const fetch = loggedFetch(async () => new Response('{}', { status: 401 }), log, clock);
    await fetch(`https://user:${secret}@login.example.com:8443/token?client_secret=${secret}`, {
      ...init,
      headers: { authorization: `Basic ${secret}` },
      body: secret,
    });
    await log.close();
    const text = readFileSync(path.join(folder, 'keyfob.jsonl'), 'utf8');
    expect(text).not.toContain(secret);
    expect(await log.tail(1)).toEqual([
      {
        at: '2026-11-28T12:00:00.000Z',
        event: 'vendor.answered',
        method: 'POST',
        host: 'login.example.com:8443',
        status: 401,
        failure: null,
        milliseconds: 0,
      },
    ]);
  });

  it('notes the code of a failure, wherever it stands, and not its message', async () => {
    const log = openLog(folder, clock);
    const cause = Object.assign(new Error('connect 10.0.0.1 hunter2'), { code: 'ECONNREFUSED' });
    const fetch = loggedFetch(() => Promise.reject(new TypeError('fetch failed', { cause })), log, clock);
    await expect(fetch('https://a.example/', init)).rejects.toThrow('fetch failed');
    expect(await log.tail(9)).toMatchObject([{ status: null, failure: 'ECONNREFUSED' }]);
  });

  it('keeps a vendor’s sentence out where a code is expected', async () => {
    const log = openLog(folder, clock);
    const why = message('token_ended', {});
    log.hear({ type: 'account.sign_in_needed', account: 'hq', error: 'Password hunter2 was wrong.', why });
    log.hear({ type: 'account.sign_in_needed', account: 'hq', error: 'invalid_grant', why });
    expect(await log.tail(9)).toMatchObject([{ error: 'other' }, { error: 'invalid_grant' }]);
  });

  it('tells of an unexpected error where it was, without its message and folders', async () => {
    const log = openLog(folder, clock);
    log.unexpected(new TypeError('the secret was hunter2'));
    const [line] = await log.tail(1);
    expect(line).toMatchObject({ event: 'unexpected', error: 'TypeError' });
    expect(JSON.stringify(line)).toMatch(/log\.test\.ts:\d+:\d+/);
    expect(JSON.stringify(line)).not.toContain(process.cwd());
    expect(JSON.stringify(line)).not.toMatch(/hunter2|node_modules\//);
  });

  it('takes no text that is not a word, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = logLine.safeParse({
          at: '2026-11-28T12:00:00Z',
          event: 'account.changed',
          account: 'a',
          what: text,
        });
        return !read.success || /^[\w[][\w.:[\]-]{0,79}$/.test(text);
      }),
    );
  });

  it('grew without end by errors that came one after the other', async () => {
    const log = openLog(folder, clock);
    const [error, sizeOf] = [new Error('again'), () => statSync(path.join(folder, 'keyfob.jsonl')).size];
    log.unexpected(error);
    const lines = (3 * 1024 * 1024) / sizeOf();
    for (let i = 0; i < lines; i += 1) log.unexpected(error);
    expect(sizeOf()).toBeLessThan(2.1 * 1024 * 1024);
    log.write({ event: 'vault.locked' });
    await log.close();
    expect(sizeOf()).toBeLessThan(1024);
  });

  it('grows to five files of a megabyte, for its owner alone', async () => {
    const log = openLog(folder, clock);
    for (let i = 0; i < 60_000; i += 1) log.write({ event: 'vault.locked' });
    for (let i = 0; i < 60_000; i += 1) log.write({ event: 'vault.unlocked' });
    await log.close();
    const sizes = readdirSync(folder).map((name) => statSync(path.join(folder, name)));
    expect(sizes.length).toBe(5);
    expect(
      sizes.every(({ size, mode }) => size <= 1024 * 1024 && (!hasModes || (mode & 0o777) === 0o600)),
    ).toBe(true);
    expect((await log.tail(1))[0]).toMatchObject({ event: 'vault.unlocked' });
  });
});
