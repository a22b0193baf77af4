// Every screen and state: no violation by axe in either theme, and no scroll bar sideways.
import { writeFileSync } from 'node:fs';

import { expect, test } from '@playwright/test';
import { cleanUp, makeFolder, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, expectSound, openWindow, signInAtVendor } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(180_000);

test('the window is sound on every screen', async ({ browser }) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  await agent.add(practice.account('practice-json-password'), `a-long-name-${'x'.repeat(48)}`);
  await agent.done(['client', 'add', 'nightly', '--accounts', 'hq', '--approve', 'ask']);
  await agent.token('hq');
  const { page, problems, close } = await openWindow(browser, agent);
  const button = (name: string): ReturnType<typeof page.getByRole> =>
    page.getByRole('button', { name, exact: true });

  await expect(page.getByRole('img', { name: /last 24 hours/i })).toBeVisible();
  await expectSound(page, 'accounts and details');
  await button('Who am I?').click();
  await expect(page.getByText('Signed in as “')).toBeVisible();
  await button('Show token').click();
  await button('Show claims').click();
  await expectSound(page, 'details, opened');
  await button('Copy as …').click();
  await expectSound(page, 'a menu');
  await page.keyboard.press('Escape');
  await button('Revoke').click();
  await expectSound(page, 'a confirmation');
  await page.keyboard.press('Escape');
  await button('Change').click();
  await expect(page.getByRole('heading', { name: 'Change hq' })).toBeVisible();
  await expectSound(page, 'an account’s settings');

  await page.keyboard.press('Control+k');
  await expectSound(page, 'quick switcher');
  await page.keyboard.press('Escape');
  await page.getByRole('searchbox').fill('nothing like this');
  await expectSound(page, 'nothing found');
  await page.keyboard.press('Escape');
  await button('Add an account').click();
  await expectSound(page, 'choice of a provider');

  await page.getByRole('button', { name: /^Serving|^Local tools/ }).click();
  await expect(page.getByRole('table')).toBeVisible();
  await expectSound(page, 'local tools');
  const line = page.getByRole('table').getByRole('button', { expanded: false }).first();
  await line.click();
  await expect(page.getByRole('table').getByText('Request', { exact: true })).toBeVisible();
  await page.getByRole('combobox', { name: 'Who' }).selectOption({ index: 1 });
  await expectSound(page, 'an opened line of the audit');
  await button('Add a client').click();
  await expectSound(page, 'a new client');
  await page.getByRole('textbox', { name: 'Name' }).fill('report');
  await page.getByRole('dialog').getByRole('button', { name: 'Add a client' }).click();
  await expect(page.getByText(/^kf_/)).toBeVisible();
  await expectSound(page, 'a client’s key');
  await button('I have it').click();
  await expect(page.getByText(/^kf_/)).toHaveCount(0);

  await button('Settings').click();
  await expectSound(page, 'settings');
  await button('Export').click();
  await expectSound(page, 'export');
  await page.keyboard.press('Escape');
  await button('Import').click();
  await expectSound(page, 'import');
  await page.keyboard.press('Escape');
  await button('Own providers').click();
  await expectSound(page, 'own providers');
  await button('New profile').click();
  await expect(page.getByText('Profile is valid')).toBeVisible();
  await button('Show the requests').click();
  await expect(page.locator('pre.request').first()).toContainText('POST https://vendor.example.com');
  await expectSound(page, 'profile and dry run');
  const editor = page.getByRole('textbox', { name: 'Profile in JSON' });
  await editor.fill('{\n  "id": "x",\n  "do');
  await page.keyboard.press('Control+Space');
  await expect(page.getByRole('option', { name: /docs/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(editor).toHaveValue(/"docs": ""/);
  await expect(page.getByText(/problems?$/)).toBeVisible();
  await expectSound(page, 'a profile with faults');
  expect(problems).toEqual([]);
  await close();
  await agent.stop();
});

test('the window is sound in every state', async ({ browser }) => {
  const practice = await startPractice();
  const passphrase = `${makeFolder()}/passphrase`;
  writeFileSync(passphrase, 'a long passphrase\n', { mode: 0o600 });
  const agent = await startAgent({ args: ['--vault', 'file', '--passphrase-file', passphrase] });
  await addAccounts(agent, practice);
  const { page, close } = await openWindow(browser, agent);
  await expect(page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();

  // A page sign-in that the vendor ends: what is shown tells to sign in, and has the button for it.
  await page.getByRole('button', { name: /^Sign in: visitors/ }).click();
  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Open the sign-in page' }).click();
  const vendor = await opened;
  await vendor.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('You cancelled on the sign-in page')).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Not signed in: failed' })).toBeVisible();
  await expect(page.getByText('Exchanging the code for a token: not yet')).toBeAttached();
  await page.bringToFront();
  await expectSound(page, 'a cancelled sign-in');
  await practice.control({ lifetime: 3 });
  const again = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await expect(page.getByText('This is the practice vendor.')).toBeVisible();
  await page.getByRole('link', { name: 'Open the sign-in page' }).click();
  await signInAtVendor(await again, practice);
  await expect(page.getByRole('heading', { name: 'visitors is signed in' })).toBeVisible();
  await practice.control({ endTokens: true, lifetime: 3600 });
  await page.bringToFront();
  await page.getByRole('button', { name: 'To the account' }).click();
  const needed = page.locator('.details-head').getByRole('button', { name: 'Sign in again' });
  await expect(needed).toBeVisible({ timeout: 30_000 });
  await expect
    .poll(async () => (await agent.account('visitors')).state, { timeout: 30_000 })
    .toBe('sign_in_needed');
  await expectSound(page, 'sign-in needed');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();

  // Vendor down: the state says when it is tried again.
  await practice.control({ failNext: { count: 50, status: 503 } });
  await agent.run(['refresh', 'hq']);
  await expect(page.getByText(/^Trying again/).first()).toBeVisible();
  await expectSound(page, 'vendor down');

  // A program waits for a yes.
  const key = (await agent.done(['client', 'add', 'asker', '--approve', 'ask'])).trim();
  const answer = fetch(`${agent.ready.endpoint ?? ''}/v1/token?account=desks`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  await expect(page.getByRole('dialog', { name: 'Allow asker to use desks?' })).toBeVisible();
  await expectSound(page, 'an approval');
  await page.getByRole('button', { name: 'Deny', exact: true }).click();
  expect((await answer).status).toBe(403);
  await expect(page.getByRole('dialog', { name: 'Allow asker to use desks?' })).toHaveCount(0);

  // Locked, a wrong passphrase, unlocked.
  await agent.done(['lock']);
  await expect(page.getByRole('heading', { name: 'Keyfob is locked' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Passphrase' })).toBeFocused();
  await expect(page).toHaveTitle('Keyfob is locked');
  await expectSound(page, 'locked');
  await page.getByRole('textbox', { name: 'Passphrase' }).fill('wrong');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /\w/ })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Passphrase' })).toBeFocused();
  await expectSound(page, 'a wrong passphrase');
  await page.getByRole('textbox', { name: 'Passphrase' }).fill('a long passphrase');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();
  await expect(page).not.toHaveTitle(/locked/);

  // A link that was used already.
  const other = await openWindow(browser, agent);
  await expect(other.page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();
  await other.page.evaluate(() => sessionStorage.clear());
  await other.page.reload();
  await expect(other.page.getByRole('heading', { name: 'This page has ended' })).toBeVisible();
  await expectSound(other.page, 'page ended');
  await other.close();

  // The agent goes; the window says so, over what it last knew.
  await agent.stop('SIGKILL');
  await expect(page.getByText('Keyfob does not answer.')).toBeVisible();
  await expectSound(page, 'agent gone');
  await close();
});

test('the window is sound without a network', async ({ browser }) => {
  // The agent sees a machine that has no address but its own.
  const none = 'import os from "node:os"; os.networkInterfaces = () => ({});';
  const agent = await startAgent({
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(none)}` },
  });
  const { page, close } = await openWindow(browser, agent);
  await expect(page.getByText('No network.')).toBeVisible();
  await expectSound(page, 'no network');
  await close();
  await agent.stop();
});

test('the window speaks German, all of it', async ({ browser }) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { page, close } = await openWindow(browser, agent, { locale: 'de-DE' });
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.getByRole('button', { name: 'Token kopieren', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Konto hinzufügen' }).click();
  await expect(page.getByRole('option', { name: /Jeder Anbieter nach RFC 6749/ })).toBeVisible();
  await page.getByRole('option', { name: /^Eptura Workplace/ }).click();
  await expect(page.getByText('Die Adresse Ihrer Site, etwa https://hq.example.com.')).toBeVisible();
  await expect(page.getByText(/^Erbitten Sie bei Eptura Zugangsdaten/)).toBeAttached();
  await page.getByRole('button', { name: 'Anlegen und anmelden' }).click();
  await expect(page.getByText('Client-ID fehlt.')).toBeVisible();
  await expectSound(page, 'German form');
  await page.getByRole('textbox', { name: 'Site' }).fill('hq example');
  await page.getByRole('textbox', { name: 'Redirect-URI' }).fill('ftp://x');
  await page.getByRole('textbox', { name: 'Client-ID' }).fill('some');
  await page.getByRole('button', { name: 'Anlegen und anmelden' }).click();
  await expect(page.getByText('Site darf keine Leerzeichen enthalten.')).toBeVisible();
  await expect(
    page.getByText(/^Redirect-URI hat ein Schema, das eine Anwendung nicht benutzen kann/),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Einstellungen' }).click();
  await expect(page.getByText('Mit --vault gewählt.')).toBeVisible();
  await page.getByRole('radio', { name: 'English' }).check({ force: true });
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await close();
  await agent.stop();
});
