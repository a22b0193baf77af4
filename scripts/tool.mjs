/**
 * Runs the command of an installed package, as npm would, with caches of our own (own-caches.mjs):
 * `node scripts/tool.mjs PACKAGE[/COMMAND] ARGS…`.
 */
import './own-caches.mjs';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [named = '', ...args] = process.argv.slice(2);
const [name, command = name] = named.split('/');
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', name);
const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
const file = path.join(folder, typeof bin === 'string' ? bin : bin[command]);
process.argv = [process.execPath, file, ...args];
await import(pathToFileURL(file).href);
