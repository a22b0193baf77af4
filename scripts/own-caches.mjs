/**
 * Imported first: compiled code is kept in this checkout. Left to themselves, Node's compile cache and
 * Playwright's keep it in the system's temporary folder under a name that every user of the machine can make
 * first, and run what they find there.
 */
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', '.cache');

process.env.NODE_COMPILE_CACHE = path.join(folder, 'node-compile');
process.env.PWTEST_CACHE_DIR = path.join(folder, 'playwright');
