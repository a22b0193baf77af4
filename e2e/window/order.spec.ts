// The list of accounts takes its order while nobody is at it: no row moves under a pointer.
import { expect, test } from '@playwright/test';
import { cleanUp, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(60_000);

test('the list keeps its order when the window is come back to, and takes it when it is left', async ({
  browser,
}) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { page, close } = await openWindow(browser, agent);
  const marks = page.getByRole('radiogroup', { name: 'Default account' }).getByRole('radio');
  await expect(marks).toHaveCount(4);
  const order = (): Promise<string[]> =>
    marks.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
  const tell = (type: string): Promise<boolean> =>
    page.evaluate((name) => window.dispatchEvent(new Event(name)), type);
  const before = await order();
  const last = before.filter((name) => name !== 'visitors').at(-1) ?? '';
  await page.getByRole('radio', { name: last }).click();
  await expect(page.getByText(`Scripts now get ${last}`)).toBeVisible();
  await tell('focus');
  expect(await order()).toEqual(before);
  await tell('blur');
  await expect.poll(async () => (await order())[0]).toBe(last);
  await close();
  await agent.stop();
});
