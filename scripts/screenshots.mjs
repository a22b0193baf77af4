/**
 * `npm run screenshots`: makes the pictures of `docs/images/` anew, from the built Keyfob, and every
 * screen of the window, light and dark, into `test-results/screens/`.
 *
 * Runs an agent in a home of its own (a temporary folder, secrets in memory) and the practice vendor, both on
 * free ports, adds accounts, and takes the pictures in the system's Chromium at twice the size. Nothing of the
 * person's own Keyfob is touched. CHROMIUM names another browser than /usr/bin/chromium.
 */
import './own-caches.mjs';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from '@playwright/test';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const images = path.join(root, 'docs', 'images');
const screens = path.join(root, 'test-results', 'screens');
const command = path.join(root, 'bin', 'keyfob.mjs');
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Bytes that a picture may have. */
const MOST = 200 * 1024;

const scratch = mkdtempSync(path.join(os.tmpdir(), 'keyfob-screenshots-'));
const env = { ...process.env, KEYFOB_HOME: path.join(scratch, 'home') };
const running = [];

/** Starts a command that prints one line of JSON when it is ready; resolves to what the line holds. */
async function start(...args) {
  const child = spawn(process.execPath, [command, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`keyfob ${args[0]} ended before it was ready.`);
}

/** Runs a command to its end with lines on standard input. */
async function keyfob(args, lines = []) {
  const child = spawn(process.execPath, [command, ...args], { env, stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`keyfob ${args[0]} ended with ${code}.`);
}

/** Adds a practice account under another name. */
async function add(name, { provider, grant, settings, secrets }) {
  const set = Object.entries(settings).flatMap(([field, value]) => ['--set', `${field}=${value}`]);
  const secret = Object.keys(secrets).flatMap((field) => ['--secret', field]);
  const args = ['add', name, '--provider', provider, '--grant', grant, ...set, ...secret];
  await keyfob(args, Object.values(secrets));
}

/** Takes a picture of what `box` covers, with a margin, and complains when the file is too large. */
async function take(page, name, box, margin = 24) {
  const { x, y, width, height } = await page.locator(box).first().boundingBox();
  const file = path.join(images, name);
  const viewport = page.viewportSize();
  const left = Math.max(0, x - margin);
  const top = Math.max(0, y - margin);
  const clip = {
    x: left,
    y: top,
    width: Math.min(viewport.width - left, width + 2 * margin),
    height: Math.min(viewport.height - top, height + 2 * margin),
  };
  await page.screenshot({ path: file, clip, animations: 'disabled' });
  const { size } = statSync(file);
  if (size > MOST) throw new Error(`${file} has ${size} bytes, more than ${MOST}.`);
  console.log(`${path.relative(root, file)}  ${Math.round(size / 1024)} kB`);
}

async function takeAll(browser) {
  const sandbox = await start('sandbox', '--json', '--port', '0');
  const agent = await start(
    ...['serve', '--json', '--vault', 'memory', '--port', '0', '--console-port', '0'],
  );
  const practice = (name) => sandbox.accounts.find((account) => account.name === name);
  const accounts = {
    hq: 'practice-eptura',
    'berlin-sandbox': 'practice-ioffice',
    visitors: 'practice-json-application',
    desks: 'practice-organization',
    rooms: 'practice-officernd',
  };
  for (const [name, like] of Object.entries(accounts)) {
    await add(name, practice(like));
    await keyfob(['login', name]);
  }
  await keyfob(['logout', 'visitors']);

  await keyfob(['client', 'add', 'nightly-report', '--accounts', 'hq']);
  for (const colorScheme of ['light', 'dark']) {
    // Each address of the console is good once.
    await takeWindow(browser, await freshLink(agent.socket), colorScheme);
  }

  const context = await browser.newContext({
    colorScheme: 'light',
    deviceScaleFactor: 2,
    viewport: { width: 720, height: 760 },
    locale: 'en-GB',
  });
  const page = await context.newPage();
  const { settings } = practice('practice-eptura-page');
  const address = new URL(`${settings.site}/login.html`);
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: settings.client_id,
    redirect_uri: settings.redirect_uri,
    scope: 'email',
    state: 'a-picture',
  }).toString();
  await page.goto(address.href);
  await take(page, 'practice-sign-in.png', 'main');
  await context.close();
}

/** Takes every screen of the window: all into `test-results/screens/`, the best into `docs/images/` too. */
async function takeWindow(browser, link, colorScheme) {
  const context = await browser.newContext({
    colorScheme,
    deviceScaleFactor: 1.5,
    viewport: { width: 1000, height: 700 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const button = (name) => page.getByRole('button', { name, exact: true });
  const screen = async (name, published) => {
    await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
    const file = path.join(screens, `${name}-${colorScheme}.png`);
    await page.screenshot({ path: file, animations: 'disabled' });
    if (published !== undefined) await publish(file, `${published}-${colorScheme}.png`);
  };
  await page.goto(link);
  await page.getByRole('img', { name: /last 24 hours/i }).waitFor();
  await screen('home', 'console');
  await page.setViewportSize({ width: 392, height: 640 });
  await screen('home-narrow', 'window-narrow');
  await page.setViewportSize({ width: 1000, height: 700 });
  await page.keyboard.press('Control+k');
  await screen('switcher', colorScheme === 'light' ? 'window-switcher' : undefined);
  await page.keyboard.press('Escape');
  await button('Who am I?').click();
  await page.getByText('Signed in as “').waitFor();
  await screen('who-am-i');
  await button('Add an account').click();
  await screen('add');
  await page.getByRole('option', { name: /^Eptura Workplace/ }).click();
  await button('Add and sign in').click();
  await screen('form-with-errors');
  await page.getByRole('button', { name: /^Serving|^Local tools/ }).click();
  await page.getByRole('heading', { name: 'Audit' }).waitFor();
  await screen('tools');
  await button('Add a client').click();
  await screen('add-client');
  await page.keyboard.press('Escape');
  await button('Settings').click();
  await screen('settings');
  await button('Own providers').click();
  await screen('providers');
  await button('New profile').click();
  await page.getByText('Profile is valid').waitFor();
  await screen('profile');
  await page.getByRole('searchbox').fill('no such account');
  await screen('nothing-found');
  await context.close();
}

/** Copies a picture into `docs/images/`, and complains when it is too large. */
async function publish(file, name) {
  const { size } = statSync(file);
  if (size > MOST) throw new Error(`${name} has ${size} bytes, more than ${MOST}.`);
  copyFileSync(file, path.join(images, name));
  console.log(`docs/images/${name}  ${Math.round(size / 1024)} kB`);
}

/** Asks the agent for a fresh address of its console. */
async function freshLink(socketPath) {
  const { request } = await import('node:http');
  const answer = await new Promise((resolve, reject) => {
    request({ socketPath, method: 'POST', path: '/v1/console', headers: { host: 'keyfob' } }, resolve)
      .on('error', reject)
      .end();
  });
  let text = '';
  for await (const chunk of answer) text += chunk;
  return JSON.parse(text).url;
}

if (!existsSync(executablePath)) {
  console.error(`There is no Chromium at ${executablePath}. Name it with CHROMIUM=/path/to/chromium.`);
  process.exit(1);
}
mkdirSync(images, { recursive: true });
mkdirSync(screens, { recursive: true });
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
  ],
});
try {
  await takeAll(browser);
} finally {
  await browser.close();
  for (const child of running) child.kill('SIGTERM');
  await Promise.all(
    running.map((child) => child.exitCode ?? new Promise((resolve) => child.on('exit', resolve))),
  );
  rmSync(scratch, { recursive: true, force: true });
}
