/** Sleep and waking, as logind tells of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startStocked } from '../../testing/desktop/accounts.ts';
import type { StockedDesktop } from '../../testing/desktop/accounts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { cleanUp, startPractice, until } from '../../testing/program.ts';
import type { Practice } from '../../testing/program.ts';

let session: DesktopSession;
let practice: Practice;
let desktop: StockedDesktop;
beforeAll(async () => {
  [session, practice] = await Promise.all([startSession(), startPractice()]);
  desktop = await startStocked(session, { practice, accounts: { hq: 'practice-organization' } });
});
afterAll(async () => {
  await desktop.kill();
  await session.stop();
  await cleanUp();
});

describe('waking of the system', () => {
  it('does at once what was put off', async () => {
    await practice.control({ failNext: { count: 1_000, status: 503, retryAfter: 600 } });
    await desktop.keyfob(['refresh', 'hq']);
    const { next_refresh_at: waiting } = await desktop.account('hq');
    expect((waiting ?? 0) - Date.now() / 1000).toBeGreaterThan(300);
    const before = (await practice.tokenRequests()).length;
    await practice.control({ failNext: { count: 0 } });
    session.login.sleep();
    session.login.wake();
    // However slow the machine is: long before the time at which it would have been tried anyway.
    await until('a new token', async () => (await desktop.account('hq')).state === 'live', 20_000);
    expect((await practice.tokenRequests()).length).toBeGreaterThan(before);
    expect(Date.now() / 1000).toBeLessThan(waiting ?? 0);
  });
});
