/**
 * Checks packed applications: the archive holds what is needed and nothing else, keytar lies outside it with
 * this platform's binaries alone, the `keyfob` command is beside it, and the fuses are as electron-builder.yml
 * says (read back from the binary).
 *
 * `node scripts/pack-check.mjs FOLDER`: every application in or below FOLDER. Ends with 1 and a line for each
 * thing that does not hold.
 */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { getRawHeader } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { load } from 'js-yaml';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** What may stand in the archive. */
const allowed = [
  /^package\.json$/,
  /^dist\/desktop\/(main|preload|keychain-helper)\.(js|cjs)$/,
  /^dist\/desktop\/chunk-\w+\.js$/,
  /^dist\/licences\.txt$/,
  /^dist\/renderer\/(index|panel)\.html$/,
  /^dist\/renderer\/assets\/[\w.-]+\.(js|css|svg|png|woff2)$/,
  /^assets\/icon\.(png|ico|icns)$/,
  /^assets\/icons\/[\w@.-]+\.png$/,
  /^node_modules\/keytar\/(package\.json|LICENSE\.md|lib\/keytar\.js)$/,
  /^node_modules\/keytar\/prebuilds\/(linux|darwin|win32)-(x64|arm64)\/[\w.+-]+\.node$/,
];
/** What processes of their own load, which is to lie outside it. */
const outsiders = /^(node_modules\/keytar\/|dist\/desktop\/keychain-helper\.cjs$)/;
const needed = [
  'package.json',
  'dist/desktop/preload.cjs',
  'dist/desktop/keychain-helper.cjs',
  'dist/renderer/index.html',
  'dist/renderer/panel.html',
  'assets/icon.png',
  'node_modules/keytar/lib/keytar.js',
];

/** The files of an archive, with whether each lies outside it. */
function filesIn(archive) {
  const found = [];
  const walk = ({ files }, folder) => {
    for (const [name, entry] of Object.entries(files)) {
      const file = folder === '' ? name : `${folder}/${name}`;
      if (entry.files !== undefined) walk(entry, file);
      else found.push({ file, outside: entry.unpacked === true });
    }
  };
  walk(getRawHeader(archive).header, '');
  return found;
}

/** Says what does not hold of an archive: one sentence each. `also` are files that may stand there besides. */
export function checkArchive(archive, also = []) {
  const files = filesIn(archive);
  const patterns = [...allowed, ...also];
  const wrong = [];
  for (const { file, outside } of files) {
    if (!patterns.some((pattern) => pattern.test(file)))
      wrong.push(`${file} has no business in the package.`);
    const wanted = outsiders.test(file);
    if (outside !== wanted) wrong.push(`${file} is ${outside ? 'outside' : 'inside'} the archive.`);
    if (outside && !existsSync(path.join(`${archive}.unpacked`, file)))
      wrong.push(`${file} is missing outside.`);
  }
  for (const file of needed) {
    if (!files.some((one) => one.file === file)) wrong.push(`${file} is missing.`);
  }
  const platforms = new Set(
    files.map(({ file }) => /prebuilds\/(\w+)-/.exec(file)?.[1]).filter((name) => name !== undefined),
  );
  if (platforms.size !== 1) wrong.push(`keytar is there for ${[...platforms].join(', ') || 'no platform'}.`);
  return wrong;
}

/** What electron-builder.yml says. */
export function readPackaging() {
  return load(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8'));
}

/** Says which fuses of a binary are not as electron-builder.yml has them. */
export async function checkFuses(binary) {
  const { electronFuses } = readPackaging();
  const wire = await getCurrentFuseWire(binary);
  const wrong = [];
  for (const [name, on] of Object.entries(electronFuses)) {
    const fuse = FuseV1Options[`${name[0].toUpperCase()}${name.slice(1)}`];
    const state = wire[fuse];
    if (state !== (on ? FuseState.ENABLE : FuseState.DISABLE)) {
      wrong.push(`The fuse ${name} is not ${on ? 'on' : 'off'} (${FuseState[state] ?? 'not there'}).`);
    }
  }
  return wrong;
}

/** What may stand in the folder of the command. */
const inCommand = [
  /^package\.json$/,
  /^(bin\/keyfob(\.cjs|\.exe)?|user-path\.exe)$/,
  /^dist\/main\/(cli|answered)\.js$/,
  /^dist\/main\/quick\.cjs$/,
  /^dist\/main\/chunks\/[\w.-]+\.js$/,
  /^dist\/licences\.txt$/,
  /^dist\/renderer\//,
  /^node_modules\/node\/(package\.json|LICENSE|bin\/node(\.exe)?)$/,
  // keytar, and `open` with what it depends on.
  /^node_modules\/(keytar|[\w-]+)\/.*(package\.json|\.js|\.node|xdg-open|readme\.md|license(\.md)?)$/i,
];
/** What has to run: the command itself, and Node. */
const programs = [
  ['bin/keyfob', 'bin/keyfob.exe'],
  ['node_modules/node/bin/node', 'node_modules/node/bin/node.exe'],
];

/** Says what does not hold of the folder of the command: one sentence each. */
export function checkCommand(folder) {
  const files = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  const wrong = files
    .filter((file) => !inCommand.some((pattern) => pattern.test(file)))
    .map((file) => `command/${file} has no business in the package.`);
  for (const file of ['bin/keyfob.cjs', 'dist/main/cli.js', 'node_modules/node/LICENSE']) {
    if (!files.includes(file)) wrong.push(`command/${file} is missing.`);
  }
  for (const names of programs) {
    const found = names.filter((name) => files.includes(name));
    if (found.length !== 1) wrong.push(`Of command/${names.join(', ')} one has to be there.`);
    else if (process.platform !== 'win32' && (statSync(path.join(folder, found[0])).mode & 0o111) === 0)
      wrong.push(`command/${found[0]} cannot be run.`);
  }
  return wrong;
}

/** The packed applications in or below a folder: archive, binary and the folder of what lies beside it. */
function applicationsIn(folder) {
  return (
    globSync('**/app.asar', { cwd: folder })
      .map((file) => path.join(folder, file))
      // Halves of a universal application are left behind beside the whole.
      .filter((file) => !/-temp[\\/]/.test(file))
      .map((archive) => {
        const resources = path.dirname(archive);
        const above = path.dirname(resources);
        const names = ['MacOS/Keyfob', 'keyfob-desktop', 'Keyfob.exe'].map((name) => path.join(above, name));
        return { archive, resources, binary: names.find((file) => existsSync(file)) };
      })
  );
}

/** Checks every application below a folder and resolves to what does not hold. */
export async function checkAll(folder, also = []) {
  const applications = applicationsIn(folder);
  const wrong = applications.length === 0 ? [`There is no application in ${folder}.`] : [];
  for (const { archive, resources, binary } of applications) {
    const about = (text) => `${path.relative(folder, archive)}: ${text}`;
    wrong.push(...checkArchive(archive, also).map(about));
    if (binary === undefined) wrong.push(about('The program is missing.'));
    else wrong.push(...(await checkFuses(binary)).map(about));
    if (existsSync(path.join(resources, 'default_app.asar')))
      wrong.push(about("Electron's own default application lies beside it."));
    wrong.push(...checkCommand(path.join(resources, 'command')).map(about));
  }
  return wrong;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder = path.join(root, 'dist', 'packages')] = process.argv.slice(2);
  const wrong = await checkAll(folder);
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) process.exitCode = 1;
  else console.log('Packed: archive, command and fuses are as they should be.');
}
