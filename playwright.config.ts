import { existsSync } from 'node:fs';

import { defineConfig } from '@playwright/test';

/**
 * Specs that need a browser, in the system's own Chromium: `CHROMIUM` names it, else Debian's is taken.
 * What the browser would fetch by itself is switched off; the specs stay on loopback.
 */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  timeout: 60_000,
  workers: 1,
  forbidOnly: process.env['CI'] !== undefined,
  use: {
    browserName: 'chromium',
    launchOptions: {
      ...(existsSync(executablePath) && { executablePath }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--no-first-run',
      ],
    },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
