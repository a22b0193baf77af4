// First: where Node keeps what it made of the sources, so that each start of a test's program need not strip their types anew.
import './scripts/own-caches.mjs';
import { compileModule } from 'svelte/compiler';
import { defineConfig } from 'vitest/config';

/** Compiles the runes of `.svelte.ts` files as the window's build does, after their types were taken out. */
const runes = {
  name: 'runes',
  transform(code: string, id: string) {
    if (!id.endsWith('.svelte.ts')) return undefined;
    const { js } = compileModule(code, { filename: id, generate: 'client' });
    return { code: js.code, map: js.map };
  },
};

/** `unit`: beside what they test, in parallel. `e2e`: the built program as a person runs it, one after another. `desktop`: the real application. */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [runes],
        test: {
          name: 'unit',
          include: ['{main,preload,renderer,testing}/**/*.test.ts'],
          setupFiles: ['testing/no-network.ts'],
          testTimeout: 10_000,
          restoreMocks: true,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: ['e2e/desktop/**'],
          setupFiles: ['testing/no-network.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'desktop',
          include: ['e2e/desktop/**/*.test.ts'],
          setupFiles: ['testing/no-network.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
