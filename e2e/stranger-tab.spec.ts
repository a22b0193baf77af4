// A page of somebody else's that opens or frames Keyfob's own pages (console, start page, callback): it has no handle
// on them, hears nothing from them, and what it posts to them does nothing.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test, type Page } from '@playwright/test';

import {
  cleanUp,
  freePort,
  startAgent,
  startPractice,
  type Agent,
  type Practice,
} from '../testing/program.ts';

let agent: Agent;
let practice: Practice;
let evil: Server;
let evilOrigin: string;

test.beforeAll(async () => {
  [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  evil = createServer(({ url }, outgoing) => {
    outgoing.writeHead(200, { 'Content-Type': 'text/html' });
    // What a page of ours would have to do to be heard.
    const tell = url === '/other' ? '<script>(opener ?? parent).postMessage("hello", "*")</script>' : '';
    outgoing.end(`<!doctype html><title>evil</title>${tell}<body>evil</body>`);
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  evilOrigin = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
});
test.afterAll(async () => {
  evil.close();
  await cleanUp();
});

const posted = { code: 'his', access_token: 'his', secret: 'his', type: 'keyfob:call', name: 'overview' };

interface Tried {
  /** What the opener can still say of the tab. */
  readonly handle: string;
  /** What a frame with the page holds. */
  readonly framed: string;
  readonly heard: readonly string[];
}

/** Opens and frames an address, posts to both, listens, and says what came of it. */
async function attack(page: Page, target: string): Promise<{ tried: Tried; opened: Page }> {
  await page.goto(evilOrigin);
  const [opened, tried] = await Promise.all([
    page.context().waitForEvent('page'),
    page.evaluate(
      async ([address, message]) => {
        const heard: string[] = [];
        addEventListener('message', ({ data }) => heard.push(JSON.stringify(data)));
        const tab = open(address, 'victim');
        const frame = document.createElement('iframe');
        frame.src = address;
        document.body.append(frame);
        for (let n = 0; n < 10; n += 1) {
          await new Promise((resolve) => setTimeout(resolve, 150));
          tab?.postMessage(message, '*');
          frame.contentWindow?.postMessage(message, '*');
        }
        const reach = (run: () => unknown): string => {
          try {
            return String(run());
          } catch {
            return 'closed';
          }
        };
        const handle = tab === null || tab.closed ? 'none' : reach(() => tab.location.href);
        return { handle, framed: reach(() => frame.contentDocument?.body.textContent ?? 'closed'), heard };
      },
      [target, posted] as const,
    ),
  ]);
  return { tried, opened };
}

/** That the opener was told nothing and holds nothing, and that the page does not know it. */
async function expectNothing({ tried, opened }: { tried: Tried; opened: Page }): Promise<void> {
  expect(tried).toEqual({ handle: 'none', framed: 'closed', heard: [] });
  expect(await opened.evaluate(() => ({ opener: window.opener !== null, name: window.name }))).toEqual({
    opener: false,
    name: '',
  });
}

test('the attack reaches a page that lets it', async ({ page }) => {
  const { tried } = await attack(page, `${evilOrigin}/other`);
  expect(tried).toMatchObject({ handle: `${evilOrigin}/other`, framed: 'evil' });
  // The tab and the frame.
  expect(tried.heard).toEqual(['"hello"', '"hello"']);
});

test('a stranger’s page that opens the console has no handle on it, and gets no data by messages', async ({
  page,
}) => {
  const { origin } = new URL(agent.ready.console ?? '');
  const result = await attack(page, `${origin}/#s=guess`);
  await expectNothing(result);
  expect(await result.opened.evaluate(() => sessionStorage.getItem('keyfob.session'))).toBeNull();
});

for (const like of ['practice-eptura-page', 'practice-json'])
  test(`${like}: a stranger’s page that opens start page and callback ends no sign-in and completes none`, async ({
    page,
  }) => {
    const { redirect_uri: _own, ...settings } = practice.account(like).settings;
    const name = `stranger-${like}`;
    await agent.add(
      {
        ...practice.account(like),
        settings: { ...settings, redirect_uri: `http://127.0.0.1:${String(await freePort())}/callback` },
      },
      name,
    );
    const command = agent.start(['login', name, '--no-open']);
    const start = await command.firstLine();
    const callback = `${new URL(start).origin}/callback`;
    for (const address of [
      `${callback}?code=his`,
      `${callback}#access_token=his&token_type=bearer`,
      `${callback}?error=access_denied`,
      callback,
    ]) {
      const result = await attack(page, address);
      await expectNothing(result);
      await result.opened.close();
    }
    expect((await agent.account(name)).state).toBe('signing_in');

    // The start page itself, in the person's own browser: it leads on to the vendor's page, out of the opener's sight.
    const { tried, opened } = await attack(page, start);
    expect(tried).toMatchObject({ framed: 'closed', heard: [] });
    await opened.goto(start);
    await opened.getByLabel('Username').fill(practice.description.person.username);
    await opened.getByLabel('Password').fill(practice.description.person.password);
    await opened.getByRole('button', { name: 'Sign in' }).click();
    await expect(opened.getByRole('heading', { name: 'You are signed in' })).toBeVisible();
    expect((await command.ended).code).toBe(0);
    expect(await opened.evaluate(() => window.opener as unknown)).toBeNull();
  });
