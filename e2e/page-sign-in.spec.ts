// Sign-ins on a page, as a person does them: the address that the command prints, opened in a real browser.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';

import { ask, callApi, cleanUp, freePort, startAgent, startPractice, until } from '../testing/program.ts';
import type { Agent, Practice, Running } from '../testing/program.ts';

let agent: Agent;
let practice: Practice;

test.beforeAll(async () => {
  [agent, practice] = await Promise.all([startAgent(), startPractice()]);
});
test.afterAll(cleanUp);

/** Adds an account like a practice one, with a redirect URI (none when null), under a name of its own. */
async function add(like: string, name: string, redirectUri?: string | null): Promise<string> {
  const account = practice.account(like);
  const { redirect_uri: own, ...rest } = account.settings;
  const uri =
    redirectUri === undefined ? own && `http://127.0.0.1:${await freePort()}/callback` : redirectUri;
  const settings = uri ? { ...rest, redirect_uri: uri } : rest;
  return agent.add({ ...account, settings }, name);
}

/** Starts `login --no-open` and gives the command and the address, which stands alone on the first line. */
async function login(name: string, ...more: string[]): Promise<{ command: Running; url: string }> {
  const command = agent.start(['login', name, '--no-open', ...more]);
  const url = await command.firstLine();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\S+$/);
  return { command, url };
}

async function fillIn(page: Page, password = practice.description.person.password): Promise<void> {
  await page.getByLabel('Username').fill(practice.description.person.username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Every address in the history of a tab. */
async function history(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send('Page.getNavigationHistory');
  return entries.map(({ url }) => url);
}

const signedIn = (page: Page) => page.getByRole('heading', { name: 'You are signed in' });

for (const like of [
  'practice-eptura-page',
  'practice-ioffice-page',
  'practice-json',
  'practice-json-implicit',
]) {
  test(`${like}: from the printed address to a token`, async ({ page }, info) => {
    const name = await add(like, `whole-${like}`);
    const { command, url } = await login(name);
    await page.goto(url);
    await fillIn(page);
    await expect(signedIn(page)).toBeVisible();
    await page.screenshot({ path: info.outputPath('done.png') });
    const { code, stdout, stderr } = await command.ended;
    expect([code, stdout]).toEqual([0, `${url}\n`]);
    expect(stderr).toContain(`Signed in: ${name}.`);

    // No code and no token is left where somebody could find it.
    const left = [...(await history(page)), page.url(), await page.content()].join('\n');
    expect(left).not.toMatch(/[?#&](code|access_token|appCode)=/);
    expect(await page.evaluate(() => document.referrer)).not.toMatch(/code=/);

    const token = await agent.token(name);
    expect(stderr).not.toContain(token.access_token);
    expect((await callApi(practice.account(like).try, token)).status).toBe(200);
    expect((await agent.account(name)).state).toBe('live');

    if (like === 'practice-json-implicit') {
      expect((await agent.account(name)).next_refresh_at).toBeNull();
      expect((await agent.run(['refresh', name])).code).toBe(4);
    } else {
      await agent.done(['refresh', name]);
      expect((await callApi(practice.account(like).try, await agent.token(name))).status).toBe(200);
    }
  });
}

test('a wrong password on the page can be tried again', async ({ page }) => {
  const name = await add('practice-json', 'wrong-password');
  const { command, url } = await login(name);
  await page.goto(url);
  await fillIn(page, 'not this one');
  await expect(page.getByRole('alert')).toBeVisible();
  await fillIn(page);
  await expect(signedIn(page)).toBeVisible();
  expect((await command.ended).code).toBe(0);
});

for (const like of ['practice-eptura-page', 'practice-json', 'practice-json-implicit']) {
  test(`${like}: a cancel on the page ends with 6 and the vendor's words`, async ({ page }, info) => {
    const name = await add(like, `cancel-${like}`);
    const { command, url } = await login(name);
    await page.goto(url);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByRole('heading', { name: 'The sign-in failed' })).toBeVisible();
    await expect(page.getByText('The person cancelled the sign-in.')).toBeVisible();
    await page.screenshot({ path: info.outputPath('cancelled.png') });
    const { code, stderr } = await command.ended;
    expect(code).toBe(6);
    expect(stderr).toContain('access_denied');
    expect(stderr).toContain('The person cancelled the sign-in.');
    expect((await agent.account(name)).state).toBe('signed_out');
  });
}

test('an answer that comes twice is taken once', async ({ page, browser }) => {
  const name = await add('practice-eptura-page', 'twice');
  const { command, url } = await login(name);
  await page.goto(url);
  const redirect = new URL(page.url()).searchParams.get('redirect_uri') ?? '';
  await fillIn(page);
  await expect(signedIn(page)).toBeVisible();
  const before = (await practice.tokenRequests()).length;
  // Still listening for its last pages, or closed already: never another sign-in.
  const again = await browser.newPage();
  for (const address of [url, `${redirect}#code=another`, `${redirect}?code=another`]) {
    const answer = await again.goto(address).catch(() => null);
    if (answer !== null) expect([200, 410]).toContain(answer.status());
    await expect(signedIn(again)).toHaveCount(0);
  }
  await again.close();
  expect((await command.ended).code).toBe(0);
  expect((await practice.tokenRequests()).length).toBe(before);
  await until('the listener to be closed', () =>
    ask(url).then(
      () => false,
      () => true,
    ),
  );
});

test('an answer of another browser is not taken, and the right one still is', async ({
  page,
  browser,
}, info) => {
  const name = await add('practice-eptura-page', 'other-browser');
  const { command, url } = await login(name);
  await page.goto(url);
  const redirect = new URL(page.url()).searchParams.get('redirect_uri') ?? '';
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(`${redirect}#code=stolen&appCode=x`);
  await expect(stranger.getByRole('heading', { name: 'Enter the six digits' })).toBeVisible();
  expect(stranger.url()).not.toContain('stolen');
  await stranger.screenshot({ path: info.outputPath('six-digits.png') });
  await stranger.context().close();
  // With a wrong state it is not taken in the sign-in's own tab either.
  const vendorPage = page.url();
  await page.goto(`${redirect}?code=stolen&state=wrong`);
  await expect(page.getByRole('heading', { name: 'This answer was not accepted' })).toBeVisible();
  await page.goto(vendorPage);
  // Nor what a page on the web posts or frames.
  const posted = await ask(redirect, {
    method: 'POST',
    headers: { Origin: 'https://example.com', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'code=stolen',
  });
  expect(posted.status).toBe(400);
  const framed = await ask(`${redirect}?code=stolen`, { headers: { 'Sec-Fetch-Dest': 'iframe' } });
  expect(framed.status).toBe(403);
  expect((await ask(redirect, { headers: { Host: 'example.com' } })).status).toBe(421);
  expect((await ask(`${redirect}/more?code=stolen`)).status).toBe(404);
  expect(
    await practice.tokenRequests().then((log) => log.filter(({ outcome }) => outcome === 'refused')),
  ).toEqual([]);

  await fillIn(page);
  await expect(signedIn(page)).toBeVisible();
  expect((await command.ended).code).toBe(0);
});

test('a wrong state is not taken where the vendor echoes it', async ({ page }) => {
  const name = await add('practice-json', 'wrong-state');
  const { command, url } = await login(name);
  await page.goto(url);
  const redirect = new URL(page.url()).searchParams.get('redirect_uri') ?? '';
  expect(redirect).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  const other = await page.context().newPage();
  for (const answer of ['code=stolen', 'code=stolen&state=', 'code=stolen&state=wrong']) {
    await other.goto(`${redirect}?${answer}`);
    await expect(other.getByRole('heading', { name: 'This answer was not accepted' })).toBeVisible();
  }
  await fillIn(page);
  await expect(signedIn(page)).toBeVisible();
  expect((await command.ended).code).toBe(0);
});

test('a sign-in whose time is over ends with 4', async ({ page }) => {
  const name = await add('practice-json', 'time-over');
  const { command, url } = await login(name, '--timeout', '2');
  await page.goto(url);
  const { code, stderr } = await command.ended;
  expect(code).toBe(4);
  expect(stderr).toMatch(/within 2 s\./);
  await fillIn(page).catch(() => undefined);
  await expect(signedIn(page)).toHaveCount(0);
  expect((await agent.account(name)).state).toBe('signed_out');
});

test('Ctrl-C at a sign-in ends with 4 and closes the listener', async () => {
  const name = await add('practice-json', 'interrupted');
  const { command, url } = await login(name);
  expect((await agent.account(name)).state).toBe('signing_in');
  command.signal('SIGINT');
  const { code, stderr } = await command.ended;
  expect(code).toBe(4);
  expect(stderr).toMatch(/cancelled/);
  await until('the listener to be closed', () =>
    ask(url).then(
      () => false,
      () => true,
    ),
  );
  expect((await agent.account(name)).state).toBe('signed_out');
});

test('a second login of an account ends the first', async ({ page }) => {
  const name = await add('practice-eptura-page', 'twice-begun');
  const first = await login(name);
  const second = await login(name);
  expect((await first.command.ended).code).toBe(4);
  await page.goto(second.url);
  await fillIn(page);
  await expect(signedIn(page)).toBeVisible();
  expect((await second.command.ended).code).toBe(0);
});

test.describe('keyfob login --paste', () => {
  const redirect = 'https://app.example.com/cb';

  for (const like of ['practice-eptura-page', 'practice-json', 'practice-json-implicit']) {
    test(`${like}: takes the address from the browser`, async ({ page }) => {
      const name = await add(like, `paste-${like}`, redirect);
      const command = agent.start(['login', name, '--paste'], { open: true });
      const url = await command.firstLine();
      // Nothing leaves: the address of the redirect is answered here.
      await page.route(`${redirect}**`, (route) => route.fulfill({ status: 200, body: 'elsewhere' }));
      await page.goto(url);
      await fillIn(page);
      await page.waitForURL(`${redirect}**`);
      command.write(`${page.url()}\n`);
      const { code, stdout, stderr } = await command.ended;
      expect([code, stdout, stderr.includes('Signed in')]).toEqual([0, `${url}\n`, true]);
      expect((await callApi(practice.account(like).try, await agent.token(name))).status).toBe(200);
    });
  }

  test('refuses what is not this address', async () => {
    const name = await add('practice-json', 'paste-wrong', redirect);
    for (const wrong of [
      'https://app.example.com/other?code=x&state=y',
      'https://app.example.com.evil.example/cb?code=x&state=y',
      `${redirect}?code=secret-canary&state=wrong`,
      `${redirect}?code=secret-canary`,
      redirect,
      'nonsense',
    ]) {
      const { code, stderr } = await agent.run(['login', name, '--paste'], `${wrong}\n`);
      expect([wrong, code]).toEqual([wrong, 2]);
      expect(stderr).not.toContain('secret-canary');
    }
    expect((await agent.run(['login', name, '--paste'], '')).code).toBe(4);
    expect((await agent.account(name)).state).toBe('signed_out');
  });

  test('is what a redirect URI that is not loopback wants', async () => {
    const name = await add('practice-json', 'needs-paste', redirect);
    const { code, stderr } = await agent.run(['login', name, '--no-open']);
    expect(code).toBe(2);
    expect(stderr).toContain('--paste');
  });
});

test('a redirect URI whose port is taken is said', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  // Listening on TCP, so not a pipe's name.
  const { port } = taken.address() as AddressInfo;
  const name = await add('practice-eptura-page', 'port-taken', `http://127.0.0.1:${port}/callback`);
  const { code, stdout, stderr } = await agent.run(['login', name, '--no-open']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(String(port));
  expect(stderr).toMatch(/taken|use/);
  expect((await agent.account(name)).state).toBe('signed_out');
  taken.close();
});

test('a redirect URI at localhost and another path is listened on exactly', async ({ page }) => {
  const port = await freePort();
  const name = await add('practice-ioffice-page', 'localhost', `http://localhost:${port}/some/where`);
  const command = agent.start(['login', name, '--no-open']);
  await page.goto(await command.firstLine());
  await fillIn(page);
  await expect(signedIn(page)).toBeVisible();
  expect((await command.ended).code).toBe(0);
});
