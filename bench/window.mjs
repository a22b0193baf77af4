/**
 * How the window does with 1,000 and with 10,000 accounts, in the system's Chromium against a real agent: from opening the
 * page until rows are drawn (at most 300 ms), script for one key of the filter and of the quick switcher (at most 16 ms),
 * the rows that are touched when one account is refreshed (that one) and the script of it, and the sizes of window and
 * quick panel by gzip with the limits of testing/bundle-size.ts. Each is a median.
 *
 *   node bench/window.mjs
 *
 * CHROMIUM names another browser than /usr/bin/chromium. ACCOUNTS: how many, `1000,10000` by default.
 */
import { existsSync, realpathSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { chromium } from '@playwright/test';

import { builtFiles, firstScreenSize, MAX_ALL, MAX_FIRST_SCREEN, packed } from '../testing/bundle-size.ts';
import { makeCrowd } from '../testing/crowd-home.ts';
import { cleanUp, makeFolder, startAgent } from '../testing/program.ts';
import { quantile, rowOf, tellRows } from './rows.mjs';

/** Ms of script that the page has run so far. */
async function scriptMs(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((one) => one.name === 'ScriptDuration').value * 1000;
}

/** The median script of the keys of a text, typed one by one. */
async function perKey(page, session, text) {
  const spent = [];
  for (const key of text) {
    const before = await scriptMs(session);
    await page.keyboard.press(key);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    spent.push((await scriptMs(session)) - before);
  }
  return quantile(spent, 0.5);
}

/** Rows of the sizes by gzip. */
function sizeRows() {
  const row = (id, what, bytes, max) =>
    rowOf(`window.size.${id}`, `${what}, by gzip`, 'kB', [bytes / 1000], null, max / 1000);
  const pages = Object.entries(MAX_FIRST_SCREEN).map(([page, max]) =>
    row(page, `first screen of ${page}`, firstScreenSize(page), max),
  );
  return [
    ...pages,
    row('all', 'window and quick panel, all screens and languages', packed(builtFiles()), MAX_ALL),
  ];
}

/** A vendor that renews every token. */
async function startVendor() {
  const vendor = http.createServer((request, response) => {
    request.resume().on('end', () => {
      const answer = { access_token: 'a'.repeat(1000), token_type: 'Bearer', expires_in: 3600 };
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
    });
  });
  await new Promise((done) => vendor.listen(0, '127.0.0.1', done));
  return { tokenUrl: `http://127.0.0.1:${vendor.address().port}/token`, close: () => vendor.close() };
}

/** In the page: keeps when the first row was drawn. */
function watchFirstRow() {
  const watch = new MutationObserver(() => {
    if (document.querySelector('.row') === null) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.firstRow = performance.now())));
  });
  watch.observe(document, { childList: true, subtree: true });
}

/** In the page: keeps the names of the rows that change, until it is read. */
function watchRows() {
  window.touched = new Set();
  const keep = ({ target }) => {
    const row = (target instanceof Element ? target : target.parentElement)?.closest(
      '.row, .group, .accounts',
    );
    if (row !== null) window.touched.add(row.querySelector('.row-name b')?.textContent ?? row.className);
  };
  const everything = { childList: true, subtree: true, attributes: true, characterData: true };
  new MutationObserver((all) => all.forEach(keep)).observe(document.querySelector('.accounts'), everything);
}

async function measureAt(browser, count, tokenUrl) {
  const of = count.toLocaleString('en');
  const rows = [];
  const tell = (id, what, values, target, unit = 'ms') =>
    rows.push(rowOf(`window.${count}.${id}`, `${of} accounts: ${what}`, unit, values, null, target));
  const home = path.join(makeFolder(), 'home');
  const args = await makeCrowd({
    home,
    count,
    tokenUrl: () => tokenUrl,
    refreshToken: (index) => `refresh-${index}`,
    lifetime: 3_600_000,
    // Renewed, it tells another time.
    age: () => 1_800_000,
  });
  const agent = await startAgent({ home, args });
  const paints = [];
  let page;
  for (let n = 0; n < 5; n += 1) {
    await page?.context().close();
    const context = await browser.newContext({ viewport: { width: 1080, height: 760 } });
    page = await context.newPage();
    await page.goto((await agent.done(['console', '--no-open'])).trim());
    await page.locator('[data-row]').first().waitFor();
    // Measured on a reload of the open page: the link's secret is exchanged once.
    await page.addInitScript(watchFirstRow);
    await page.reload();
    await page.waitForFunction(() => window.firstRow !== undefined);
    paints.push(await page.evaluate(() => window.firstRow));
  }
  tell('drawn', 'rows drawn', paints, 300);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.getByRole('searchbox').click();
  tell('filter', 'a key of the filter, script', [await perKey(page, session, 'account-99')], 16);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  tell('switcher', 'a key of the switcher, script', [await perKey(page, session, 'account-99')], 16);
  await page.keyboard.press('Escape');

  // A row that is drawn is refreshed; of three the calmest, for a minute may pass on every row meanwhile.
  const updates = [];
  for (let n = 0; n < 3; n += 1) {
    const name = await page.locator('.row-name b').nth(n).textContent();
    await page.evaluate(watchRows);
    const before = await scriptMs(session);
    const { status, text } = await agent.ask(`/v1/accounts/${name}/refresh`, { method: 'POST' });
    if (status !== 200) throw new Error(text);
    await page.waitForTimeout(700);
    const touched = await page.evaluate(() => [...window.touched]);
    if (!touched.includes(name)) throw new Error(`The row of ${name} did not change: ${touched.join(' ')}`);
    updates.push({ rows: touched.length, script: (await scriptMs(session)) - before });
  }
  const least = (of) => [Math.min(...updates.map(of))];
  tell(
    'rows',
    'rows that a refresh touches',
    least((one) => one.rows),
    1,
    'rows',
  );
  tell(
    'refresh',
    'script of a refresh',
    least((one) => one.script),
    16,
  );
  await page.context().close();
  await agent.stop();
  return rows;
}

/** All rows of the window; one that says what is missing where there is no Chromium. */
export async function measure({ quick = false } = {}) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const rows = sizeRows();
  if (!existsSync(executablePath))
    return [...rows, { missing: `${executablePath} (apt-get install chromium)` }];
  const counts = (process.env.ACCOUNTS ?? (quick ? '1000' : '1000,10000')).split(',').map(Number);
  const vendor = await startVendor();
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
  try {
    for (const count of counts) rows.push(...(await measureAt(browser, count, vendor.tokenUrl)));
    return rows;
  } finally {
    await browser.close();
    vendor.close();
    await cleanUp();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  tellRows(await measure());
}
