// What is carried from one place to another: accounts from home to home, secrets from vault to vault.
import { writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { cleanUp, makeFolder, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(120_000);

const sealing = 'a long enough passphrase';

test('the window exports accounts with their secrets, and imports them elsewhere', async ({ browser }) => {
  const [from, to, practice] = await Promise.all([startAgent(), startAgent(), startPractice()]);
  await addAccounts(from, practice);
  const file = `${makeFolder()}/keyfob-export.json`;

  const one = await openWindow(browser, from);
  await one.page.getByRole('button', { name: 'Settings' }).click();
  await one.page.getByRole('button', { name: 'Export', exact: true }).click();
  await one.page.getByRole('checkbox', { name: /With secrets/ }).check();
  await one.page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(sealing);
  await one.page.getByRole('textbox', { name: 'Passphrase again' }).fill(sealing);
  const saving = one.page.waitForEvent('download');
  await one.page.getByRole('button', { name: 'Save the file' }).click();
  await (await saving).saveAs(file);
  await one.close();

  const other = await openWindow(browser, to);
  await other.page.getByRole('button', { name: 'Settings' }).click();
  await other.page.getByRole('button', { name: 'Import', exact: true }).click();
  await other.page.getByLabel('Export file').setInputFiles(file);
  await other.page.getByRole('textbox', { name: /^Passphrase, when/ }).fill(sealing);
  await other.page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
  await expect(other.page.getByRole('dialog').getByText('added')).toHaveCount(4);
  await to.done(['login', 'desks']);
  expect((await to.token('desks')).access_token).not.toBe('');
  await other.close();
  await Promise.all([from.stop(), to.stop()]);
});

test('the window moves the secrets into an encrypted file, which locks and opens', async ({ browser }) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const before = await agent.token('hq');
  const { page, close } = await openWindow(browser, agent);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Move to: Encrypted file' }).click();
  await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(sealing);
  await page.getByRole('textbox', { name: 'Passphrase again' }).fill(sealing);
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  await expect(page.getByText('Secrets moved to: Encrypted file')).toBeVisible();
  await expect(page.getByText('The secrets were moved there.')).toBeVisible();
  expect((await agent.token('hq')).access_token).toBe(before.access_token);
  await page.getByRole('button', { name: 'Lock now' }).click();
  await page.getByRole('textbox', { name: 'Passphrase' }).fill(sealing);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  await expect(page.locator('body')).not.toBeFocused();
  await close();
  await agent.stop();

  // A new start reads the same secrets out of that file.
  const passphrase = `${makeFolder()}/passphrase`;
  writeFileSync(passphrase, `${sealing}\n`, { mode: 0o600 });
  const again = await startAgent({ home: agent.home, args: ['--passphrase-file', passphrase] });
  expect((await again.token('hq')).access_token).toBe(before.access_token);
  await again.stop();
});
