/**
 * `npm run build:electron9`: makes `dist/electron9/`, an application folder that Electron 9.4.1 (Node 12.14,
 * Chromium 83) runs, from the very sources of the desktop. For tests only; never shipped, nor started for a
 * person.
 *
 * It has the layout of the installed application, so that every path in it is found the same way, and needs
 * nothing outside itself. What the old runtime lacks is added by `dist/desktop/shim.cjs`, which the main
 * process loads first. `KEYFOB_ELECTRON9_ENTRY` names another main file, `KEYFOB_ELECTRON9_OUT` another folder
 * (the empty application that start and memory are compared with).
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { build as buildWindow } from 'vite';

import { writeKeychainHelper } from './keychain-helper.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const lane = path.join(root, 'testing', 'electron9');
const entry = process.env.KEYFOB_ELECTRON9_ENTRY ?? 'main/index.ts';
const out = path.resolve(root, process.env.KEYFOB_ELECTRON9_OUT ?? path.join('dist', 'electron9'));
const own = entry === 'main/index.ts';
const desktop = path.join(out, 'dist', 'desktop');

/** What every bundle for Node 12.14 has in common. The names of Node's modules are left to the shim. */
const node12 = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node12.14',
  logLevel: 'warning',
};

/** Puts what Chromium 83 lacks before everything that the window loads. */
const shimFirst = {
  name: 'electron9-shim-first',
  enforce: 'pre',
  transform(code, id) {
    if (path.normalize(id.split('?')[0]) !== path.join(root, 'renderer', 'main.ts')) return undefined;
    const shim = path.join(lane, 'shim', 'renderer.ts');
    return { code: `import ${JSON.stringify(shim)};\n${code}`, map: null };
  },
};

// vite.renderer.config.ts names its folders from here.
process.chdir(root);
rmSync(out, { recursive: true, force: true });
mkdirSync(desktop, { recursive: true });

await esbuild.build({
  ...node12,
  entryPoints: { shim: path.join(lane, 'shim', 'index.ts'), child: path.join(lane, 'shim', 'child.ts') },
  outdir: desktop,
  outExtension: { '.js': '.cjs' },
  external: ['electron'],
});
await esbuild.build({
  ...node12,
  entryPoints: [entry],
  outfile: path.join(desktop, 'main.cjs'),
  external: ['electron', 'keytar'],
  // Its other build, which is found first, requires its parts by names that no bundler follows.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // Node 12.14 has CommonJS alone here: import.meta becomes what says the same.
  define: {
    'import.meta.url': 'importMetaUrl',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
  banner: {
    js: "require('./shim.cjs');\nconst importMetaUrl = require('url').pathToFileURL(__filename).href;",
  },
});

const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const manifest = { name, productName: 'Keyfob', version, main: 'dist/desktop/main.cjs' };
writeFileSync(path.join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

if (own) {
  await writeKeychainHelper(path.join(desktop, 'keychain-helper.cjs'));
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['preload/index.ts'],
    outfile: path.join(desktop, 'preload.cjs'),
    bundle: true,
    platform: 'browser',
    format: 'cjs',
    target: 'chrome83',
    external: ['electron'],
    logLevel: 'warning',
  });
  // The same window: its own configuration, with syntax and CSS lowered.
  await buildWindow({
    configFile: path.join(root, 'vite.renderer.config.ts'),
    logLevel: 'error',
    plugins: [shimFirst],
    css: { transformer: 'lightningcss', lightningcss: { targets: { chrome: 83 << 16 } } },
    build: {
      target: 'chrome83',
      cssTarget: 'chrome83',
      cssMinify: 'lightningcss',
      outDir: path.join(out, 'dist', 'renderer'),
    },
  });
  const keytar = path.join(root, 'node_modules', 'keytar');
  for (const part of ['package.json', 'LICENSE.md', 'lib', 'prebuilds/linux-x64']) {
    cpSync(path.join(keytar, part), path.join(out, 'node_modules', 'keytar', part), {
      recursive: true,
      dereference: true,
    });
  }
}
if (existsSync(path.join(root, 'assets'))) {
  cpSync(path.join(root, 'assets'), path.join(out, 'assets'), { recursive: true });
}
