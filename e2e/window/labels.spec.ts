// What a person calls an account and how it looks to them, and the question before a token is copied.
import { expect, test } from '@playwright/test';
import { cleanUp, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, expectSound, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(60_000);

test('the window labels an account, finds it by that, pins it, and asks before its token is copied', async ({
  browser,
}) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { page, problems, close } = await openWindow(browser, agent);
  const marks = page.getByRole('radiogroup', { name: 'Default account' }).getByRole('radio');
  await expect(marks).toHaveCount(4);
  await page.getByRole('button', { name: 'More about desks' }).click();
  await page.getByRole('menuitem', { name: 'Labels' }).click();
  const dialog = page.getByRole('dialog', { name: 'Labels of desks' });
  await expect(dialog.getByRole('textbox', { name: /^Display name/ })).toBeFocused();
  await page.keyboard.type('Büro Berlin');
  await dialog.getByRole('combobox', { name: /^Environment/ }).fill('production');
  await dialog.getByRole('textbox', { name: /^Letters/ }).fill('too many');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('At most 2 characters.')).toBeVisible();
  await dialog.getByRole('textbox', { name: /^Letters/ }).fill('BÜ');
  await dialog.getByRole('radio', { name: 'violet' }).check({ force: true });
  await dialog.getByRole('checkbox', { name: /^Pin/ }).check();
  await dialog.getByRole('checkbox', { name: /^Ask/ }).check();
  await expectSound(page, 'labels');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('radio', { name: 'desks, Büro Berlin' })).toHaveAttribute('aria-posinset', '1');
  await expect(page.getByRole('heading', { name: /^Pinned/ })).toBeVisible();
  await expectSound(page, 'a labelled account');

  await page.evaluate(() => navigator.clipboard.writeText('from before'));
  await page.getByRole('searchbox').fill('büro production');
  await expect(marks).toHaveCount(1);
  await page.keyboard.press('Shift+Enter');
  const question = page.getByRole('dialog', { name: 'Copy the token of desks?' });
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await expectSound(page, 'the question before a copy');
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('from before');
  await page.getByRole('searchbox').press('Shift+Enter');
  await question.getByRole('button', { name: 'Copy token' }).click();
  const { access_token: token } = await agent.token('desks');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  expect((await agent.account('hq')).selected).toBe(true);
  expect(problems).toEqual([]);
  await close();
  await agent.stop();
});
