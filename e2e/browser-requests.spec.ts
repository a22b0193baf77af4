// A page of somebody else's in a real browser, against the endpoint and the console: it gets nothing back, and
// nothing happens.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';

import { cleanUp, startAgent, startPractice } from '../testing/program.ts';
import type { Agent } from '../testing/program.ts';

// Names that lead to this machine: what DNS rebinding ends in.
test.use({
  launchOptions: {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--host-resolver-rules=MAP evil.test 127.0.0.1, MAP *.evil.test 127.0.0.1',
    ],
  },
});

const ACCOUNT = 'practice-officernd';

let agent: Agent;
let key: string;
let token: string;
let evil: Server;
let evilPort: number;

test.beforeAll(async () => {
  const [started, practice] = await Promise.all([startAgent(), startPractice()]);
  agent = started;
  await agent.add(practice.account(ACCOUNT));
  await agent.done(['login', ACCOUNT]);
  token = (await agent.token(ACCOUNT)).access_token;
  // Even a page that has somebody's key is a page.
  key = (await agent.done(['client', 'add', 'stolen'])).trim();
  evil = createServer((_, outgoing) => {
    outgoing.writeHead(200, { 'Content-Type': 'text/html', 'Access-Control-Allow-Origin': '*' });
    outgoing.end('<!doctype html><title>evil</title><body>evil</body>');
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  evilPort = (evil.address() as AddressInfo).port;
});
test.afterAll(async () => {
  evil.close();
  await cleanUp();
});

interface Status {
  readonly refused: Readonly<Record<string, number>>;
}

/** All that could have changed. */
async function state(): Promise<unknown> {
  const accounts = await agent.accounts();
  const clients = (await agent.ask('/v1/clients')).json<{ name: string }[]>();
  return {
    accounts: accounts.map(({ name, state: now, selected, expires_at: end }) => ({
      name,
      now,
      selected,
      end,
    })),
    clients: clients.map(({ name }) => name),
    approvals: (await agent.ask('/v1/approvals')).json(),
  };
}

const refused = async (): Promise<number> =>
  Object.values((await agent.ask('/v1/status')).json<Status>().refused).reduce((sum, n) => sum + n, 0);
const served = async (): Promise<number> =>
  (await agent.ask('/v1/audit?limit=10000'))
    .json<{ outcome: string; via: string }[]>()
    .filter(({ outcome, via }) => outcome === 'ok' && via !== 'socket').length;

/** Every way that a page has to send something: what each came to, in a word. */
function attack(page: Page, url: string, bearer: string): Promise<Record<string, string>> {
  return page.evaluate(
    async ([target, stolen]) => {
      const results: Record<string, string> = {};
      const within = <T>(promise: Promise<T>, ms = 1_500): Promise<T | 'nothing'> =>
        Promise.race([
          promise,
          new Promise<'nothing'>((resolve) => setTimeout(() => resolve('nothing'), ms)),
        ]);
      const fetched = async (init: RequestInit): Promise<string> => {
        try {
          const answer = await fetch(target, init);
          return answer.type === 'opaque' ? 'opaque' : `read: ${answer.status} ${await answer.text()}`;
        } catch {
          return 'failed';
        }
      };
      const quiet = { referrerPolicy: 'no-referrer' } as const;
      const json = { 'Content-Type': 'application/json', Authorization: `Bearer ${stolen}` };
      const tries: [string, RequestInit][] = [
        ['fetch', {}],
        ['fetch quiet', { ...quiet, credentials: 'include' }],
        ['fetch key', { headers: { Authorization: `Bearer ${stolen}` } }],
        ['fetch post', { method: 'POST', headers: json, body: '{"name":"evil","allow":true}' }],
        ['fetch delete', { method: 'DELETE' }],
        ['no-cors', { mode: 'no-cors' }],
        ['no-cors quiet', { mode: 'no-cors', ...quiet }],
        ['no-cors post', { mode: 'no-cors', method: 'POST', body: '{"name":"evil"}', ...quiet }],
      ];
      await Promise.all(tries.map(async ([name, init]) => (results[name] = await within(fetched(init)))));
      results['beacon'] = String(navigator.sendBeacon(target, '{"name":"evil"}'));
      const element = (tag: 'img' | 'script', of: Record<string, string>): Promise<string> =>
        within(
          new Promise<string>((resolve) => {
            const node = document.createElement(tag);
            node.onload = () => resolve('loaded');
            node.onerror = () => resolve('failed');
            Object.assign(node, of, { src: target });
            document.body.append(node);
          }),
        );
      [results['img'], results['img quiet'], results['script'], results['module']] = await Promise.all([
        element('img', {}),
        element('img', quiet),
        element('script', quiet),
        element('script', { type: 'module' }),
      ]);
      const framed = async (name: string, fill: (frame: HTMLIFrameElement) => void): Promise<void> => {
        const frame = document.createElement('iframe');
        // A frame of an attack before may still be on its way out.
        frame.name = `${name} ${Math.random()}`;
        document.body.append(frame);
        const loaded = new Promise<void>((resolve) => (frame.onload = () => resolve()));
        fill(frame);
        await within(loaded, 800);
        try {
          results[name] = `read: ${frame.contentDocument?.body.textContent ?? ''}`;
          if (frame.contentDocument === null) results[name] = 'closed';
        } catch {
          results[name] = 'closed';
        }
      };
      await framed('iframe', (frame) => (frame.src = target));
      for (const method of ['get', 'post'])
        await framed(`form ${method}`, (frame) => {
          const form = document.createElement('form');
          Object.assign(form, { method, action: target, target: frame.name, enctype: 'text/plain' });
          const field = document.createElement('input');
          Object.assign(field, { name: '{"name":"evil","x":"', value: '"}' });
          form.append(field);
          document.body.append(form);
          form.submit();
        });
      results['websocket'] = await within(
        new Promise<string>((resolve) => {
          const socket = new WebSocket(target.replace('http', 'ws'));
          socket.onopen = () => resolve('open');
          socket.onmessage = () => resolve('message');
          socket.onerror = () => resolve('failed');
        }),
      );
      results['eventsource'] = await within(
        new Promise<string>((resolve) => {
          const source = new EventSource(target, { withCredentials: true });
          source.onopen = () => resolve('open');
          source.onmessage = () => resolve('message');
          source.onerror = () => {
            source.close();
            resolve('failed');
          };
        }),
      );
      document.body.replaceChildren();
      return results;
    },
    [url, bearer] as const,
  );
}

test('the requests of a page do reach a server that lets them', async ({ page }) => {
  await page.goto(`http://127.0.0.1:${evilPort}/`);
  const results = await attack(page, `http://localhost:${evilPort}/`, key);
  expect(results).toMatchObject({
    fetch: expect.stringContaining('read: 200 <!doctype'),
    'no-cors': 'opaque',
  });
  const same = await attack(page, `http://127.0.0.1:${evilPort}/`, key);
  expect(same).toMatchObject({ 'form get': 'read: evil', 'form post': 'read: evil', iframe: 'read: evil' });
});

const ROUTES = [
  `/v1/token?account=${ACCOUNT}`,
  '/v1/accounts',
  '/v1/events',
  '/v1/pair',
  `/v1/accounts/${ACCOUNT}/refresh`,
];

for (const from of ['127.0.0.1', 'localhost', 'evil.test'])
  test(`a page of ${from} gets nothing from the endpoint`, async ({ page }) => {
    test.setTimeout(120_000);
    const endpoint = new URL(agent.ready.endpoint!);
    const before = await state();
    const [refusedBefore, servedBefore] = [await refused(), await served()];
    await page.goto(`http://${from}:${evilPort}/`);
    for (const host of ['127.0.0.1', 'localhost', 'evil.test'])
      for (const route of host === '127.0.0.1' ? ROUTES : ROUTES.slice(0, 1)) {
        const target = `http://${host}:${endpoint.port}${route}`;
        for (const [way, result] of Object.entries(await attack(page, target, key)))
          expect(`${way} ${target}: ${result}`).toMatch(
            /: (failed|opaque|nothing|closed|true|false|read: )$/,
          );
      }
    expect(await refused()).toBeGreaterThan(refusedBefore + 20);
    expect(await served()).toBe(servedBefore);
    expect(await state()).toEqual(before);
  });

test('a page whose name was rebound to this machine is its own origin and still gets nothing', async ({
  page,
}) => {
  const { port } = new URL(agent.ready.endpoint!);
  const before = await state();
  const answer = await page.goto(`http://evil.test:${port}/v1/token?account=${ACCOUNT}`);
  expect(answer?.status()).toBe(421);
  expect(await page.content()).not.toContain(token);
  // Same origin now: the page can read every answer, and each is a refusal.
  const answers = await page.evaluate(
    async ([routes, stolen]) => {
      const texts: string[] = [];
      for (const route of routes)
        for (const method of ['GET', 'POST']) {
          const got = await fetch(route, {
            method,
            headers: { Authorization: `Bearer ${stolen}` },
            referrerPolicy: 'no-referrer',
          });
          texts.push(`${got.status} ${await got.text()}`);
        }
      return texts;
    },
    [ROUTES, key] as const,
  );
  for (const text of answers) expect(text).toMatch(/^421 .*wrong_host/);
  expect(await state()).toEqual(before);
});

test('opening the endpoint in a tab shows a refusal', async ({ page }) => {
  const answer = await page.goto(`${agent.ready.endpoint}/v1/token?account=${ACCOUNT}`);
  expect([answer?.status(), (await page.content()).includes(token)]).toEqual([403, false]);
});

for (const from of ['localhost', 'evil.test'])
  test(`a page of ${from} gets nothing from the console`, async ({ page }) => {
    const { port } = new URL(agent.ready.console!);
    const before = await state();
    await page.goto(`http://${from}:${evilPort}/`);
    for (const path of ['accounts', 'session', ''])
      for (const host of ['127.0.0.1', 'evil.test']) {
        const target = `http://${host}:${port}/${path}`;
        for (const [way, result] of Object.entries(await attack(page, target, key)))
          expect(`${way} ${target}: ${result}`).toMatch(
            /: (failed|opaque|nothing|closed|true|false|read: )$/,
          );
      }
    const rebound = await page.goto(`http://evil.test:${port}/`);
    expect(rebound?.status()).toBe(421);
    expect(await state()).toEqual(before);
  });

test('the console may not be framed, and a guessed secret opens no session', async ({ page }) => {
  await page.goto(`http://127.0.0.1:${evilPort}/`);
  const url = new URL(agent.ready.console!);
  await page.evaluate((src) => {
    const frame = document.createElement('iframe');
    Object.assign(frame, { src });
    document.body.append(frame);
  }, `${url.origin}/#s=guess`);
  await page.waitForTimeout(500);
  const text = await page
    .frames()
    .at(-1)!
    .evaluate(() => document.body.textContent);
  expect(text).not.toContain(ACCOUNT);
  const headers = (await page.request.get(`${url.origin}/`)).headers();
  expect(`${headers['x-frame-options'] ?? ''}${headers['content-security-policy'] ?? ''}`).toMatch(
    /DENY|frame-ancestors 'none'/,
  );
});
