/** The desktop's way to vendors, in the real runtime, does what the agent's does: the same table for both. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startPlainDesktop } from '../../testing/desktop/desktop.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { buildMain } from '../../testing/electron/build.ts';
import { expectedOfFetch } from '../../testing/fetch-table.ts';

let session: DesktopSession;
beforeAll(async () => {
  session = await startSession();
});
afterAll(() => session.stop());

it('Chromium’s fetch does the same as Node’s, redirects and failures included', async () => {
  const application = path.join(session.folder, 'vendor-fetch.mjs');
  await buildMain('testing/electron/vendor-fetch.ts', application);
  const probe = startPlainDesktop(session, { application, args: [] });
  const code = await new Promise((resolve) => probe.process.once('exit', resolve));
  expect(code, probe.stderr()).toBe(0);
  console.log(`The way to vendors runs in ${probe.runtime}.`);
  expect(JSON.parse(probe.stdout())).toEqual(expectedOfFetch);
});
