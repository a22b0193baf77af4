/** What a person is told by the desktop's notifications, and what a click on them does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startStocked } from '../../testing/desktop/accounts.ts';
import type { StockedDesktop } from '../../testing/desktop/accounts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import type { Shown } from '../../testing/desktop/system.ts';
import { ask, cleanUp, linesOf, sleep, startPractice, until } from '../../testing/program.ts';
import type { Practice } from '../../testing/program.ts';

let session: DesktopSession;
let practice: Practice;
let desktop: StockedDesktop;
beforeAll(async () => {
  [session, practice] = await Promise.all([startSession(), startPractice()]);
  desktop = await startStocked(session, { practice, accounts: { hq: 'practice-eptura' } });
});
afterAll(async () => {
  await desktop.kill();
  await session.stop();
  await cleanUp();
});

const told = (title: RegExp): Shown[] => session.notifications.shown.filter((one) => title.test(one.title));
const newest = (title: RegExp, count = 1): Promise<Shown> =>
  until(`a notification ${String(title)}`, () => (told(title).length >= count ? told(title).at(-1) : null));

describe('a needed sign-in', () => {
  it('is told once, with a click that begins it, and again only after it was resolved', async () => {
    await desktop.done(['set', 'hq', '--secret', 'password'], 'not the one\n');
    await practice.control({ endTokens: true });
    expect((await desktop.keyfob(['refresh', 'hq'])).code).toBe(4);
    const needed = await newest(/^hq needs a sign-in$/);
    expect(needed.body).toMatch(/Click to sign in\.$/);
    expect(needed.actions).toContain('default');
    await session.tray.find(/^hq · .*sign-in needed$/);

    expect((await desktop.keyfob(['refresh', 'hq'])).code).toBe(4);
    await sleep(500);
    expect(told(/^hq needs a sign-in$/)).toHaveLength(1);

    // It begins, and the vendor refuses the password that is still the wrong one.
    session.notifications.click(needed.id);
    await newest(/^Signing in to hq failed$/);

    await desktop.done(['set', 'hq', '--secret', 'password'], linesOf(practice.account('practice-eptura')));
    // The new password is used at once: there is nothing left to click.
    await session.tray.find(/^Copy token of hq · \d+ min left$/);
    expect((await session.tray.entries()).map(({ label }) => label)).not.toContain('Sign in to hq…');
    expect((await desktop.account('hq')).state).toBe('live');

    await desktop.done(['set', 'hq', '--secret', 'password'], 'not the one\n');
    await practice.control({ endTokens: true });
    expect((await desktop.keyfob(['refresh', 'hq'])).code).toBe(4);
    await newest(/^hq needs a sign-in$/, 2);
  });
});

describe('a program that waits for a yes', () => {
  it('is told of, shown by the tray, and answered', async () => {
    await desktop.done(['set', 'hq', '--secret', 'password'], linesOf(practice.account('practice-eptura')));
    await desktop.done(['login', 'hq']);
    const key = (await desktop.done(['client', 'add', 'desk-sync', '--approve', 'ask'])).match(
      /kf_[\w-]+/,
    )?.[0];
    const { endpoint } = await desktop.ready();
    const answer = ask(`${endpoint ?? ''}/v1/token?account=hq`, {
      headers: { authorization: `Bearer ${key ?? ''}` },
    });
    await newest(/^desk-sync asks for the token of hq$/);
    await session.tray.find(/^1 pending request…$/);
    await desktop.done(['approve', JSON.parse(await desktop.done(['approve', '--json']))[0].id]);
    expect((await answer).status).toBe(200);
    await until('a tray without it', async () =>
      (await session.tray.entries()).every(({ label }) => !label.includes('pending')),
    );
  });
});
