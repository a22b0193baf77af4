// What the window asks for when it starts: everything once, and not again because a setting was looked at.
import { expect, test } from '@playwright/test';
import { cleanUp, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(60_000);

test('the window starts once, and goes back as before when its language has changed', async ({ browser }) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const times = (pathname: string): number => asked.filter((one) => one.endsWith(pathname)).length;
  await page.goto((await agent.done(['console', '--no-open'])).trim());
  await expect(page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();
  expect([times('/news'), times('/call/overview'), times('/call/texts')]).toEqual([1, 1, 1]);

  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('radio', { name: 'Deutsch' }).check({ force: true });
  await expect(page.getByRole('heading', { name: 'Einstellungen', level: 1 })).toBeVisible();
  await expect.poll(() => times('/call/texts')).toBe(2);
  await page.getByRole('button', { name: 'Eigene Anbieter' }).click();
  await expect(page.getByRole('heading', { name: 'Eigene Anbieter', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Einstellungen', level: 1 })).toBeVisible();
  await page.goForward();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Einstellungen', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();
  expect([times('/news'), times('/call/overview')]).toEqual([1, 1]);
  await context.close();
  await agent.stop();
});
