/**
 * `npm run pack`: builds, gathers `dist/app/` (what goes into the package, and nothing else) and `dist/beside/` (the
 * command, scripts/pack-command.mjs), packs it with electron-builder and checks what came out (scripts/pack-check.mjs). Arguments are electron-builder's:
 * `npm run pack -- --linux deb`, `--dir` for the folder alone; none: everything for this system.
 *
 * `KEYFOB_UPDATE_URL` names the https folder in which the packages will be found, for the updater; without it
 * the package never looks for newer versions.
 */
import './own-caches.mjs';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { copyKeytar, gatherCommand } from './pack-command.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/**
 * The desktop's entry of the installed application. GNOME gives global shortcuts to those alone whose windows name an
 * installed entry with a reverse-DNS name (Electron's docs, globalShortcut); it is the package's appId.
 */
export const desktopName = 'dev.keyfob.Keyfob.desktop';

/** The manifest of the packaged application: what Electron and electron-builder read, no dependencies. */
function manifestOf({ name, version, description, license }, main) {
  return {
    name,
    productName: 'Keyfob',
    version,
    description,
    license,
    author: 'Keyfob contributors',
    // deb and rpm want an address; Keyfob has no site.
    homepage: 'https://keyfob.invalid/',
    desktopName,
    type: 'module',
    main,
  };
}

/** Gathers into a folder what goes into the package for this system and processor. */
export function gather(app = path.join(root, 'dist', 'app')) {
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  for (const part of ['dist/desktop', 'dist/renderer', 'dist/licences.txt', 'assets']) {
    const from = path.join(root, part);
    if (!existsSync(from)) throw new Error(`${part} is not there. Run \`npm run build\` first.`);
    cpSync(from, path.join(app, part), { recursive: true });
  }
  copyKeytar(path.join(app, 'node_modules', 'keytar'));
  const pkg = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const manifest = manifestOf(pkg, 'dist/desktop/main.js');
  writeFileSync(path.join(app, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Whether there is an identity to sign a platform's package with (electron-builder's own variables). */
function isSigned(env, platform) {
  const names = platform === 'win32' ? ['WIN_CSC_LINK', 'CSC_LINK'] : ['CSC_LINK', 'CSC_NAME'];
  return platform === 'linux' || names.some((name) => Boolean(env[name]));
}

/**
 * electron-builder's arguments where nothing can be signed: the artefact's name says so. On macOS, whose newer processors
 * start nothing unsigned, everything gets an ad hoc signature; that names no team, so that the hardened runtime would
 * refuse keytar and Electron's own libraries without the further entitlement.
 */
export function unsignedOf(env, platform) {
  if (isSigned(env, platform)) return [];
  const name = '-c.artifactName=${productName}-${version}-${os}-${arch}-unsigned.${ext}';
  const adHoc = 'packaging/entitlements.ad-hoc.mac.plist';
  return platform === 'darwin'
    ? [name, '-c.mac.identity=-', `-c.mac.entitlements=${adHoc}`, `-c.mac.entitlementsInherit=${adHoc}`]
    : [name];
}

/**
 * electron-builder's arguments for the place where the package looks for newer versions. Unsigned packages have none on
 * Windows and macOS: nobody could tell whose the newer one is, and macOS' updater takes no other than a signed one.
 */
export function publishOf(env, platform) {
  const address = env.KEYFOB_UPDATE_URL;
  if (address === undefined || address === '') return [];
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:') {
    throw new Error('KEYFOB_UPDATE_URL is no https address: a newer version would come from anyone.');
  }
  if (!isSigned(env, platform)) {
    console.log('No newer versions will be looked for: this package is not signed (CSC_LINK).');
    return [];
  }
  return ['-c.publish.provider=generic', `-c.publish.url=${address}`];
}

/** Runs a program of ours, or of a package, under this Node; throws when it does not end with 0. */
export function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${path.basename(args[0])} ended with ${String(status)}.`);
}

/** Packs with electron-builder's own command and arguments. */
export function runBuilder(...args) {
  const folder = path.dirname(require.resolve('electron-builder/package.json'));
  run(path.join(folder, 'cli.js'), '--publish', 'never', ...args);
}

async function main(args) {
  const { env, platform } = process;
  const more = [...unsignedOf(env, platform), ...publishOf(env, platform)];
  const npm = platform === 'win32' ? 'npm.cmd' : 'npm';
  const shell = platform === 'win32';
  const { status } = spawnSync(npm, ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit', shell });
  if (status !== 0) throw new Error('The build failed.');
  gather();
  gatherCommand(path.join(root, 'dist', 'beside'));
  rmSync(path.join(root, 'dist', 'packages'), { recursive: true, force: true });
  runBuilder(...args, ...more);
  run(path.join(root, 'scripts', 'pack-check.mjs'), path.join(root, 'dist', 'packages'));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
