/**
 * Sign-ins through the real window: each vendor's page at the practice vendor, what a person is told when
 * something stands in the way, staying signed in, and the system's browser instead.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDesktop, startPlainDesktop } from '../../testing/desktop/desktop.ts';
import type { Desktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { ask, callApi, cleanUp, fieldsOf, linesOf, startPractice, until } from '../../testing/program.ts';
import type { Practice } from '../../testing/program.ts';
import type { TokenAnswer } from '../../main/api/accounts.ts';

let session: DesktopSession;
let desktop: Desktop;
let practice: Practice;
let opened: string;
const servers: (http.Server | https.Server)[] = [];

beforeAll(async () => {
  session = await startSession();
  practice = await startPractice();
  const home = path.join(session.folder, 'home');
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(path.join(home, 'preferences.json'), JSON.stringify({ stay_signed_in: ['kept'] }));
  // The system's browser: a program that writes down what it is to open.
  const programs = path.join(session.folder, 'bin');
  opened = path.join(session.folder, 'opened');
  mkdirSync(programs);
  writeFileSync(path.join(programs, 'xdg-open'), `#!/bin/sh\necho "$1" >> '${opened}'\n`);
  chmodSync(path.join(programs, 'xdg-open'), 0o755);
  desktop = await startDesktop(session, {
    home,
    args: ['--json', '--hidden', '--port', '0', '--vault', 'memory'],
    env: { PATH: `${programs}:${process.env['PATH'] ?? ''}` },
  });
  console.log(`The sign-in window runs in ${desktop.runtime}.`);
  await desktop.ready();
});
afterAll(async () => {
  await desktop.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await session.stop();
  await cleanUp();
});

async function listen(server: http.Server | https.Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listens on TCP
  return `${server instanceof https.Server ? 'https' : 'http'}://127.0.0.1:${port}`;
}

async function add(name: string, like: string, settings: Record<string, string> = {}): Promise<string> {
  const account = practice.account(like);
  const changed = { ...account, settings: { ...account.settings, ...settings } };
  const { code, stderr } = await desktop.keyfob(['add', name, ...fieldsOf(changed)], linesOf(account));
  expect(code, stderr).toBe(0);
  return name;
}

/** An account whose page and token endpoint are at an origin. */
async function addPlain(name: string, origin: string, redirectUri: string): Promise<string> {
  const fields = {
    authorize_url: `${origin}/authorize`,
    token_url: `${origin}/token`,
    client_id: 'c',
    client_auth: 'none',
    redirect_uri: redirectUri,
  };
  const set = Object.entries(fields).flatMap(([field, value]) => ['--set', `${field}=${value}`]);
  const grant = ['--provider', 'oauth2', '--grant', 'authorization_code'];
  const { code, stderr } = await desktop.keyfob(['add', name, ...grant, ...set]);
  expect(code, stderr).toBe(0);
  return name;
}

async function fillIn(page: Page): Promise<void> {
  await page.fill('input[name=username]', practice.description.person.username);
  await page.fill('input[name=password]', practice.description.person.password);
  await page.click('button:has-text("Sign in")');
}

/** Titles of the windows of sign-ins. */
const titles = async (): Promise<string[]> =>
  (
    await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((one) => one.getTitle()),
    )
  ).filter((title) => title.includes('Sign in to'));

describe('each vendor’s page', () => {
  it.each(['practice-eptura-page', 'practice-ioffice-page', 'practice-json', 'practice-json-implicit'])(
    '%s: from the window to a token that its API takes',
    async (like) => {
      const name = await add(`page-${like}`, like);
      const command = desktop.startKeyfob(['login', name]);
      const page = await desktop.window(new RegExp(`^${practice.description.url}/`));
      await page.waitForSelector('input[name=username]');
      const host = new URL(practice.description.url).host;
      expect(await titles()).toEqual([`${host} – Sign in to ${name} – Keyfob`]);
      await desktop.screenshot(`sign-in-${like}`);
      await fillIn(page);
      const { code, stderr } = await command.ended;
      expect(code, stderr).toBe(0);
      // It is hidden at once, and closed once its own events are over.
      await expect.poll(titles).toEqual([]);
      const token = await desktop.keyfob(['token', name, '--format', 'json']);
      const answer = await callApi(practice.account(like).try, JSON.parse(token.stdout) as TokenAnswer);
      expect(answer.status).toBe(200);
      if (like !== 'practice-json-implicit') expect((await desktop.keyfob(['refresh', name])).code).toBe(0);
    },
  );

  it('a cancel on it ends with 6 and the vendor’s words', async () => {
    const name = await add('page-cancel', 'practice-eptura-page');
    const command = desktop.startKeyfob(['login', name]);
    const page = await desktop.window(new RegExp(`^${practice.description.url}/`));
    await page.click('button:has-text("Cancel")');
    const { code, stderr } = await command.ended;
    expect(code).toBe(6);
    expect(stderr).toContain('The person cancelled the sign-in.');
  });
});

describe('what prevents a sign-in', () => {
  it('a server that is not there is told, with a way to try again', async () => {
    let up = false;
    const server = http.createServer((request, answer) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://vendor.invalid');
      if (!up) return void request.socket.destroy();
      if (request.url === '/token') {
        answer.writeHead(200, { 'Content-Type': 'application/json' });
        return void answer.end('{"access_token":"t","token_type":"Bearer","expires_in":3600}');
      }
      answer
        .writeHead(302, { Location: `com.example.app:/cb?code=c&state=${searchParams.get('state') ?? ''}` })
        .end();
    });
    const origin = await listen(server);
    const name = await addPlain('unreachable', origin, 'com.example.app:/cb');
    const command = desktop.startKeyfob(['login', name]);
    const page = await desktop.window(/^data:text\/html/);
    expect(await page.textContent('h1')).toBe(`${new URL(origin).host} could not be opened`);
    expect(await page.textContent('body')).toContain('was closed before an answer came');
    await desktop.pageshot(page, 'sign-in-unreachable');
    up = true;
    await page.click('a:has-text("Try again")');
    const { code, stderr } = await command.ended;
    expect(code, stderr).toBe(0);
  });

  it('a certificate that nobody vouches for is told, and there is no way past it', async () => {
    const at = (name: string): string => path.join(session.folder, name);
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const pair = ['-keyout', at('own.key'), '-out', at('own.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...pair, ...subject], {
      stdio: 'pipe',
    });
    let asked = 0;
    const tls = { key: readFileSync(at('own.key')), cert: readFileSync(at('own.pem')) };
    const origin = await listen(
      https.createServer(tls, (_request, answer) => {
        asked += 1;
        answer.end('hello');
      }),
    );
    const name = await addPlain('untrusted', origin, 'com.example.app:/cb');
    const command = desktop.startKeyfob(['login', name, '--timeout', '5']);
    const page = await desktop.window(/^data:text\/html/);
    expect(await page.textContent('h1')).toBe(`The connection to ${new URL(origin).host} is not safe`);
    expect(await page.textContent('body')).toContain('its issuer is unknown');
    expect(await page.$$eval('a', (links) => links.map((link) => link.textContent))).toEqual(['Try again']);
    await desktop.pageshot(page, 'sign-in-certificate');
    expect((await command.ended).code).toBe(4);
    expect(asked).toBe(0);
  });

  it('a server that wants HTTP authentication asks in a window of ours', async () => {
    const origin = await listen(
      http.createServer((request, answer) => {
        const given = Buffer.from(
          (request.headers.authorization ?? '').replace('Basic ', ''),
          'base64',
        ).toString();
        const state = new URL(request.url ?? '/', 'http://vendor.invalid').searchParams.get('state') ?? '';
        if (request.url === '/token')
          answer
            .writeHead(200, { 'Content-Type': 'application/json' })
            .end('{"access_token":"t","token_type":"Bearer","expires_in":3600}');
        else if (given === 'someone:pä ss&=+')
          answer.writeHead(302, { Location: `com.example.app:/cb?code=c&state=${state}` }).end();
        else answer.writeHead(401, { 'WWW-Authenticate': 'Basic realm="Staff"' }).end();
      }),
    );
    const name = await addPlain('authenticated', origin, 'com.example.app:/cb');
    const command = desktop.startKeyfob(['login', name]);
    const question = async (): Promise<Page> => {
      const page = await desktop.window(/^data:text\/html/);
      await page.waitForSelector('input[name=password]');
      return page;
    };
    const first = await question();
    expect(await first.textContent('body')).toContain('“Staff”');
    await desktop.screenshot('sign-in-http-authentication');
    await first.fill('input[name=username]', 'someone');
    await first.fill('input[name=password]', 'wrong');
    await first.click('button').catch(() => undefined); // the window goes with the click
    await until('the first question is gone', () => first.isClosed());
    const second = await question();
    expect(await second.textContent('body')).toContain('was not accepted');
    await second.fill('input[name=username]', 'someone');
    await second.fill('input[name=password]', 'pä ss&=+');
    await second.click('button').catch(() => undefined);
    const { code, stderr } = await command.ended;
    expect(code, stderr).toBe(0);
  });
});

describe('staying signed in with a vendor', () => {
  it('keeps the vendor’s cookies for that account alone, until they are forgotten', async () => {
    const cookies: string[] = [];
    const origin = await listen(
      http.createServer((request, answer) => {
        const state = new URL(request.url ?? '/', 'http://vendor.invalid').searchParams.get('state') ?? '';
        if (request.url === '/token') {
          answer.writeHead(200, { 'Content-Type': 'application/json', 'Set-Cookie': 'api=1; Max-Age=600' });
          answer.end('{"access_token":"t","token_type":"Bearer","expires_in":3600}');
          return;
        }
        cookies.push(request.headers.cookie ?? 'none');
        answer.writeHead(302, {
          'Set-Cookie': 'here=1; Path=/; Max-Age=600',
          Location: `com.example.app:/cb?code=c&state=${state}`,
        });
        answer.end();
      }),
    );
    for (const name of ['kept', 'other']) {
      await addPlain(name, origin, 'com.example.app:/cb');
      for (let times = 0; times < 2; times += 1) expect((await desktop.keyfob(['login', name])).code).toBe(0);
    }
    expect(cookies).toEqual(['none', 'here=1', 'none', 'none']);
    // A second start brings the window forward; from there the person forgets.
    const again = startPlainDesktop(session, { home: desktop.home });
    await new Promise((resolve) => again.process.once('exit', resolve));
    const window = await desktop.window(/^keyfob-app:/);
    await window.evaluate(() => {
      // What the preload gives the window.
      const bridge = Reflect.get(globalThis, 'keyfobTransport') as {
        call(name: string, request: unknown): Promise<unknown>;
      };
      return bridge.call('account.stay_signed_in', { name: 'kept', stay: false });
    });
    expect((await desktop.keyfob(['login', 'kept'])).code).toBe(0);
    expect(cookies.at(-1)).toBe('none');
  });
});

describe('a sign-in in the system’s browser', () => {
  const lastOpened = (before: number): Promise<string> =>
    until('an address is opened', () => {
      const lines = existsSync(opened) ? readFileSync(opened, 'utf8').split('\n').filter(Boolean) : [];
      return lines.length > before ? lines.at(-1) : null;
    });
  const vendorAt = async (redirect: (url: URL) => string): Promise<string> =>
    listen(
      http.createServer((request, answer) => {
        const url = new URL(request.url ?? '/', 'http://vendor.invalid');
        if (url.pathname === '/token')
          answer
            .writeHead(200, { 'Content-Type': 'application/json' })
            .end('{"access_token":"t","token_type":"Bearer","expires_in":3600}');
        else answer.writeHead(302, { Location: redirect(url) }).end();
      }),
    );
  const back = (url: URL): string =>
    `${url.searchParams.get('redirect_uri') ?? ''}?code=c&state=${url.searchParams.get('state') ?? ''}`;

  it('takes the redirect in the application’s own scheme from a second start', async () => {
    const name = await addPlain('own-scheme', await vendorAt(back), 'keyfob://callback');
    const command = desktop.startKeyfob(['login', name, '--browser']);
    const address = await lastOpened(0);
    const location = (await ask(address)).headers.location ?? '';
    expect(location).toMatch(/^keyfob:\/\/callback\?code=c/);
    expect(await titles()).toEqual([]);
    const handing = startPlainDesktop(session, { home: desktop.home, args: [location] });
    const handed = new Promise((resolve) => handing.process.once('exit', resolve));
    const { code, stderr } = await command.ended;
    expect(code, stderr).toBe(0);
    expect(await handed).toBe(0);
  });

  it('listens on a loopback redirect URI, and says of others what to do', async () => {
    const origin = await vendorAt(back);
    const port = new URL(await listen(http.createServer())).port;
    servers.pop()?.close();
    const name = await addPlain('loopback', origin, `http://127.0.0.1:${port}/cb`);
    const command = desktop.startKeyfob(['login', name, '--browser']);
    const start = await lastOpened(1);
    const first = await ask(start);
    const cookie = (first.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
    const second = await ask(first.headers.location ?? '');
    await ask(second.headers.location ?? '', { headers: { Cookie: cookie } });
    expect((await command.ended).code).toBe(0);
    const web = await addPlain('web', origin, 'https://app.example.com/cb');
    const refused = await desktop.keyfob(['login', web, '--browser']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--paste');
  });
});
