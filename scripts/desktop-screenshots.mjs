/**
 * The second half of `npm run screenshots`: the desktop's pictures in `docs/images/`, with the title bars that
 * openbox draws, from the built desktop in the Electron that its specs run in. A session and homes of its own;
 * nothing of the person's is touched. Linux alone.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { startDesktop } from '../testing/desktop/desktop.ts';
import { findElectron, missingPrograms } from '../testing/desktop/parts.ts';
import { startSession } from '../testing/desktop/session.ts';
import { cleanUp, fieldsOf, linesOf, sleep, startPractice, until } from '../testing/program.ts';

const images = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'images');
/** Pixels; what is below in a window is cut off. */
const tallest = 745;

/** Keeps a window, by its title, with its frame. */
async function take(session, title, name) {
  const id = await session.screen.window(title);
  // Until nothing moves any more.
  await sleep(700);
  const file = path.join(images, `${name}.png`);
  const look = ['-crop', `x${tallest}+0+0`, '+repage', '-strip', '+dither', '-colors', '255', '-depth', '8'];
  const { status } = spawnSync('import', ['-frame', '-window', id, ...look, file], { env: session.env });
  if (status !== 0) throw new Error(`The window ${title} could not be kept as a picture.`);
  console.log(`docs/images/${name}.png  ${Math.round(statSync(file).size / 1024)} kB`);
}

/** Starts a desktop in a new home, with secrets in memory. */
async function begin(session) {
  const desktop = await startDesktop(session, { args: ['--json', '--port', '0', '--vault', 'memory'] });
  await desktop.ready();
  const done = async (args, input) => {
    const { code, stderr } = await desktop.keyfob(args, input);
    if (code !== 0) throw new Error(`keyfob ${args.join(' ')} ended with ${code}: ${stderr}`);
  };
  return { desktop, page: await desktop.window(/^keyfob-app:/), done };
}

async function takeFirstToken(session, person) {
  const { desktop, page } = await begin(session);
  await page.waitForSelector('h2:has-text("Get a first token")');
  await take(session, '^Keyfob$', 'desktop-first-start');
  await page.click('button:has-text("practice vendor")');
  const vendor = await desktop.window(/^http:\/\/127\.0\.0\.1:/);
  await vendor.fill('input[name=username]', person.username);
  await vendor.fill('input[name=password]', person.password);
  await vendor.click('button:has-text("Sign in")');
  await page.waitForSelector('h2:has-text("practice is signed in")');
  await page.click('button:has-text("Copy token")');
  await take(session, '^Sign in: practice', 'desktop-signed-in');
  await desktop.close();
}

async function takeAccounts(session, practice) {
  const { desktop, page, done } = await begin(session);
  const accounts = {
    hq: 'practice-eptura',
    'berlin-sandbox': 'practice-ioffice',
    visitors: 'practice-json-application',
    desks: 'practice-organization',
    rooms: 'practice-officernd',
  };
  for (const [name, like] of Object.entries(accounts)) {
    const account = practice.account(like);
    await done(['add', name, ...fieldsOf(account)], linesOf(account));
    await done(['login', name]);
  }
  await done(['logout', 'visitors']);
  await page.waitForSelector('[data-row="4"]');
  await page.click('button:has-text("Not now")');
  await take(session, '^Keyfob$', 'desktop-window');

  await done(['panel']);
  await take(session, 'quick panel', 'desktop-panel');
  await done(['panel']);

  const account = practice.account('practice-eptura-page');
  await done(['add', 'vienna', ...fieldsOf(account)], linesOf(account));
  const login = desktop.startKeyfob(['login', 'vienna']);
  const vendor = await desktop.window(/^http:\/\/127\.0\.0\.1:/);
  await vendor.waitForSelector('input[name=username]');
  await until('its title', () => session.screen.windowsLike('Sign in to vienna')[0]);
  await take(session, 'Sign in to vienna', 'desktop-sign-in');
  login.signal('SIGINT');
  await login.ended;
  await desktop.close();
}

const missing = missingPrograms();
if (missing.length > 0) throw new Error(`The desktop's pictures need ${missing.join(', ')}.`);
const session = await startSession();
try {
  // No row under the pointer.
  spawnSync('xdotool', ['mousemove', '0', '0'], { env: session.env });
  const practice = await startPractice();
  console.log(`The desktop's pictures are taken in Electron ${findElectron().version}.`);
  await takeFirstToken(session, practice.description.person);
  await takeAccounts(session, practice);
} finally {
  await session.stop();
  await cleanUp();
}
process.exit();
