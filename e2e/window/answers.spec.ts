// What waits for a person: a yes that is meant for one question answers that one alone.
import { expect, test } from '@playwright/test';
import type { Browser } from '@playwright/test';
import { ask, cleanUp, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(120_000);

/** A window that asks whether `asker` may use `desks`, and can be answered; the same of `rooms` waits behind it. */
async function startTwoQuestions(browser: Browser) {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { page, close } = await openWindow(browser, agent);
  const key = (await agent.done(['client', 'add', 'asker', '--approve', 'ask'])).trim();
  const fetchToken = (account: string): Promise<Response> =>
    fetch(`${agent.ready.endpoint ?? ''}/v1/token?account=${account}`, {
      headers: { Authorization: `Bearer ${key}` },
    });
  const first = fetchToken('desks');
  await expect(page.getByRole('dialog', { name: 'Allow asker to use desks?' })).toBeFocused();
  const second = fetchToken('rooms');
  await expect(page.getByText(/counts as Deny\. 1 more waiting\.$/)).toBeVisible();
  const allow = page.getByRole('button', { name: 'Allow once' });
  await expect(allow).toBeEnabled();
  return { agent, page, close, first, second, allow };
}

test('the window allows one request by a double click, never the one behind it', async ({ browser }) => {
  const { agent, page, close, first, second, allow } = await startTwoQuestions(browser);
  await allow.dblclick();
  expect((await first).status).toBe(200);
  await expect(page.getByRole('dialog', { name: 'Allow asker to use rooms?' })).toBeFocused();
  await expect(allow).toBeEnabled();
  await page.getByRole('button', { name: 'Deny', exact: true }).click();
  expect((await second).status).toBe(403);

  // A pairing is compared by its digits.
  const url = `${agent.ready.endpoint ?? ''}/v1/pair`;
  const headers = { 'Content-Type': 'application/json' };
  const begun = await ask(url, { method: 'POST', headers, body: '{"name":"reporter","accounts":["hq"]}' });
  const pairing = begun.json<{ id: string; secret: string; code: string }>();
  await expect(page.getByRole('dialog', { name: 'Give reporter a key of its own?' })).toBeVisible();
  await expect(page.locator('.approval .digits')).toHaveText(pairing.code);
  const agree = page.getByRole('button', { name: 'Digits match: allow' });
  await expect(agree).toBeEnabled();
  await agree.click();
  await expect(page.getByText('Allowed: reporter')).toBeVisible();
  const fetched = await ask(`${url}/${pairing.id}`, { headers: { 'Keyfob-Pairing': pairing.secret } });
  expect(fetched.json()).toMatchObject({ state: 'paired', client: { name: 'reporter', accounts: ['hq'] } });

  // Who did what, in words.
  await page.getByRole('button', { name: /^Serving|^Local tools/ }).click();
  await expect(page.getByRole('row', { name: /asker .*Token fetched desks done/ })).toBeVisible();
  await expect(page.getByRole('table')).not.toContainText('/v1/');
  await close();
  await agent.stop();
});

test('a click meant for the question before takes the focus to no answer of the next', async ({
  browser,
}) => {
  const { agent, page, close, first, second, allow } = await startTwoQuestions(browser);
  // The pause before the second question can be answered lasts until the clock goes on.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 10_000);
  await allow.click();
  const dialog = page.getByRole('dialog', { name: 'Allow asker to use rooms?' });
  await expect(dialog).toBeFocused();
  for (const button of await dialog.getByRole('button').all()) {
    await expect(button).toBeDisabled();
    await button.click({ force: true });
    await expect(dialog).toBeFocused();
  }
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(dialog.getByRole('button').first()).toBeFocused();
  await page.clock.resume();
  await expect(allow).toBeEnabled();
  await page.keyboard.press('Escape');
  expect((await first).status).toBe(200);
  expect((await second).status).toBe(403);
  await close();
  await agent.stop();
});
