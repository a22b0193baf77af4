// Another user of the machine who has read an address in the process list, and a peer that cannot be told.
import { execFile, spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import process from 'node:process';

import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';

import { ask, cleanUp, makeFolder, start, startAgent, startPractice, until } from '../testing/program.ts';
import type { Agent, Practice, Running } from '../testing/program.ts';

const NOBODY = 65_534;
const AS_NOBODY = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
const canBeAnother = process.platform === 'linux' && process.getuid?.() === 0;
/** A mount of /proc that has no tables of the network, as `ProcSubset=pid` of systemd makes it. */
const WITHOUT_TABLES = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -t proc -o subset=pid proc /proc && exec "$@"',
  'sh',
] as const;
const canHideTables =
  canBeAnother &&
  spawnSync(WITHOUT_TABLES[0], [...WITHOUT_TABLES.slice(1), 'true'], { stdio: 'ignore' }).status === 0;

/** Runs a program as another user; what it writes. */
function asNobody(...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: home(), LC_ALL: 'C.UTF-8' };
  return new Promise((resolve) => {
    execFile('setpriv', [...AS_NOBODY, ...args], { env, timeout: 50_000 }, (_error, out) => resolve(out));
  });
}

function home(): string {
  const folder = makeFolder();
  chownSync(folder, NOBODY, NOBODY);
  return folder;
}

const curl = (url: string, ...more: string[]): Promise<string> =>
  asNobody('curl', '-s', '-g', '--noproxy', '*', '-w', '\n%{http_code} %{redirect_url}', ...more, url);

/** The page as another user's Chromium shows it. */
const chromium = (url: string): Promise<string> =>
  asNobody(
    process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    ...['--disable-component-update', '--no-first-run', '--virtual-time-budget=3000'],
    ...[`--user-data-dir=${home()}`, '--dump-dom', url],
  );

/** Sends a request as another user and closes the connection at once, without reading. */
const sendAndClose = (port: string, text: string): Promise<string> =>
  asNobody('bash', '-c', 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf %s "$2" >&3', 'bash', port, text);

const secretOf = (link: string): string => JSON.stringify({ secret: link.split('#s=')[1] });

let agent: Agent;
let practice: Practice;

test.beforeAll(async () => {
  [agent, practice] = await Promise.all([startAgent(), startPractice()]);
});
test.afterAll(cleanUp);

async function login(at: Agent, name: string): Promise<{ command: Running; url: string }> {
  const { redirect_uri: _own, ...settings } = practice.account('practice-json').settings;
  await at.add({ ...practice.account('practice-json'), settings }, name);
  const command = at.start(['login', name, '--no-open']);
  return { command, url: await command.firstLine() };
}

/** The digits that are told on standard error, a pipe of its own: what stands on the other may come before. */
const digitsIn = (running: Running, line: RegExp): Promise<string> =>
  until('six digits on standard error', () => line.exec(running.stderr())?.[1]);

async function signIn(page: Page, command: Running): Promise<void> {
  await page.getByLabel('Username').fill(practice.description.person.username);
  await page.getByLabel('Password').fill(practice.description.person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'You are signed in' })).toBeVisible();
  expect((await command.ended).code).toBe(0);
}

test.describe('another user with an address from the process list', () => {
  test.skip(!canBeAnother, 'only root can be another user');

  test('gets nothing of the console, and does not use it up', async ({ page }) => {
    const link = agent.ready.console ?? '';
    const { origin, port } = new URL(link);
    expect(await curl(`${origin}/`)).toMatch(/another user of this machine[\s\S]*\n403 $/);
    const json = ['-H', 'Content-Type: application/json', '-d', secretOf(link)];
    expect(await curl(`${origin}/session`, ...json)).toMatch(/\n403 $/);
    // An IPv4 address by a socket of IPv6 stands in the other table.
    const mapped = `http://[::ffff:127.0.0.1]:${port}`;
    expect(await curl(`${mapped}/session`, '-H', `Host: 127.0.0.1:${port}`, ...json)).toMatch(/\n403 $/);
    expect(await chromium(link)).toContain('another user of this machine');
    const body = secretOf(link);
    const request = `POST /session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
    for (let time = 0; time < 10; time++) await sendAndClose(port, request);

    await page.goto(link);
    await expect.poll(() => page.evaluate(() => sessionStorage.getItem('keyfob.session'))).not.toBeNull();
    await expect(page.getByRole('heading').first()).toBeVisible();
    expect(page.url()).toBe(`${origin}/`);
    // A session that he has heard of is of no use to him either.
    const session = await page.evaluate(() => sessionStorage.getItem('keyfob.session'));
    const call = [
      ...['-H', `X-Keyfob-Session: ${session ?? ''}`],
      ...['-H', 'Content-Type: application/json', '-d', '{}'],
    ];
    expect(await curl(`${origin}/call/overview`, ...call)).toMatch(/\n403 $/);
    // A second opening is nobody's.
    expect((await ask(`${origin}/session`, { method: 'POST', body })).status).toBe(401);
  });

  test('is not sent to the vendor, cannot answer, and the owner still signs in', async ({ page }) => {
    const { command, url } = await login(agent, 'victim');
    const { port } = new URL(url);
    expect(await curl(url)).toMatch(/another user of this machine[\s\S]*\n403 $/);
    expect(await chromium(url)).toContain('another user of this machine');
    for (let time = 0; time < 10; time++)
      await sendAndClose(port, `GET ${new URL(url).pathname} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    expect((await agent.account('victim')).state).toBe('signing_in');

    await page.goto(url);
    const vendor = new URL(page.url());
    const callback = `${vendor.searchParams.get('redirect_uri') ?? ''}?code=his&state=${vendor.searchParams.get('state') ?? ''}`;
    // Even one who knows the state, which stands in the owner's browser alone.
    expect(await curl(callback)).toMatch(/\n403 $/);
    for (let time = 0; time < 10; time++)
      await sendAndClose(
        port,
        `GET ${callback.slice(new URL(callback).origin.length)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
      );
    // The browser that it opened may come again, no other.
    expect((await ask(url)).status).toBe(410);
    await page.goto(url);
    await signIn(page, command);
    expect((await agent.account('victim')).state).toBe('live');
  });
});

test.describe('a peer that cannot be told', () => {
  test.skip(!canHideTables, 'only root can hide the tables of the network');

  test('opens console and sign-in with the six digits', async ({ page, browser }) => {
    const hidden = await startAgent({ by: WITHOUT_TABLES });
    await page.goto(hidden.ready.console ?? '');
    await expect(page.getByRole('heading', { name: 'Enter the six digits' })).toBeVisible();
    await page
      .getByLabel('Six digits')
      .fill(await digitsIn(hidden.process, /The console asks for six digits\. .*: (\d{6})\n/));
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect.poll(() => page.url()).toBe(`${new URL(page.url()).origin}/`);
    await expect(page.getByRole('heading').first()).toBeVisible();

    const { command, url } = await login(hidden, 'hq');
    const digits = await digitsIn(command, /six digits: (\d{6})\n/);
    const other = await (await browser.newContext()).newPage();
    await other.goto(url);
    await other.getByLabel('Six digits').fill(digits);
    await other.getByRole('button', { name: 'Continue' }).click();
    await signIn(other, command);
    await other.context().close();
    expect(hidden.process.stderr()).toContain(digits);
    await hidden.stop();
  });

  test('ends the sign-in with five wrong ones', async ({ page }) => {
    const hidden = await startAgent({ by: WITHOUT_TABLES });
    const { command, url } = await login(hidden, 'hq');
    await page.goto(url);
    for (let time = 0; time < 5; time++) {
      await page.getByLabel('Six digits').fill('none');
      await page.getByRole('button', { name: 'Continue' }).click();
    }
    await expect(page.getByRole('heading', { name: 'This address has expired' })).toBeVisible();
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([4, expect.stringContaining('Wrong digits were entered five times.')]);
    await hidden.stop();
  });
});

test('an address that nobody asked for is not printed', async () => {
  const home = makeFolder();
  const running = await startAgent({ home: `${home}/a` });
  expect(running.ready.console).toMatch(/#s=/);
  await running.stop();
  const quiet = start(['serve', '--port', '0', '--console-port', '0', '--vault', 'memory', '--welcome'], {
    home: `${home}/b`,
  });
  await expect.poll(() => quiet.stdout()).toContain('Console:');
  expect(quiet.stdout() + quiet.stderr()).not.toMatch(/#s=/);
  expect(quiet.stdout()).toContain('open it with `keyfob console`');
  quiet.signal('SIGTERM');
  expect((await quiet.ended).code).toBe(0);
});
