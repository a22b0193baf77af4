// What Electron runs when it is started with an application's folder or main file. The runtime for tests comes
// without Electron's own; this one does what of it the desktop needs: --require, the manifest, the version.
//
// Invariants: the application's module is awaited at the top level, as Electron's own does. Electron holds its
// `ready` back until then, and what must be settled before it (schemes, the sandbox) is settled in time. Here
// `electron` is required and never imported: an ES module that imports it has the names that it had the first
// time, and newer-names.cjs, which is loaded first, adds some.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** The modules to load first, and the application: the first argument that is no switch. */
function readArguments(args) {
  const first = [];
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === '--require' || args[at] === '-r') first.push(args[(at += 1)] ?? '');
    else if (!args[at].startsWith('-')) return { first, target: path.resolve(args[at]) };
  }
  return { first, target: null };
}

/** Takes name and version from a manifest, and returns the main file. */
function readManifest(folder) {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (manifest.version) app.setVersion(manifest.version);
  if (manifest.productName ?? manifest.name) app.setName(manifest.productName ?? manifest.name);
  if (manifest.desktopName) app.setDesktopName(manifest.desktopName);
  return path.join(folder, manifest.main ?? 'index.js');
}

const require = createRequire(import.meta.url);
const { app } = require('electron');
const args = process.argv.slice(1);
const { first, target } = readArguments(args);
if (target === null) {
  if (args.includes('--version') || args.includes('-v')) {
    console.log(`v${process.versions.electron}`);
    app.exit(0);
  } else {
    console.error('Name an application: electron [--require FILE] FOLDER-OR-FILE [ARGS…]');
    app.exit(2);
  }
} else {
  try {
    process.defaultApp = true;
    for (const file of first) require(path.resolve(file));
    const isFolder = statSync(target).isDirectory();
    app.setAppPath(isFolder ? target : path.dirname(target));
    await import(pathToFileURL(isFolder ? readManifest(target) : target).href);
  } catch (error) {
    console.error(error);
    app.exit(1);
  }
}
