/**
 * `npm run electron:test`: fetches the Electron for tests (33.2.1, Linux x64) unless it is there, and prints the
 * path of its binary as the last line of standard output. For tests and for trying, not for daily use.
 *
 * `npm run electron:test -- run ARGS…` starts the desktop in it. Switches that are none of the desktop's own
 * (`--no-sandbox`, `--inspect=…`, `--remote-debugging-port=…`) go to Electron. Standard streams, signals and the
 * exit code are the desktop's.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { optionTable } from '../main/desktop/options.ts';
import { fetchTestRuntime, firstArguments, runElectron, versionOf } from './electron-runtime.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Parts arguments into Electron's switches and what is the desktop's. */
function partArguments(args) {
  const { tokens } = parseArgs({
    args,
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: optionTable,
  });
  const foreign = new Set(
    tokens
      .filter(({ kind, name }) => kind === 'option' && !Object.hasOwn(optionTable, name))
      .map(({ index }) => index),
  );
  return {
    switches: args.filter((_arg, index) => foreign.has(index)),
    own: args.filter((_arg, index) => !foreign.has(index)),
  };
}

const [command, ...args] = process.argv.slice(2);
try {
  if (command !== undefined && command !== 'run') {
    throw new Error(`There is no \`${command}\` here: \`npm run electron:test\`, or \`… -- run ARGS…\`.`);
  }
  const binary = await fetchTestRuntime();
  if (command === undefined) console.log(binary);
  else {
    const { switches, own } = partArguments(args);
    const main = path.join(root, 'dist', 'desktop', 'main.js');
    if (!existsSync(main)) throw new Error('The desktop is not built: `npm run build` builds it.');
    runElectron(binary, [...switches, ...firstArguments(versionOf(binary)), main, ...own]);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
