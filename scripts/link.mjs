/**
 * Links the `keyfob` command into `node_modules/.bin`, where npx finds it and runs it at once, offline.
 *
 * package.json has no `bin` of its own on purpose: npx prefers it to the link, and then first sets up a place
 * for the project in its cache (seconds instead of a blink, and a failure when that cache cannot be written).
 */
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const links = path.join(root, 'node_modules', '.bin');
const link = path.join(links, 'keyfob');

await mkdir(links, { recursive: true });
await rm(link, { force: true });
if (process.platform === 'win32') {
  // npx looks for the name without an ending, the shell then runs the .cmd.
  await writeFile(link, '#!/bin/sh\nexec node "$(dirname "$0")/../../bin/keyfob.cjs" "$@"\n');
  await writeFile(`${link}.cmd`, '@node "%~dp0\\..\\..\\bin\\keyfob.cjs" %*\r\n');
} else {
  await chmod(path.join(root, 'bin', 'keyfob'), 0o755);
  await symlink(path.join('..', '..', 'bin', 'keyfob'), link);
}
