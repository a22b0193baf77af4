// The stand-in for a host that the tests of one file of the command line share.
import { afterAll, beforeEach } from 'vitest';
import { startTestHost, type TestHost } from '../main/cli/test-host.ts';

/** Starts it: what it was asked is forgotten before each test, and it ends after them. */
export async function openTestHost(): Promise<TestHost> {
  const host = await startTestHost();
  beforeEach(() => {
    host.asked.length = 0;
  });
  afterAll(() => host.close());
  return host;
}
