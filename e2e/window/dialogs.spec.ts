// Dialogs: Escape closes none that wants an answer, another question takes nothing from the first, what goes wrong is told
// in them, and none outlives a lock.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@playwright/test';
import { cleanUp, makeFolder, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(60_000);

test('Escape, pressed again and again, closes neither a question nor a key without an answer', async ({
  browser,
}) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { page, problems, close } = await openWindow(browser, agent);
  const pressEscape = async (): Promise<void> => {
    for (let n = 0; n < 5; n += 1) await page.keyboard.press('Escape');
  };
  await page.getByRole('button', { name: 'Local tools' }).click();
  await page.getByRole('button', { name: 'Add a client' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('reporter');
  await page.getByRole('dialog').getByRole('button', { name: 'Add a client' }).click();
  const shown = page.getByRole('dialog', { name: 'Key of reporter' });
  await expect(shown).toBeVisible();
  await pressEscape();
  await expect(shown).toBeVisible();
  await shown.getByRole('button', { name: 'I have it' }).click();
  await expect(shown).toBeHidden();

  const key = (await agent.done(['client', 'add', 'asker', '--approve', 'ask'])).trim();
  const fetchToken = (account: string): Promise<Response> =>
    fetch(`${agent.ready.endpoint ?? ''}/v1/token?account=${account}`, {
      headers: { Authorization: `Bearer ${key}` },
    });
  const first = fetchToken('desks');
  const question = page.getByRole('dialog', { name: 'Allow asker to use desks?' });
  await expect(question).toBeFocused();
  await pressEscape();
  await expect(question).toBeVisible();

  // Another question: what has the focus keeps it.
  const allow = question.getByRole('button', { name: 'Allow once' });
  await allow.focus();
  const second = fetchToken('rooms');
  await expect(question.getByText('1 more waiting.')).toBeVisible();
  await expect(allow).toBeFocused();
  await expect(allow).toBeEnabled();
  await allow.press('Enter');
  expect((await first).status).toBe(200);

  // Once it can be answered, Escape is the answer.
  const next = page.getByRole('dialog', { name: 'Allow asker to use rooms?' });
  await expect(next.getByRole('button', { name: 'Deny', exact: true })).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(next).toBeHidden();
  expect((await second).status).toBe(403);
  expect(problems).toEqual([]);
  await close();
  await agent.stop();
});

test('what goes wrong in a dialog is told in it, not behind it', async ({ browser }) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { page, close } = await openWindow(browser, agent);
  await page.getByRole('button', { name: 'More about desks' }).click();
  await page.getByRole('menuitem', { name: 'Labels' }).click();
  const labels = page.getByRole('dialog', { name: 'Labels of desks' });
  await page.route('**/call/account.set_labels', (route) => route.abort());
  await labels.getByRole('button', { name: 'Save' }).click();
  await expect(labels.getByRole('alert')).toContainText('Keyfob does not answer.');
  await expect(page.locator('.toast')).toHaveCount(0);
  await page.unroute('**/call/account.set_labels');
  await labels.getByRole('button', { name: 'Save' }).click();
  await expect(labels).toBeHidden();

  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
  });
  await page.getByRole('button', { name: /local tool/i }).click();
  await page.getByRole('button', { name: 'Add a client' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('reporter');
  await page.getByRole('dialog').getByRole('button', { name: 'Add a client' }).click();
  const shown = page.getByRole('dialog', { name: 'Key of reporter' });
  await shown.getByRole('button', { name: 'Copy key' }).click();
  await expect(shown.getByText('The browser blocked copying.')).toBeVisible();
  await expect(page.locator('.toast')).toHaveCount(0);
  await close();
  await agent.stop();
});

test('a question that was open when Keyfob was locked is not there when it is unlocked', async ({
  browser,
}) => {
  const passphrase = path.join(makeFolder(), 'passphrase');
  writeFileSync(passphrase, 'a long passphrase\n', { mode: 0o600 });
  const agent = await startAgent({ args: ['--vault', 'file', '--passphrase-file', passphrase] });
  await agent.add((await startPractice()).account('practice-json-application'), 'hq');
  const { page, close } = await openWindow(browser, agent);
  const lockAndUnlock = async (): Promise<void> => {
    await agent.done(['lock']);
    await page.getByRole('textbox', { name: 'Passphrase' }).fill('a long passphrase');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await expect(page.getByRole('radio', { name: 'hq' })).toBeVisible();
  };
  for (const entry of ['Remove', 'Labels']) {
    await page.getByRole('button', { name: 'More about hq' }).click();
    await page.getByRole('menuitem', { name: entry }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await lockAndUnlock();
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Quick switcher' })).toBeVisible();
  await lockAndUnlock();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await close();
  await agent.stop();
});
