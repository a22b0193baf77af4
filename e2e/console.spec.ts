// The agent's console over HTTP: its link, its session, its news, in a real browser. What a person sees in it
// stands in the specs of the window.
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';

import { ask, cleanUp, startAgent, startPractice } from '../testing/program.ts';

test.afterAll(cleanUp);

/** Asks the console as its page does, with the session that this tab has. */
function call(page: Page, name: string, request: unknown): Promise<{ status: number; text: string }> {
  return page.evaluate(
    async ([path, body]) => {
      const answer = await fetch(`call/${path}`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-Keyfob-Session': sessionStorage.getItem('keyfob.session') ?? '',
        },
        body,
      });
      return { status: answer.status, text: await answer.text() };
    },
    [name, JSON.stringify(request)] as const,
  );
}

test('the console opens by its link once, for one tab, and tells nobody else anything', async ({
  browser,
}) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  const organization = practice.account('practice-organization');
  await agent.add(organization);
  await agent.done(['login', organization.name]);
  const link = agent.ready.console ?? '';
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(link);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await expect.poll(() => page.url()).not.toContain('#s=');
  await expect.poll(() => page.evaluate(() => sessionStorage.getItem('keyfob.session'))).not.toBeNull();
  const overview = await call(page, 'overview', {});
  expect(overview.status).toBe(200);
  expect(overview.text).toContain(organization.name);
  const { access_token: token } = await agent.token(organization.name);
  expect(overview.text + (await page.content())).not.toContain(token);
  expect(problems).toEqual([]);

  // The link opens one browser, once; without it nothing is told.
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(link);
  await expect.poll(() => stranger.url()).not.toContain('#s=');
  expect((await call(stranger, 'overview', {})).status).toBe(401);
  await expect(stranger.getByText(organization.name)).toHaveCount(0);
  const origin = new URL(link).origin;
  expect((await ask(origin)).text).not.toContain(organization.name);
  expect((await ask(origin, { headers: { Host: 'example.com' } })).status).toBe(421);

  // A reload keeps the session; a fresh link opens another tab, also where the old page stands.
  await page.reload();
  expect((await call(page, 'overview', {})).status).toBe(200);
  await stranger.goto((await agent.done(['console', '--no-open'])).trim());
  await expect
    .poll(async () => (await call(stranger, 'overview', {}).catch(() => ({ status: 0 }))).status)
    .toBe(200);
  await stranger.context().close();
  await context.close();
  await agent.stop();
});
