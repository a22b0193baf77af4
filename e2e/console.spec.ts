// The agent's console as a person sees it: its link, its states, light, dark and on a small screen.
import { expect, test } from '@playwright/test';

import { ask, cleanUp, startAgent, startPractice } from '../testing/program.ts';

test.afterAll(cleanUp);

test('shows accounts and their states, and follows them', async ({ browser }, info) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
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
  expect(page.url()).not.toContain('#s=');
  const shoot = async (what: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: info.outputPath(`${what}-${colorScheme}.png`) });
    }
    await page.setViewportSize({ width: 380, height: 720 });
    await page.screenshot({ path: info.outputPath(`${what}-small.png`), fullPage: true });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 720 });
  };
  await shoot('empty');

  const organization = practice.account('practice-organization');
  await agent.add(organization);
  await agent.add(practice.account('practice-eptura'));
  await agent.add(practice.account('practice-json-password'), `a-long-name-${'x'.repeat(40)}`);
  await agent.done(['login', organization.name]);
  await expect(page.getByText(organization.name).first()).toBeVisible();
  await expect(page.getByText('Signed in', { exact: true })).toBeVisible();
  await shoot('accounts');
  const { access_token: token } = await agent.token(organization.name);
  expect(await page.content()).not.toContain(token);
  expect(problems).toEqual([]);

  // The link opens one browser, once; without it nothing is told.
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(link);
  await expect(stranger.getByText(organization.name)).toHaveCount(0);
  await stranger.screenshot({ path: info.outputPath('link-used.png') });
  const origin = new URL(link).origin;
  const bare = await ask(origin);
  expect(bare.text).not.toContain(organization.name);
  expect((await ask(origin, { headers: { Host: 'example.com' } })).status).toBe(421);
  // A reload keeps the session; another link opens another browser.
  await page.reload();
  await expect(page.getByText(organization.name).first()).toBeVisible();
  await stranger.goto((await agent.done(['console', '--no-open'])).trim());
  await expect(stranger.getByText(organization.name).first()).toBeVisible();
  await stranger.context().close();
  await context.close();
  await agent.stop();
});
