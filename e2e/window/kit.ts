// What the window's specs share: a page at the agent's console, the practice vendor, axe.
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
import type { Agent, Practice } from '../../testing/program.ts';

/** What a page must not say while it is used. */
export interface Opened {
  readonly page: Page;
  readonly problems: string[];
  close(): Promise<void>;
}

/** Opens the console by a fresh link, in a browser of its own that may use the clipboard. */
export async function openWindow(
  browser: Browser,
  agent: Agent,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto((await agent.done(['console', '--no-open'])).trim());
  // The link is good once: a page left before its session is there has used it up for nothing.
  await page.waitForFunction(() => sessionStorage.getItem('keyfob.session') !== null);
  return { page, problems, close: () => context.close() };
}

/** Adds practice accounts and signs in those that need no page. */
export async function addAccounts(agent: Agent, practice: Practice): Promise<void> {
  for (const [name, like] of [
    ['hq', 'practice-eptura'],
    ['desks', 'practice-organization'],
    ['rooms', 'practice-officernd'],
  ] as const) {
    await agent.add(practice.account(like), name);
    await agent.done(['login', name]);
  }
  await agent.add(practice.account('practice-json'), 'visitors');
}

/** No violation in either theme, and no scroll bar sideways at 380 px and at 200 % of 1280 × 720. */
export async function expectSound(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const told = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`);
    expect(told, `${what}, ${colorScheme}`).toEqual([]);
  }
  const size = page.viewportSize();
  for (const [width, height] of [
    [380, 720],
    [640, 360],
  ] as const) {
    await page.setViewportSize({ width, height });
    // The frame is drawn anew a moment after its width changed.
    await expect
      .poll(
        () =>
          page.evaluate(() => {
            const root = document.documentElement;
            const inner = [...document.querySelectorAll('.side, .pane, dialog')];
            return Math.max(...[root, ...inner].map((one) => one.scrollWidth - one.clientWidth));
          }),
        { message: `${what}, ${width} px wide` },
      )
      .toBeLessThanOrEqual(0);
  }
  if (size !== null) await page.setViewportSize(size);
}

/** Signs in at the practice vendor's page. */
export async function signInAtVendor(page: Page, practice: Practice | null): Promise<void> {
  const person = practice?.description.person ?? { username: 'alice', password: 'keys & fobs 100%' };
  await page.getByLabel('Username').fill(person.username);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
