// The focus is never lost: not by going back, nor by a button that goes away under it; and nothing moves for a
// person who wants no motion.
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { cleanUp, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(180_000);

const running = (page: Page): Promise<number> =>
  page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length);

test('the focus goes back to what opened a screen, and on from what an answer took away', async ({
  browser,
}) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { page, problems, close } = await openWindow(browser, agent, {
    viewport: { width: 380, height: 720 },
  });
  const button = (name: string | RegExp): ReturnType<typeof page.getByRole> =>
    page.getByRole('button', { name, exact: true });
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);

  // Where there is room for one of both, the way back leads to the opener.
  for (const name of ['Settings', 'Local tools', 'Add an account']) {
    await button(name).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Back' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(button(name)).toBeFocused();
  }
  await button('Add an account').press('Enter');
  await page.keyboard.type('ept');
  await expect(page.getByRole('option').first()).toContainText('Eptura Workplace');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Account name' })).toBeFocused();

  // In the details: what was asked for has the focus, and goes with its token.
  await page.setViewportSize({ width: 1200, height: 800 });
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();
  await button('Show token').press('Enter');
  await expect(button('Show the whole token')).toBeFocused();
  await button('Hide').press('Enter');
  await expect(button('Show token')).toBeFocused();
  await button('Show token').press('Enter');
  await button('Show claims').press('Enter');
  await expect(page.getByText('This token is opaque')).toBeFocused();
  await button('Refresh now').press('Enter');
  await expect(page.getByText('Refreshed: hq')).toBeVisible();
  await expect(button('Refresh now')).toBeFocused();
  await expect(button('Show token')).toBeVisible();
  await expect(button('Show claims')).toBeVisible();

  // A dangerous question begins at its harmless answer; afterwards the focus is somewhere.
  await button('Sign out').press('Enter');
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).press('Enter');
  await expect(page.getByText('Signed out: hq')).toBeVisible();
  await expect(page.locator('body')).not.toBeFocused();
  await button('More about desks').press('Enter');
  await page.getByRole('menuitem', { name: 'Remove' }).press('Enter');
  await page
    .getByRole('dialog', { name: 'Remove desks?' })
    .getByRole('button', { name: 'Remove' })
    .press('Enter');
  await expect(page.getByText('Removed: desks')).toBeVisible();
  await expect(page.locator('body')).not.toBeFocused();
  expect(problems).toEqual([]);
  await close();
  await agent.stop();
});

test('the window moves nothing for a person who wants no motion', async ({ browser }) => {
  const agent = await startAgent();
  const { page, close } = await openWindow(browser, agent);
  await page.getByRole('button', { name: /practice vendor/ }).click();
  await expect(page.locator('.running')).toHaveCount(1);
  expect(await running(page)).toBe(0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await expect.poll(() => running(page)).toBeGreaterThan(0);
  await close();
  await agent.stop();
});
