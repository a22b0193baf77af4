// A person who has never heard of OAuth: from the first start to a token in the clipboard.
import { expect, test } from '@playwright/test';
import { cleanUp, startAgent } from '../../testing/program.ts';
import { expectSound, openWindow, signInAtVendor } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(180_000);

test('the window brings a newcomer to the first token in under ten clicks', async ({ browser }) => {
  const agent = await startAgent();
  const { page, problems, close } = await openWindow(browser, agent);
  let clicks = 0;
  // Counted where they happen, in the window and on the vendor's page alike.
  await page.context().exposeFunction('countClick', () => (clicks += 1));
  const count = (): void => {
    const told: unknown = Reflect.get(window, 'countClick');
    if (typeof told !== 'function') throw new Error('Clicks cannot be counted.');
    addEventListener('click', () => void Reflect.apply(told, undefined, []), { capture: true });
  };
  await page.context().addInitScript(count);
  await page.evaluate(count);

  await expect(page.getByRole('heading', { name: 'Get a first token' })).toBeVisible();
  await expectSound(page, 'first start');
  await page.getByRole('button', { name: /practice vendor/ }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Open the sign-in page' })).toBeVisible();
  await expectSound(page, 'sign-in under way');
  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Open the sign-in page' }).click();
  const vendor = await opened;
  await vendor.getByLabel('Username').click();
  await signInAtVendor(vendor, null);
  await expect(page.getByRole('heading', { name: 'practice is signed in' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Steps' }).getByText(': done')).toHaveCount(4);
  await page.bringToFront();
  await expectSound(page, 'sign-in done');
  await page.getByRole('button', { name: 'Copy token', exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied: token of practice' })).toBeVisible();
  const { access_token: token } = await agent.token('practice');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  expect(clicks).toBeGreaterThan(2);
  expect(clicks).toBeLessThan(10);
  expect(problems).toEqual([]);
  await close();
  await agent.stop();
});

test('the window takes an account whose fields are wrong at first, and says what is missing beside each', async ({
  browser,
}) => {
  const agent = await startAgent();
  const { page, close } = await openWindow(browser, agent);
  await page.getByRole('button', { name: /Add your own account/ }).click();
  await page.getByRole('combobox', { name: 'Search providers' }).fill('eptura');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Add and sign in' }).click();
  const site = page.getByRole('textbox', { name: 'Site' });
  await expect(site).toBeFocused();
  await expect(site).toHaveAccessibleDescription(/Site is required/);
  await expectSound(page, 'a form with errors');
  await page.getByRole('textbox', { name: 'Account name' }).fill('no/such');
  await page.getByRole('button', { name: 'Add and sign in' }).click();
  await expect(page.getByText('Begin with a letter or digit')).toBeVisible();
  await close();
  await agent.stop();
});
