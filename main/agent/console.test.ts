import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { message, type Message } from '../api/problems/index.ts';

import { looksUpPeers, type PeerUser } from '../platform/peer-user.ts';
import type { News, Reply } from '../api/window.ts';
import { readyLine } from '../host/listening.ts';
import { openConsole } from './console.ts';
import type { Console, ConsoleOptions } from './console.ts';

const files = mkdtempSync(path.join(os.tmpdir(), 'keyfob-console-'));
mkdirSync(path.join(files, 'assets'));
writeFileSync(path.join(files, 'index.html'), '<!doctype html><title>Keyfob</title>');
writeFileSync(path.join(files, 'assets', 'index-AbCd_12x.js'), 'export {};');
afterAll(() => {
  rmSync(files, { recursive: true });
});

interface Calls {
  readonly asked: [name: unknown, request: unknown][];
  readonly hearing: Set<(news: News) => void>;
  call(name: unknown, request: unknown): Promise<Reply>;
  listen(hear: (news: News) => void): () => void;
}

function calls(): Calls {
  const asked: Calls['asked'] = [];
  const hearing = new Set<(news: News) => void>();
  return {
    asked,
    hearing,
    async call(name, given) {
      asked.push([name, given]);
      return { ok: true, value: null };
    },
    listen(hear) {
      hearing.add(hear);
      return () => hearing.delete(hear);
    },
  };
}

async function open(made = calls(), more: Partial<ConsoleOptions> = {}): Promise<Console & AsyncDisposable> {
  const opened = await openConsole({ calls: made, files, port: 0, ...more });
  if ('problem' in opened) throw new Error(opened.problem.reason);
  return Object.assign(opened, { [Symbol.asyncDispose]: () => opened.close() });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const secretOf = (link: string): string => JSON.stringify({ secret: link.split('#s=')[1] });

async function enter(console: Console): Promise<Record<string, string>> {
  const given = await ask(`${console.url}session`, {}, 'POST', secretOf(console.link().url));
  const { session } = JSON.parse(given.text) as { session: string };
  return { 'X-Keyfob-Session': session, 'Content-Type': 'application/json' };
}

describe('the console', () => {
  it('gives a session for a secret once, and answers calls to a session alone', async () => {
    const made = calls();
    await using console = await open(made);
    const session = `${console.url}session`;
    const call = `${console.url}call/account.use`;
    expect((await ask(call, {}, 'POST', '{}')).status).toBe(401);
    expect((await ask(call, { 'X-Keyfob-Session': 'x' }, 'POST', '{}')).status).toBe(401);
    expect((await ask(`${console.url}news`)).status).toBe(401);
    expect((await ask(session, {}, 'POST', '{"secret":"x"}')).status).toBe(401);
    expect((await ask(session, {}, 'POST', 'x'.repeat(5_000))).status).toBe(401);
    const secret = secretOf(console.link().url);
    const given = await ask(session, {}, 'POST', secret);
    expect(given.status).toBe(200);
    expect((await ask(session, {}, 'POST', secret)).status).toBe(401);
    const key = (JSON.parse(given.text) as { session: string }).session;
    const headers = { 'X-Keyfob-Session': key, 'Content-Type': 'application/json' };
    expect(made.asked).toEqual([]);
    const told = await ask(call, headers, 'POST', '{"name":"hq"}');
    expect(JSON.parse(told.text)).toEqual({ ok: true, value: null });
    expect(told.headers['cache-control']).toBe('no-store');
    expect(made.asked).toEqual([['account.use', { name: 'hq' }]]);
  });

  it('takes JSON alone, and no more than a call is long', async () => {
    const made = calls();
    await using console = await open(made);
    const headers = await enter(console);
    const call = `${console.url}call/overview`;
    expect((await ask(call, headers, 'POST', 'no json')).status).toBe(400);
    expect((await ask(call, { ...headers, 'Content-Type': 'text/plain' }, 'POST', '{}')).status).toBe(415);
    expect((await ask(call, headers)).status).toBe(404);
    expect((await ask(`${console.url}call/../news`, headers, 'POST', '{}')).status).toBe(404);
    expect((await ask(`${console.url}call/OVERVIEW`, headers, 'POST', '{}')).status).toBe(404);
    expect(made.asked).toEqual([]);
  });

  it('tells news line by line until the page leaves, and ends with the agent', async () => {
    const made = calls();
    const console = await open(made);
    const headers = await enter(console);
    const lines = await new Promise<string[]>((resolve, reject) => {
      const heard: string[] = [];
      const asked = request(`${console.url}news`, { headers, agent: false }, (answer) => {
        expect(made.hearing.size).toBe(1);
        for (const hear of made.hearing) hear({ type: 'account_removed', name: 'hq' });
        answer.on('data', (chunk: Buffer) => {
          heard.push(...chunk.toString().split('\n').filter(Boolean));
          if (heard.length === 1) void console.close();
        });
        answer.on('end', () => resolve(heard));
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { type: 'account_removed', name: 'hq' },
      { type: 'connection', state: 'ended' },
    ]);
    expect(made.hearing.size).toBe(0);
  });

  it('leaves no listener behind when the page goes away', async () => {
    const made = calls();
    await using console = await open(made);
    const headers = await enter(console);
    await new Promise<void>((resolve) => {
      const asked = request(`${console.url}news`, { headers, agent: false }, () => asked.destroy());
      asked.on('error', () => undefined);
      asked.on('close', resolve);
      asked.end();
    });
    await expect.poll(() => made.hearing.size).toBe(0);
  });

  it('serves the files of the window, and nothing beside them', async () => {
    await using console = await open();
    const page = await ask(console.url);
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(page.headers['cache-control']).toBe('no-store');
    const script = await ask(`${console.url}assets/index-AbCd_12x.js`);
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.headers['cache-control']).toContain('immutable');
    for (const elsewhere of ['package.json', 'assets/', '..%2fsecret.html', 'assets/missing.js'])
      expect((await ask(`${console.url}${elsewhere}`)).status).toBe(404);
  });

  it('refuses other hosts and other origins', async () => {
    await using console = await open();
    const { port } = new URL(console.url);
    for (const host of [`localhost:${port}`, '127.0.0.1', `127.0.0.1:${port}.`, `evil.invalid:${port}`])
      expect((await ask(console.url, { Host: host })).status).toBe(421);
    const headers = await enter(console);
    const secret = secretOf(console.link().url);
    const evil = [
      ...['null', 'http://evil.invalid', `http://localhost:${port}`].map((one) => ({ Origin: one })),
      ...['cross-site', 'same-site', 'none'].map((one) => ({ 'Sec-Fetch-Site': one })),
    ];
    for (const mark of evil) {
      expect((await ask(`${console.url}session`, { ...mark }, 'POST', secret)).status).toBe(403);
      expect((await ask(`${console.url}call/overview`, { ...headers, ...mark }, 'POST', '{}')).status).toBe(
        403,
      );
      expect((await ask(`${console.url}news`, { ...headers, ...mark })).status).toBe(403);
      expect((await ask(`${console.url}assets/index-AbCd_12x.js`, { ...mark })).status).toBe(403);
    }
    const framed = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'iframe' };
    expect((await ask(console.url, framed)).status).toBe(403);
  });

  it('keeps fifty sessions, and the oldest goes', async () => {
    await using console = await open();
    const first = await enter(console);
    for (let number = 0; number < 49; number++) await enter(console);
    const call = (): Promise<Answer> => ask(`${console.url}call/overview`, first, 'POST', '{}');
    expect((await call()).status).toBe(200);
    await enter(console);
    expect((await call()).status).toBe(401);
  });

  it('says that its port is taken, or that the window is not built', async () => {
    await using console = await open();
    const port = Number(new URL(console.url).port);
    expect(await openConsole({ calls: calls(), files, port })).toEqual({
      problem: message('console_port_in_use', { port }),
    });
    const missing = path.join(files, 'missing');
    expect(await openConsole({ calls: calls(), files: missing, port: 0 })).toEqual({
      problem: expect.objectContaining({ reason: 'console_not_built' }) as Message,
    });
  });
});

describe('who opens the console', () => {
  let user: PeerUser = 'own';
  const output: string[] = [];
  const options: Partial<ConsoleOptions> = {
    peerUser: async () => user,
    tell: (sentence) => void output.push(sentence),
  };
  afterEach(() => {
    vi.useRealTimers();
    user = 'own';
    output.length = 0;
  });
  const secretFor = (url: string, digits: string): string =>
    JSON.stringify({ ...(JSON.parse(secretOf(url)) as object), digits });

  it('another user is refused everything, a session of ours too, and uses nothing up', async () => {
    await using console = await open(calls(), options);
    const headers = await enter(console);
    const { url } = console.link();
    user = 'other';
    const page = await ask(console.url);
    expect([page.status, page.text.includes('another user of this machine')]).toEqual([403, true]);
    for (const [path, method, body] of [
      ['session', 'POST', secretOf(url)],
      ['call/overview', 'POST', '{}'],
      ['news', 'GET', ''],
      ['assets/index-AbCd_12x.js', 'GET', ''],
      ['confirm', 'GET', ''],
    ] as const)
      expect([path, (await ask(`${console.url}${path}`, headers, method, body)).status]).toEqual([path, 403]);
    for (let time = 0; time < 6; time++) await ask(`${console.url}session`, {}, 'POST', secretFor(url, '1'));
    user = 'own';
    expect((await ask(`${console.url}session`, {}, 'POST', secretOf(url))).status).toBe(200);
    expect(output).toEqual([]);
  });

  it.runIf(looksUpPeers)('who cannot be told has a session for the digits alone, and keeps it', async () => {
    user = 'unknown';
    await using console = await open(calls(), options);
    const { url, confirmation_code: digits } = console.link();
    const session = `${console.url}session`;
    const first = await ask(session, {}, 'POST', secretOf(url));
    expect([first.status, JSON.parse(first.text)]).toEqual([403, expect.objectContaining({ left: 5 })]);
    expect(output).toEqual([expect.stringContaining(digits ?? 'none')]);
    const wrong = await ask(session, {}, 'POST', secretFor(url, '12345'));
    expect([wrong.status, JSON.parse(wrong.text)]).toMatchObject([403, { left: 4 }]);
    const given = await ask(session, {}, 'POST', secretFor(url, digits ?? ''));
    expect(given.status).toBe(200);
    const key = (JSON.parse(given.text) as { session: string }).session;
    const headers = { 'X-Keyfob-Session': key, 'Content-Type': 'application/json' };
    expect((await ask(`${console.url}call/overview`, headers, 'POST', '{}')).status).toBe(200);
    expect((await ask(session, {}, 'POST', secretFor(url, digits ?? ''))).status).toBe(401);
  });

  it('five wrong digits end an address, for everybody', async () => {
    user = 'unknown';
    await using console = await open(calls(), options);
    const { url, confirmation_code: digits } = console.link();
    const session = `${console.url}session`;
    for (let time = 0; time < 5; time++)
      expect((await ask(session, {}, 'POST', secretFor(url, 'no digits'))).status).toBe(403);
    expect((await ask(session, {}, 'POST', secretFor(url, digits ?? ''))).status).toBe(401);
    user = 'own';
    expect((await ask(session, {}, 'POST', secretOf(url))).status).toBe(401);
  });

  it('an address is good for ten minutes, and a page shown ahead does not use it up', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await using console = await open(calls(), options);
    const { url } = console.link();
    expect((await ask(console.url, { 'Sec-Purpose': 'prefetch;prerender' })).status).toBe(503);
    vi.setSystemTime(Date.now() + 10 * 60_000 + 1);
    expect((await ask(`${console.url}session`, {}, 'POST', secretOf(url))).status).toBe(401);
  });
});

it('the ready line is one line of JSON', () => {
  const facts = { pid: 7, socket: '/s', endpoint: null, console: 'http://127.0.0.1:1/#s=x' };
  expect(readyLine(facts)).toBe(
    '{"ready":true,"pid":7,"socket":"/s","endpoint":null,"console":"http://127.0.0.1:1/#s=x"}',
  );
});
