// An application of its own that puts the desktop's network through the table of fetches, and prints what it
// did as a line of JSON. Built by the spec in place of the desktop; see e2e/desktop/vendor-fetch.test.ts.
import { app } from 'electron';

import { createFetch } from '../../main/platform/network.ts';
import { createVendorFetch } from '../../main/desktop/vendor-fetch.ts';
import { lookAtFetch } from '../fetch-table.ts';

const version = '1.2.3';

async function run(): Promise<void> {
  await app.whenReady();
  const latin1 = createFetch({ version, env: {} });
  const found = await lookAtFetch(createVendorFetch({ version, latin1 }));
  process.stdout.write(`${JSON.stringify(found)}\n`, () => app.exit(0));
}

run().catch((error: unknown) => {
  console.error(error);
  app.exit(1);
});
