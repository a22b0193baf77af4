// What Electron 45 has and the runtime for tests (33.2.1) lacks, put in place of what it has instead. Loaded
// before the desktop's own bundle (--require); where the names are there, it changes nothing.
'use strict';

const electron = require('electron');
const { existsSync } = require('node:fs');
const { register } = require('node:module');
const path = require('node:path');
const process = require('node:process');

/** https://electronjs.org/docs/latest/api/clipboard-item, for texts and Blobs. */
class ClipboardItem {
  #contents;

  constructor(contents) {
    if (Object.keys(contents).length === 0) throw new TypeError('A ClipboardItem holds at least one type.');
    this.#contents = { ...contents };
  }

  get types() {
    return Object.keys(this.#contents);
  }

  async getType(type) {
    const content = await this.#contents[type];
    if (content === undefined) throw new DOMException(`There is no ${type} in it.`, 'NotFoundError');
    return typeof content === 'string' ? new Blob([content], { type }) : content;
  }
}

/** Makes the clipboard's calls what they are in Electron 45. */
function addClipboard() {
  const { clipboard } = electron;
  const [readText, writeText] = [clipboard.readText, clipboard.writeText].map((one) => one.bind(clipboard));
  Object.assign(clipboard, {
    readText: async () => readText(),
    writeText: async (text) => writeText(text),
    // Each write of the older clipboard takes everything before it away: the text alone is written, and the
    // marks for clipboard histories are not.
    async write([item]) {
      writeText(await (await item.getType('text/plain')).text());
    },
  });
  // Enumerable: what is there when an ES module first imports `electron` can be imported.
  Object.defineProperty(electron, 'ClipboardItem', { value: ClipboardItem, enumerable: true });
}

/** Whether ES modules import `electron` already: Electron's own default application does, the lane's does not. */
function isImported() {
  const manifest = path.join(process.resourcesPath, 'default_app.asar', 'package.json');
  return existsSync(manifest) && require(manifest).name !== 'keyfob-default-app';
}

/** Gives ES modules the names that are there now. What they import else has the names of the first time. */
function renewImports() {
  const names = Object.keys(electron).join(', ');
  const source = `import { createRequire } from 'node:module';
    const electron = createRequire('file:///')('electron');
    export default electron;
    export const { ${names} } = electron;`;
  const hook = `export const resolve = (specifier, context, next) => specifier === 'electron'
    ? { url: ${JSON.stringify(toUrl(source))}, format: 'module', shortCircuit: true } : next(specifier, context);`;
  register(toUrl(hook));
}

function toUrl(source) {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

if (electron.ClipboardItem === undefined) {
  addClipboard();
  if (isImported()) renewImports();
}
