import { defineConfig } from 'vite';

/**
 * Builds the Node side: `main/cli/index.ts` becomes `dist/main/cli.js`, `main/cli/answered.ts` (what is said of an
 * answer that the short way has got) `dist/main/answered.js`. The short way itself is scripts/build-quick.mjs's.
 *
 * - A room that is imported lazily (`import('../agent/…')`) becomes a chunk of its own, so that
 *   `keyfob token` loads the client of the endpoint and nothing else.
 * - Pure JavaScript packages are bundled: one file read is faster than a package's many. What is native
 *   (keytar), brings files of its own (open) or comes from the runtime (electron) stays outside.
 */
export default defineConfig({
  publicDir: false,
  ssr: {
    noExternal: true,
    external: ['keytar', 'open', 'electron'],
  },
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'dist/main',
    emptyOutDir: true,
    minify: false,
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { cli: 'main/cli/index.ts', answered: 'main/cli/answered.ts' },
      output: {
        format: 'es',
        // V8 keeps the text of a file at two bytes for each of its letters where a single one is beyond Latin 1.
        charset: 'ascii',
        comments: { legal: true, jsdoc: false, annotation: false },
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name]-[hash].js',
      },
    },
  },
});
