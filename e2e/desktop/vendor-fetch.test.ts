/** The desktop's way to vendors, in the real runtime, does what the agent's does: the same table for both. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startPlainDesktop } from '../../testing/desktop/desktop.ts';
import { findElectron } from '../../testing/desktop/parts.ts';
import { startSession } from '../../testing/desktop/session.ts';
import type { DesktopSession } from '../../testing/desktop/session.ts';
import { expectedOfFetch } from '../../testing/fetch-table.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
let session: DesktopSession;
beforeAll(async () => {
  session = await startSession();
});
afterAll(() => session.stop());

it('does the same as Node’s, redirects and failures included', async (context) => {
  // The build for another main file is the old runtime's alone.
  if (findElectron()?.legacy !== true) context.skip();
  const application = path.join(session.folder, 'vendor-fetch');
  execFileSync(process.execPath, [path.join(root, 'scripts', 'electron9-build.mjs')], {
    env: {
      ...process.env,
      KEYFOB_ELECTRON9_ENTRY: 'testing/electron9/vendor-fetch.ts',
      KEYFOB_ELECTRON9_OUT: application,
    },
    stdio: 'pipe',
  });
  const probe = startPlainDesktop(session, { application, args: [] });
  const code = await new Promise((resolve) => probe.process.once('exit', resolve));
  expect(code, probe.stderr()).toBe(0);
  console.log(`The way to vendors runs in ${probe.runtime}.`);
  expect(JSON.parse(probe.stdout())).toEqual(expectedOfFetch);
});
