// The quick panel's page in every state: no violation by axe in either theme, and keys. What it does to windows and focus
// is in e2e/desktop/panel.test.ts.
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@playwright/test';
import { cleanUp, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, expectSound, openWindow } from './kit.ts';

test.afterAll(cleanUp);

test('the quick panel is sound in every state', async ({ browser }) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  const { page, problems, close } = await openWindow(browser, agent, {
    viewport: { width: 560, height: 420 },
  });
  // The console serves its own page alone: here the panel's comes in its place, under the same headers.
  const body = readFileSync(path.join(import.meta.dirname, '..', '..', 'dist', 'renderer', 'panel.html'));
  await page.route(
    ({ pathname }) => pathname === '/',
    async (route) => route.fulfill({ response: await route.fetch(), body }),
  );
  await page.reload();
  await expect(page.getByText('No accounts yet')).toBeVisible();
  await expectSound(page, 'no accounts');

  await addAccounts(agent, practice);
  await agent.add(practice.account('practice-json-password'), `a-long-name-${'x'.repeat(48)}`);
  await agent.done(['use', 'desks']);
  await agent.done(['use', 'hq']);
  await page.reload();
  const chosen = page.getByRole('option', { selected: true });
  await expect(chosen).toContainText('desks');
  await expect(page.getByRole('option').first()).toContainText(/hq.*Default/);
  await expectSound(page, 'accounts');

  const field = page.getByRole('combobox', { name: 'Find an account' });
  await expect(field).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(chosen).toContainText('hq');
  await page.keyboard.type('visit');
  await expect(chosen).toContainText('Sign in');
  await expectSound(page, 'an account to sign in to');
  await page.keyboard.type('zurich');
  await expect(page.getByText('No account matches “visitzurich”')).toBeVisible();
  await expectSound(page, 'none matches');
  expect(problems).toEqual([]);
  await close();
});

test('an agent has no panel, and says so', async () => {
  const agent = await startAgent();
  const { code, stdout, stderr } = await agent.run(['panel']);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toContain('The agent has no quick panel');
});
