/** The tray as a desktop drives it, over D-Bus: copy, switch, follow what changes, quit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startStocked } from '../../testing/desktop/accounts.ts';
import type { StockedDesktop } from '../../testing/desktop/accounts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import type { Entry } from '../../testing/desktop/tray.ts';
import { cleanUp, fieldsOf, linesOf, sleep, startPractice, until } from '../../testing/program.ts';
import type { Practice } from '../../testing/program.ts';

let session: DesktopSession;
let practice: Practice;
let desktop: StockedDesktop;
beforeAll(async () => {
  [session, practice] = await Promise.all([startSession(), startPractice()]);
  desktop = await startStocked(session, {
    practice,
    accounts: { hq: 'practice-organization', berlin_sandbox: 'practice-json-application' },
  });
});
afterAll(async () => {
  await desktop.kill();
  await session.stop();
  await cleanUp();
});

/** How many accounts there are. */
let added = 2;
const flat = (entries: readonly Entry[]): Entry[] =>
  entries.flatMap((entry) => [entry, ...flat(entry.children)]);
const labels = async (): Promise<string[]> => (await session.tray.entries()).map(({ label }) => label);
const radios = async (): Promise<[string, boolean][]> =>
  (await session.tray.entries())
    .filter(({ toggleType }) => toggleType === 'radio')
    .map(({ label, checked }) => [label.split(' ')[0] ?? '', checked]);

describe('the tray', () => {
  it('has the copying entry first, accounts as radio entries, and Quit last', async () => {
    await session.tray.find(/^Copy token of hq · \d+ min left$/);
    const entries = await session.tray.entries();
    expect(entries[0]?.label).toMatch(/^Copy token of hq · \d+ min left$/);
    expect(entries.at(-1)?.label).toBe('Quit');
    expect(await radios()).toEqual([
      ['hq', true],
      ['berlin_sandbox', false],
    ]);
  });

  it('has a dot of the colour that an account was given, and a clear one beside it', async () => {
    const icons = async () =>
      (await session.tray.entries())
        .filter(({ toggleType }) => toggleType === 'radio')
        .map(({ icon }) => icon);
    expect(await icons()).toEqual([null, null]);
    expect((await desktop.keyfob(['label', 'hq', '--color', 'red'])).code).toBe(0);
    const [dot, other] = await until('a dot', async () => {
      const shown = await icons();
      return shown[0] === null ? null : shown;
    });
    for (const png of [dot, other]) expect(png?.subarray(1, 4).toString()).toBe('PNG');
    expect(dot?.equals(other ?? Buffer.alloc(0))).toBe(false);
    expect((await desktop.keyfob(['label', 'hq', '--color', ''])).code).toBe(0);
    await until('no dot', async () => (await icons()).every((icon) => icon === null));
  });

  it("copies the selected account's token and says so", async () => {
    await session.tray.click(/^Copy token of hq/);
    const token = await desktop.token('hq');
    await until('the token in the clipboard', async () => (await session.clipboard.read()) === token);
    await until('word of it', () =>
      session.notifications.shown.some(
        ({ title, body }) =>
          title === 'Token of hq copied' && /^\d+ min left · Clipboard clears in 30 s$/.test(body),
      ),
    );
  });

  it('has it in the audit, without the token', async () => {
    const lines = await desktop.done(['audit', '--json']);
    expect(lines).toMatch(/"via":"tray","account":"hq",.*"route":"account.copy","outcome":"ok"/);
    expect(lines).not.toContain(await desktop.token('hq'));
  });

  it('copies it as a header and as a curl command', async () => {
    const token = await desktop.token('hq');
    await session.tray.click(/^Copy as header$/);
    await until(
      'the header',
      async () => (await session.clipboard.read()) === `Authorization: Bearer ${token}`,
    );
    await session.tray.click(/^Copy as curl command$/);
    await until('the command', async () =>
      (await session.clipboard.read())?.startsWith(`curl -H 'Authorization: Bearer ${token}' `),
    );
  });

  it('copies the token of another account without selecting it', async () => {
    await session.tray.click(/^Token of berlin_sandbox/);
    const token = await desktop.token('berlin_sandbox');
    await until('the token of the other', async () => (await session.clipboard.read()) === token);
    expect((await desktop.account('hq')).selected).toBe(true);
  });

  it('switches the account with one click, for every caller', async () => {
    const before = session.tray.registrations();
    await session.tray.click(/^berlin_sandbox/);
    await session.tray.find(/^Copy token of berlin_sandbox/);
    expect(await radios()).toEqual([
      ['hq', false],
      ['berlin_sandbox', true],
    ]);
    expect((await desktop.done(['token'])).trim()).toBe(await desktop.token('berlin_sandbox'));
    // One change, one new menu.
    expect(session.tray.registrations() - before).toBeLessThanOrEqual(1);
  });

  it('follows a switch and a lock that came from elsewhere', async () => {
    await desktop.done(['use', 'hq']);
    await session.tray.find(/^Copy token of hq · \d+ min/);
    await desktop.done(['lock']);
    expect((await session.tray.find(/^Copy token of hq · locked$/)).enabled).toBe(false);
    await session.tray.click(/^Unlock…$/);
    await session.tray.find(/^Lock$/);
  });

  it('leaves its menu alone while nothing shown changes', async () => {
    await session.tray.find(/^Lock$/);
    await sleep(1_000);
    const before = session.tray.registrations();
    await desktop.done(['accounts']);
    await desktop.token('hq');
    await sleep(2_000);
    expect(session.tray.registrations() - before).toBeLessThanOrEqual(1);
  });

  it('offers an account that was signed out to be signed in again', async () => {
    await desktop.done(['logout', 'hq']);
    expect((await session.tray.find(/^Copy token of hq · signed out$/)).enabled).toBe(false);
    await session.tray.click(/^Sign in to hq…$/);
    await session.tray.find(/^Copy token of hq · \d+ min left$/);
    expect((await desktop.account('hq')).state).toBe('live');
  });

  it.each([3, 10, 11, 40])(
    'marks one of %i accounts in the whole menu, and each can be clicked',
    async (count) => {
      const fields = {
        settings: { token_url: 'http://127.0.0.1:9/token', client_id: 'x' },
        secrets: { client_secret: 'y' },
      };
      const account = { provider: 'oauth2', grant: 'client_credentials', ...fields };
      while (added < count) {
        added += 1;
        await desktop.done(['add', `more-${added}`, ...fieldsOf(account)], linesOf(account));
      }
      await session.tray.click(new RegExp(`^more-${count}( |$)`));
      await session.tray.find(new RegExp(`^Copy token of more-${count} · signed out$`));
      const all = flat(await session.tray.entries());
      expect(all.filter(({ checked }) => checked).map(({ label }) => label)).toEqual([
        `more-${count} · signed out`,
      ]);
      const names = all.flatMap(({ label }) => /^(more-\d+|hq|berlin_sandbox)( |$)/.exec(label)?.[1] ?? []);
      expect(names.toSorted()).toEqual(
        [
          'hq',
          'berlin_sandbox',
          ...Array.from({ length: count - 2 }, (_, at) => `more-${at + 3}`),
        ].toSorted(),
      );
    },
  );

  it('ends Keyfob with its last entry', async () => {
    const ended = new Promise((resolve) => desktop.process.once('exit', resolve));
    expect((await labels()).at(-1)).toBe('Quit');
    await session.tray.click(/^Quit$/);
    expect(await ended).toBe(0);
  });
});
