// What goes wrong, told in the window's own language: beside the field, at the line, with what to do.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { cleanUp, freePort, makeFolder, startAgent, startPractice } from '../../testing/program.ts';
import { openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(180_000);

/** English that a German window must not show; `<code>` holds what a vendor or a program wrote itself. */
async function expectNoEnglish(page: Page): Promise<void> {
  const text = await page.evaluate(() =>
    [...document.querySelectorAll('.problem, .notice, .error, .faults li, .toast')]
      .map((one) => {
        const copy = one.cloneNode(true) as HTMLElement;
        for (const code of copy.querySelectorAll('code')) code.remove();
        return copy.textContent;
      })
      .join('\n'),
  );
  expect(text).not.toBe('');
  expect(text).not.toMatch(/\b(the|is|was|not|must|your|from|again)\b/i);
}

test('the window tells in German what a vendor, a field, a profile and a change of address are about', async ({
  browser,
}) => {
  const [agent, practice] = await Promise.all([startAgent(), startPractice()]);
  const personal = practice.account('practice-json-password');
  await agent.add({ ...personal, secrets: { ...personal.secrets, password: 'wrong' } }, 'person');
  const application = practice.account('practice-json-application');
  await agent.add({ ...application, secrets: { ...application.secrets, client_secret: 'wrong' } }, 'client');
  const { token_url: tokenUrl = '' } = application.settings;
  await agent.add(
    {
      ...application,
      settings: { ...application.settings, token_url: `http://127.0.0.1:${await freePort()}/t` },
    },
    'nowhere',
  );
  await agent.add(application, 'moved');
  await agent.done(['login', 'moved']);
  await agent.done(['set', 'moved', '--set', `token_url=${tokenUrl.replace('127.0.0.1', 'localhost')}`]);
  const { page, problems, close } = await openWindow(browser, agent, { locale: 'de-DE' });
  const button = (name: string | RegExp): ReturnType<typeof page.getByRole> =>
    page.getByRole('button', { name }).first();
  const signInTo = async (name: string, sentence: RegExp): Promise<void> => {
    await page.getByRole('searchbox').fill(name);
    await button(new RegExp(`^Anmelden: ${name}`)).click();
    await expect(page.locator('.problem')).toContainText(sentence);
    await expectNoEnglish(page);
    await page.keyboard.press('Escape');
  };
  await signInTo('person', /hat Benutzernamen oder Passwort abgelehnt\./);
  await signInTo('client', /hat Client-ID oder Client-Secret abgelehnt\./);
  await signInTo('nowhere', /Der Server 127\.0\.0\.1\S* hat die Verbindung abgewiesen/);

  await page.getByRole('searchbox').fill('moved');
  await page.locator('.side').getByText('moved', { exact: true }).click();
  await expect(page.locator('.problem')).toContainText('Die Geheimnisse von moved wurden für');
  await expectNoEnglish(page);
  await button('Erlauben').click();
  await expect(page.locator('.problem')).toHaveCount(0);

  await button('Einstellungen').click();
  await button('Eigene Anbieter').click();
  await button('Neues Profil').click();
  const editor = page.getByRole('textbox', { name: 'Profil in JSON' });
  await editor.fill((await editor.inputValue()).replace('"in"', '"headrs": {}, "in"'));
  await expect(page.getByText('token.headrs ist hier nicht bekannt: meinten Sie „headers“?')).toBeVisible();
  await editor.fill('{\n  "id": "x",\n}');
  await expect(page.getByText('Die Datei hat ein Komma vor der }: Entfernen Sie es.')).toBeVisible();
  await expectNoEnglish(page);
  expect(problems).toEqual([]);
  await close();
  await agent.stop();
});

test('the window tells in German what the host noticed when it started', async ({ browser }) => {
  const home = path.join(makeFolder(), 'home');
  mkdirSync(path.join(home, 'profiles'), { recursive: true, mode: 0o700 });
  writeFileSync(path.join(home, 'profiles', 'broken.json'), '{\n  "id": 5,\n}', { mode: 0o600 });
  const agent = await startAgent({ home });
  await agent.add((await startPractice()).account('practice-json-application'), 'hq');
  const { page, close } = await openWindow(browser, agent, { locale: 'de-DE' });
  await page.getByRole('button', { name: /^Lokale Programme/ }).click();
  await expect(page.locator('.notice')).toHaveText(
    'Das Profil broken wird übersprungen: Zeile 2, die Datei hat ein Komma vor der }: Entfernen Sie es.',
  );
  await close();
  await agent.stop();
});

test('the window asks for its sentences again in the language that was chosen', async ({ browser }) => {
  const passphrase = `${makeFolder()}/passphrase`;
  writeFileSync(passphrase, 'a long passphrase\n', { mode: 0o600 });
  const agent = await startAgent({ args: ['--vault', 'file', '--passphrase-file', passphrase] });
  await agent.add((await startPractice()).account('practice-json-application'), 'hq');
  const { page, close } = await openWindow(browser, agent);
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByText('Chosen by --vault.')).toBeVisible();
  await page.getByRole('radio', { name: 'Deutsch' }).check({ force: true });
  await expect(page.getByText('Mit --vault gewählt.')).toBeVisible();
  await agent.done(['lock']);
  await page.getByRole('textbox', { name: 'Passphrase' }).fill('another one');
  await page.getByRole('button', { name: 'Entsperren' }).click();
  await expect(page.locator('.problem')).toContainText('Passphrase');
  await expectNoEnglish(page);
  await close();
  await agent.stop();
});

test('the window shows that its sentences could not be had, and has them at the next try', async ({
  browser,
}) => {
  const agent = await startAgent();
  const context = await browser.newContext({ locale: 'de-DE' });
  const page = await context.newPage();
  await page.route('**/call/texts', (route) => route.abort());
  await page.goto((await agent.done(['console', '--no-open'])).trim());
  await expect(page.getByRole('heading', { name: 'Keyfob antwortet nicht' })).toBeVisible();
  await page.unroute('**/call/texts');
  await page.getByRole('button', { name: 'Erneut versuchen' }).click();
  await expect(page.getByRole('heading', { name: 'Keyfob hält die Tokens' })).toBeVisible();
  await context.close();
  await agent.stop();
});
