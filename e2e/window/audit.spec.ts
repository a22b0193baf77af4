// The audit's filters look through all of it, not through its newest lines alone.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@playwright/test';
import type { AuditLine } from '../../main/api/audit.ts';
import { cleanUp, makeFolder, startAgent } from '../../testing/program.ts';
import { expectSound, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(60_000);

test('the filters of the audit find what is older than its newest five hundred lines', async ({
  browser,
}) => {
  const home = path.join(makeFolder(), 'home');
  mkdirSync(path.join(home, 'audit'), { recursive: true, mode: 0o700 });
  const line: AuditLine = {
    at: Math.floor(Date.now() / 1000) - 3600,
    client: 'frequent',
    via: 'tcp',
    account: 'hq',
    provider: 'oauth2',
    route: 'GET /v1/token',
    outcome: 'ok',
  };
  const longAgo = new Date();
  longAgo.setDate(1);
  longAgo.setMonth(longAgo.getMonth() - 4);
  const monthOf = (date: Date): string =>
    date.toLocaleDateString('en-GB', { month: 'long', year: 'numeric' });
  const old: AuditLine = {
    ...line,
    at: Math.floor(longAgo.getTime() / 1000),
    client: 'nightly',
    account: 'desks',
    outcome: 'not_permitted',
  };
  const lines = [old, ...Array.from({ length: 600 }, () => line)];
  writeFileSync(
    path.join(home, 'audit', 'audit.jsonl'),
    lines.map((one) => `${JSON.stringify(one)}\n`).join(''),
    { mode: 0o600 },
  );
  const agent = await startAgent({ home });
  const { page, problems, close } = await openWindow(browser, agent);
  await page.getByRole('button', { name: 'Local tools' }).click();
  await expect(page.getByText(/Requests of the last 24 hours: 60\d answered, 0 refused/)).toBeVisible();
  const rows = page.getByRole('table').getByRole('row');
  await expect(rows).toHaveCount(31);
  await expect(page.getByRole('table')).not.toContainText('nightly');

  await page.getByRole('checkbox', { name: 'Refused only' }).check();
  await expect(rows).toHaveCount(2);
  await expect(rows.last()).toContainText('nightly');
  await page.getByRole('checkbox', { name: 'Refused only' }).uncheck();
  await expect(rows).toHaveCount(31);
  const when = page.getByRole('combobox', { name: 'When' });
  await when.selectOption(monthOf(longAgo));
  await expect(rows).toHaveCount(2);
  await when.selectOption(monthOf(new Date(longAgo.getFullYear(), longAgo.getMonth() - 1)));
  await expect(page.getByText('Nothing matches these filters.')).toBeVisible();
  await when.selectOption('Any time');
  await page.getByLabel('Who').selectOption('You, in the window');
  await expect(page.getByText('Nothing matches these filters.')).toBeVisible();
  await page.getByLabel('Who').selectOption('frequent');
  await expect(rows).toHaveCount(31);
  await expectSound(page, 'the audit');
  expect(problems).toEqual([]);
  await close();
  await agent.stop();
});
