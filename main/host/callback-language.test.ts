// The pages around a sign-in in the language of the settings, else of the browser, in a real one.
import { chromium } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../../testing/system.ts';

import { createCallbackSignIn } from './callback.ts';
import type { CallbackOptions } from './callback-flow.ts';
import type { SignInFlow } from '../accounts/ports.ts';
import { KeyfobError } from '../api/errors.ts';
import { message } from '../api/problems/index.ts';
import { answerNames } from '../oauth/dialect/redirect.ts';

describe.runIf(hasChromium)('the language of the pages around a sign-in', { timeout: 30_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  }, 30_000);
  afterAll(() => browser.close());

  async function begin(options: CallbackOptions & { paste?: boolean }, locale: string) {
    const signIn = createCallbackSignIn({ peerUser: async () => 'own', tell: () => undefined, ...options });
    const context = await browser.newContext({ locale });
    const flow = await signIn.begin(
      {
        id: 'sign-in',
        account: 'hq',
        providerName: 'Example',
        redirectUri: null,
        paste: options.paste ?? false,
        browser: false,
        stateless: false,
        answerNames: answerNames(),
      },
      ({ fragment }) =>
        fragment.includes('right')
          ? { taken: true }
          : { taken: false, reason: message('redirect_of_another_sign_in', {}) },
      () => undefined,
    );
    return {
      flow,
      page: await context.newPage(),
      [Symbol.asyncDispose]: async () => {
        await context.close();
        await signIn.close();
      },
    };
  }
  const heading = (page: Page, name: string): Promise<void> => page.getByRole('heading', { name }).waitFor();
  const languageOf = (page: Page): Promise<string | null> => page.locator('html').getAttribute('lang');
  const startOf = async (flow: SignInFlow): Promise<string> =>
    (await flow.show('http://vendor.invalid/authorize')).url ?? '';

  it('is the browser’s from the answer to the end', async () => {
    await using begun = await begin({}, 'de-AT');
    const { flow, page } = begun;
    await page.goto(flow.redirectUri);
    await heading(page, 'Diese Adresse enthält keine Antwort');
    expect(await languageOf(page)).toBe('de');
    await page.goto(`${flow.redirectUri}#code=wrong`);
    await heading(page, 'Diese Antwort wurde nicht angenommen');
    await page.getByText('Keyfob wartet weiter auf die richtige.').waitFor();
    await page.goto(`${flow.redirectUri}#code=right`);
    await heading(page, 'Fast fertig');
    await flow.end({ account: 'hq', problem: null });
    await heading(page, 'Sie sind angemeldet');
    expect(await page.textContent('#text')).toBe('Angemeldet bei hq. Sie können diesen Tab schließen.');
  });

  it('of a failed sign-in is the browser’s, in title and reason', async () => {
    await using begun = await begin({}, 'de');
    const { flow, page } = begun;
    await page.goto(`${flow.redirectUri}#code=right`);
    await heading(page, 'Fast fertig');
    await flow.end({ account: 'hq', problem: new KeyfobError('window_closed', {}).problem });
    await heading(page, 'Die Anmeldung ist fehlgeschlagen');
    expect(await page.title()).toBe('Die Anmeldung ist fehlgeschlagen – Keyfob');
  });

  it.each([
    ['de', 'en-US', 'Seite nicht gefunden'],
    ['en', 'de-DE', 'Page not found'],
    ['system', 'fr-FR', 'Page not found'],
  ] as const)('with %s in the settings and a browser in %s has “%s”', async (language, locale, title) => {
    await using begun = await begin({ language: () => language }, locale);
    const { flow, page } = begun;
    await page.goto(new URL('/elsewhere', flow.redirectUri).href);
    await heading(page, title);
  });

  it('of the six digits is the browser’s too', async () => {
    await using begun = await begin({ peerUser: async () => 'unknown' }, 'de');
    const { flow, page } = begun;
    await page.goto(await startOf(flow));
    await heading(page, 'Geben Sie die sechs Ziffern ein');
    await page.getByLabel('Sechs Ziffern').fill('none');
    await page.getByRole('button', { name: 'Weiter' }).click();
    await page.getByRole('alert').getByText('Falsche Ziffern. 4 Versuche bleiben Ihnen.').waitFor();
  });

  it('of a page for another user, and of one whose address is to be copied, is the browser’s', async () => {
    await using other = await begin({ peerUser: async () => 'other' }, 'de');
    await other.page.goto(await startOf(other.flow));
    await heading(other.page, 'Diese Seite ist für einen anderen Benutzer dieses Computers');
    await using paste = await begin({ paste: true }, 'de');
    await paste.page.goto(`${paste.flow.redirectUri}?code=right`);
    await heading(paste.page, 'Kopieren Sie die Adresse dieser Seite');
  });
});
