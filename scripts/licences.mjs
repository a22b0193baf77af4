// Collects the licences of everything that is bundled or shipped into dist/licences.txt: the dependencies, what
// the window is made of, and what these depend on in turn.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Development dependencies that end up in the window. */
const inWindow = ['svelte', 'bits-ui'];

const own = read(root);
const found = new Map();
for (const name of [...Object.keys(own.dependencies ?? {}), ...inWindow]) collect(name, root);

const sections = [...found.values()]
  .toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
  .map(({ name, version, licence, text }) => `${name} ${version}: ${licence}\n\n${text}`);
const missing = [...found.values()].filter(({ licence }) => licence === 'UNKNOWN');
if (missing.length > 0) {
  process.stderr.write(`Without a licence: ${missing.map(({ name }) => name).join(', ')}\n`);
  process.exitCode = 1;
}
const rule = `\n\n${'-'.repeat(80)}\n\n`;
const text = [
  `Keyfob ${own.version}: ${own.license}\n\n${licenceText(root)}`,
  'Keyfob is made with these packages. Electron brings the licences of its own parts (LICENSES.chromium.html), and so does Node (MIT; node_modules/node/LICENSE beside the `keyfob` command).',
  ...sections,
].join(rule);
mkdirSync(path.join(root, 'dist'), { recursive: true });
writeFileSync(path.join(root, 'dist', 'licences.txt'), `${text}\n`);

/** Notes a package as `from` finds it, and what it depends on. */
function collect(name, from) {
  const folder = find(name, from);
  if (folder === null) return;
  const { version, license, licenses, dependencies = {} } = read(folder);
  const key = `${name}@${version}`;
  if (found.has(key)) return;
  const text = licenceText(folder);
  const said = license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ');
  const licence = said ?? (/^MIT License/i.test(text) ? 'MIT' : 'UNKNOWN');
  found.set(key, { name, version, licence, text });
  for (const next of Object.keys(dependencies)) collect(next, folder);
}

/** As Node finds packages: upwards. Null: an optional one that is not installed. */
function find(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const place = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(place, 'package.json'))) return place;
    if (folder === path.dirname(folder)) return null;
  }
}

function read(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

function licenceText(folder) {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)(\.|-|$)/i.test(name));
  if (names.length === 0) return '(The package holds no text of its licence.)';
  return names.map((name) => readFileSync(path.join(folder, name), 'utf8').trim()).join('\n\n');
}
