// A sign-in by a device code: the page as a QR code, which a phone reads in either theme.
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { answerJson, serveOnLoopback } from '../../testing/loopback-server.ts';
import { cleanUp, startAgent } from '../../testing/program.ts';
import { readQrCode } from '../../testing/qr-reader.ts';
import { expectSound, openWindow } from './kit.ts';

test.afterAll(cleanUp);
test.setTimeout(120_000);

/** What a phone reads where an element is drawn. */
async function scan(page: Page, label: string): Promise<string | undefined> {
  const picture = await page.getByRole('img', { name: label }).screenshot();
  const blank = await page.context().newPage();
  const { pixels, width, height } = await blank.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    if (canvas === null) throw new Error('There is no canvas.');
    canvas.drawImage(bitmap, 0, 0);
    const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
    return { pixels: [...data], width: bitmap.width, height: bitmap.height };
  }, picture.toString('base64'));
  await blank.close();
  return readQrCode(Uint8ClampedArray.from(pixels), width, height);
}

test('a device code brings the page to a phone, in light and dark, in English and German', async ({
  browser,
}) => {
  const whole = 'https://login.vendor.example/device?user_code=ABCD-EFGH';
  const vendor = await serveOnLoopback(({ url }, response) => {
    if (url === '/token') answerJson(response, 400, { error: 'authorization_pending' });
    else
      answerJson(response, 200, {
        ...{ device_code: 'd', user_code: 'ABCD-EFGH', expires_in: 300 },
        ...{ verification_uri: 'https://login.vendor.example/device', verification_uri_complete: whole },
      });
  });
  const agent = await startAgent();
  const settings = [
    `token_url=${vendor.origin}/token`,
    `device_url=${vendor.origin}/device`,
    ...['client_id=c', 'client_auth=none'],
  ].flatMap((one) => ['--set', one]);
  await agent.done(['add', 'tv', '--provider', 'oauth2', '--grant', 'device_code', ...settings]);
  for (const [locale, signIn, label] of [
    ['en-GB', 'Sign in', 'QR code of the sign-in page'],
    ['de-DE', 'Anmelden', 'QR-Code der Anmeldeseite'],
  ] as const) {
    const { page, problems, close } = await openWindow(browser, agent, { locale });
    await page.getByRole('button', { name: signIn, exact: true }).first().click();
    await expect(page.getByText('ABCD-EFGH').first()).toBeVisible();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
      expect(await scan(page, label)).toBe(whole);
    }
    await expectSound(page, 'a device code');
    expect(problems).toEqual([]);
    await close();
  }
  await agent.stop();
  await vendor.close();
});
