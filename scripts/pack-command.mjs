/**
 * The `keyfob` command of a package: `resources/command/`, laid out as a checkout is, with Node's own program, so that
 * it is the same command by the same launcher (bin/keyfob; on Windows packaging/win/keyfob.c, by MinGW-w64's gcc).
 *
 * Node's program is that of the package `node` that the project pins, or the one that runs this, where npm has none for
 * the system. Either is for this machine alone: a package is made on the system and processor that it is for.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** Copies keytar with the binaries for this machine. */
export function copyKeytar(to) {
  const from = path.dirname(require.resolve('keytar/package.json'));
  const prebuilt = `prebuilds/${process.platform}-${process.arch}`;
  for (const part of ['package.json', 'LICENSE.md', 'lib/keytar.js', prebuilt])
    cpSync(path.join(from, part), path.join(to, part), { recursive: true, dereference: true });
}

/** Gathers `command/` into a folder. The project must have been built. */
export function gatherCommand(folder) {
  const command = path.join(folder, 'command');
  rmSync(command, { recursive: true, force: true });
  const copy = (from, part = from) =>
    cpSync(path.join(root, from), path.join(command, part), { recursive: true });
  for (const part of ['dist/main', 'dist/renderer', 'dist/licences.txt']) {
    if (!existsSync(path.join(root, part)))
      throw new Error(`${part} is not there. Run \`npm run build\` first.`);
    copy(part);
  }
  copy('bin/keyfob.cjs');
  if (process.platform === 'win32') {
    compile('keyfob.c', path.join(command, 'bin', 'keyfob.exe'));
    compile('user-path.c', path.join(command, 'user-path.exe'));
  } else copy('bin/keyfob');
  const modules = path.join(command, 'node_modules');
  copyKeytar(path.join(modules, 'keytar'));
  copyWithDependencies('open', modules);
  copyNode(path.join(modules, 'node'));
  const { name, version, license, type } = readJson(path.join(root, 'package.json'));
  const manifest = { name, version, license, private: true, type, packaged: true };
  writeFileSync(path.join(command, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Copies a package and what it depends on, each once; `from`: where it is looked for first. */
function copyWithDependencies(name, modules, from = root) {
  const to = path.join(modules, name);
  if (existsSync(to)) return;
  const folder = folderOf(name, from);
  cpSync(folder, to, { recursive: true, filter: (file) => !/\.d\.ts$/.test(file) });
  for (const next of Object.keys(readJson(path.join(folder, 'package.json')).dependencies ?? {}))
    copyWithDependencies(next, modules, folder);
}

/** As Node finds packages: upwards. */
function folderOf(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const place = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(place, 'package.json'))) return place;
    if (folder === path.dirname(folder)) throw new Error(`The package ${name} is not installed.`);
  }
}

/** Copies Node's program and its licence. */
function copyNode(to) {
  const name = `node${process.platform === 'win32' ? '.exe' : ''}`;
  const pinned = path.dirname(require.resolve('node/package.json'));
  const program = [path.join(pinned, 'bin', name), process.execPath].find((file) => existsSync(file));
  const places = [
    ...globSync('node_modules/node-*/LICENSE', { cwd: pinned }).map((file) => path.join(pinned, file)),
    path.join(path.dirname(process.execPath), 'LICENSE'),
    path.join(path.dirname(process.execPath), '..', 'LICENSE'),
  ];
  const licence = places.find((file) => existsSync(file));
  if (licence === undefined) throw new Error(`There is no licence of Node's beside ${process.execPath}.`);
  cpSync(program, path.join(to, 'bin', name), { dereference: true });
  cpSync(licence, path.join(to, 'LICENSE'));
  const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1);
  const manifest = { name: 'node', version, license: 'MIT', bin: { node: `bin/${name}` } };
  writeFileSync(path.join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Compiles a file of packaging/win; what is made for x64 runs on both of Windows' processors. */
export function compile(name, file) {
  mkdirSync(path.dirname(file), { recursive: true });
  const source = path.join(root, 'packaging', 'win', name);
  for (const compiler of ['x86_64-w64-mingw32-gcc', 'gcc']) {
    const { error, status, stderr } = spawnSync(
      compiler,
      ['-municode', '-Os', '-s', '-Wall', '-Werror', '-o', file, source],
      { encoding: 'utf8' },
    );
    if (status === 0) return;
    if (error?.code !== 'ENOENT') throw new Error(`${compiler} does not compile ${source}:\n${stderr ?? ''}`);
  }
  throw new Error("The command for Windows is compiled by MinGW-w64's gcc, which is not on the PATH.");
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
