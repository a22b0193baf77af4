import '../../scripts/own-caches.mjs';
import { defineConfig } from 'vitest/config';

/** Real programs by their recipes, one after another; scripts/programs-test.mjs says which are there. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['testing/programs/**/*.case.ts'],
    setupFiles: ['testing/no-network.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
