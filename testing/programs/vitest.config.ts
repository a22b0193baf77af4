import '../../scripts/own-caches.mjs';
import { defineConfig } from 'vitest/config';

/** Real programs by their recipes, two at a time, each in a world of its own; scripts/programs-test.mjs says which are there. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['testing/programs/**/*.case.ts'],
    setupFiles: ['testing/no-network.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
