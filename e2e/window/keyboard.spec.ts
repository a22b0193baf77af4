// Everything a person does often, without a hand off the keyboard.
import { expect, test } from '@playwright/test';
import { cleanUp, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, openWindow } from './kit.ts';

test.afterAll(cleanUp);

test('the window selects, copies, filters, switches and looks into accounts by keys alone', async ({
  browser,
}) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { page, problems, close } = await openWindow(browser, agent);
  const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  const rows = page.getByRole('radiogroup', { name: 'Default account' }).getByRole('radio');
  await expect(rows).toHaveCount(4);

  // Filter, then down into the list: on a mark Space and Enter select, Shift Enter copies.
  await expect(page.getByRole('searchbox', { name: 'Filter accounts' })).toBeFocused();
  await page.keyboard.type('officernd');
  await expect(rows).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await expect(rows.first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await agent.account('rooms')).selected).toBe(true);
  await expect(rows.first()).toBeChecked();
  await page.keyboard.press('Shift+Enter');
  await expect.poll(clipboard).toBe((await agent.token('rooms')).access_token);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Escape');
  await expect(rows).toHaveCount(4);

  // What it changed is said, and taken back.
  await expect(page.getByText('Scripts now get rooms')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).press('Enter');
  await expect.poll(async () => (await agent.account('hq')).selected).toBe(true);

  // On a name Enter opens it, and selects nothing.
  await rows.first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(rows.nth(1)).toBeFocused();
  const second = (await rows.nth(1).getAttribute('aria-label')) ?? '';
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: second, level: 1 })).toBeFocused();
  expect((await agent.account('hq')).selected).toBe(true);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+f');
  await expect(page.getByRole('searchbox', { name: 'Filter accounts' })).toBeFocused();

  // The quick switcher.
  await page.keyboard.press('Control+k');
  const switcher = page.getByRole('dialog', { name: 'Quick switcher' });
  await expect(switcher.getByRole('option')).toHaveCount(4);
  await page.keyboard.type('desk');
  await expect(switcher.getByRole('option', { selected: true })).toContainText('desks');
  await page.keyboard.press('Shift+Enter');
  await expect(switcher).toBeHidden();
  await expect.poll(clipboard).toBe((await agent.token('desks')).access_token);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('rooms');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await agent.account('rooms')).selected).toBe(true);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('hq');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await agent.account('hq')).selected).toBe(true);
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Escape');
  await expect(switcher).toBeHidden();

  // The menu of a row: letters, arrows, Escape gives the focus back.
  const more = page.getByRole('button', { name: 'More about hq' });
  await more.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Copy token' })).toBeFocused();
  await page.keyboard.press('l');
  await expect(page.getByRole('menuitem', { name: 'Labels' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();

  // Settings and back, and a confirmation that Escape refuses.
  await page.keyboard.press('Control+,');
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();
  await page.getByRole('button', { name: 'Remove', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Remove hq?' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect((await agent.accounts()).map((one) => one.name)).toContain('hq');
  expect(problems).toEqual([]);
  await close();
  await agent.stop();
});
