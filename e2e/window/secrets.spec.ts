// The renderer's memory: no token that was not asked for, no secret after its form was sent.
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { cleanUp, startAgent, startPractice } from '../../testing/program.ts';
import { addAccounts, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(180_000);

/** Everything the page's script engine holds, after it has thrown away what it can. */
async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.enable');
  for (let n = 0; n < 3; n += 1) await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return chunks.join('');
}

test('the window holds no token but the one that is shown, and no secret after the form was sent', async ({
  browser,
}) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  await addAccounts(agent, practice);
  const { access_token: token } = await agent.token('hq');
  const { page, close } = await openWindow(browser, agent);
  await expect(page.getByRole('heading', { name: 'hq', level: 1 })).toBeVisible();
  await page.getByRole('button', { name: 'Copy token', exact: true }).click();
  await expect(page.getByText('Copied: token of hq')).toBeVisible();
  await page.getByRole('button', { name: 'Who am I?' }).click();
  await expect(page.getByText('Signed in as “')).toBeVisible();

  expect((await heapOf(page)).includes(token)).toBe(false);

  // Shown only when asked, masked, whole behind the eye: then it is there to be found, and gone with the focus.
  // (The token is never told to the page by this test: its selectors would keep it there.)
  await page.getByRole('button', { name: 'Show token' }).click();
  await expect(page.getByLabel('Token, middle hidden')).toContainText('••••');
  expect((await page.content()).includes(token)).toBe(false);
  await page.getByRole('button', { name: 'Show the whole token' }).click();
  await expect.poll(async () => (await page.content()).includes(token)).toBe(true);
  expect((await heapOf(page)).includes(token)).toBe(true);
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await expect(page.getByRole('button', { name: 'Show token' })).toBeVisible();
  await expect.poll(async () => (await heapOf(page)).includes(token)).toBe(false);

  // A secret that a form sends.
  const account = practice.account('practice-officernd');
  const secret = account.secrets['client_secret'] ?? '';
  await page.getByRole('button', { name: 'Add an account' }).click();
  await page.getByRole('option', { name: /OfficeRnD/ }).click();
  await page.getByRole('textbox', { name: 'Account name' }).fill('typed');
  await page.getByRole('textbox', { name: 'Client ID' }).fill(account.settings['client_id'] ?? '');
  await page.getByLabel('Client secret', { exact: true }).fill(secret);
  await page.getByText('More settings').click();
  await page.getByRole('textbox', { name: /Token URL/ }).fill(account.settings['token_url'] ?? '');
  await page.getByRole('button', { name: 'Add and sign in' }).click();
  await expect(page.getByRole('heading', { name: 'typed is signed in' })).toBeVisible();
  const typed = await agent.token('typed');

  await expect
    .poll(async () => {
      const heap = await heapOf(page);
      return Object.entries({ token, secret, typed: typed.access_token }).flatMap(([what, one]) =>
        heap.includes(one) ? [what] : [],
      );
    })
    .toEqual([]);
  await close();
  await agent.stop();
});
