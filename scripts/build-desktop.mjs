/**
 * `npm run build:desktop`: bundles the desktop application. `main/index.ts` becomes `dist/desktop/main.js` (an ES
 * module for Electron's main process), with the chunks that it loads later beside it. `preload/index.ts` becomes
 * `dist/desktop/preload.cjs` (a sandboxed preload can only be CommonJS). `dist/desktop/keychain-helper.cjs` is the
 * source of keytar's process, as a file that Electron can start.
 *
 * Outside the bundle stay electron (the runtime gives it) and keytar (native; found from the bundle through
 * node_modules, or unpacked beside an asar): a package needs nothing else.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

import { writeKeychainHelper } from './keychain-helper.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const out = path.join(root, 'dist', 'desktop');

rmSync(out, { recursive: true, force: true });
await Promise.all([
  writeKeychainHelper(path.join(out, 'keychain-helper.cjs')),
  esbuild.build({
    absWorkingDir: root,
    entryPoints: { main: 'main/index.ts' },
    outdir: out,
    bundle: true,
    // What is imported late is a file of its own, beside main.js: its own files are found from there.
    splitting: true,
    chunkNames: 'chunk-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['electron', 'keytar'],
    // Its other build, which is found first, requires its parts by names that no bundler follows.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    // Packages that are CommonJS require Node's modules by name.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
    },
    logLevel: 'warning',
  }),
  esbuild.build({
    absWorkingDir: root,
    entryPoints: ['preload/index.ts'],
    outfile: path.join(out, 'preload.cjs'),
    bundle: true,
    platform: 'browser',
    format: 'cjs',
    target: 'chrome146',
    external: ['electron'],
    logLevel: 'warning',
  }),
]);
