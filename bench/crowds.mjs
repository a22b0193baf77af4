/**
 * What a crowd of accounts costs, in the built agent with the file vault: a start, and a hundred refreshes at once
 * that callers wait for, among 100, 1,000 and 10,000 accounts.
 *
 *   node bench/crowds.mjs [ACCOUNTS…]
 *
 * Limits: a hundred refreshes among any number of accounts take at most twice what they take among a hundred, in the
 * same run; the loop of events is never blocked for more than 100 ms by them, nor by a start (Node's
 * `monitorEventLoopDelay`, inside the agent). Prints a line for each and ends with 1 when one is missed. The vendor
 * stands on loopback in this process. The first figure is taken as the floor.
 */
import { writeFileSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';

import { makeCrowd, nameOf } from '../testing/crowd-home.ts';
import { cleanUp, makeFolder, startAgent } from '../testing/program.ts';
import { refreshTokenOf, startRotatingVendor } from '../testing/rotating-vendor.ts';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1_000, 10_000];
const rounds = Number(process.env.ROUNDS ?? 3);
let missed = 0;

function say(what, value, unit, limit) {
  const good = limit === undefined || value <= limit;
  if (!good) missed += 1;
  const beside = limit === undefined ? '' : ` (limit ${Math.round(limit)})`;
  console.log(`${good ? 'ok    ' : 'MISSED'}  ${what}: ${Math.round(value)} ${unit}${beside}`);
}

/** What is loaded into the agent: it writes the longest block of its loop down every 100 ms, and forgets it on demand. */
function probe(folder) {
  const file = path.join(folder, 'probe.mjs');
  const out = path.join(folder, 'delay');
  writeFileSync(
    file,
    `import { monitorEventLoopDelay } from 'node:perf_hooks';
     import { existsSync, rmSync, writeFileSync } from 'node:fs';
     const seen = monitorEventLoopDelay({ resolution: 5 });
     seen.enable();
     setInterval(() => {
       if (existsSync(${JSON.stringify(`${out}.reset`)})) {
         seen.reset();
         rmSync(${JSON.stringify(`${out}.reset`)});
       }
       writeFileSync(${JSON.stringify(out)}, String(seen.max / 1e6));
     }, 100).unref();`,
  );
  return { file, out };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function longestBlock({ out }) {
  await pause(400);
  const found = Number(readFileSync(out, 'utf8'));
  writeFileSync(`${out}.reset`, '');
  await pause(400);
  return found;
}

let floor = null;
for (const accounts of sizes) {
  const folder = makeFolder();
  const vendor = await startRotatingVendor();
  const home = path.join(folder, 'home');
  const args = await makeCrowd({
    home,
    count: accounts,
    tokenUrl: () => vendor.tokenUrl,
    refreshToken: (index) => refreshTokenOf(index),
    lifetime: 3_600_000,
    age: () => 60_000,
  });
  const watched = probe(folder);
  let begun = performance.now();
  const env = { NODE_OPTIONS: `--import ${watched.file} ${process.env.AGENT_OPTIONS ?? ''}` };
  const agent = await startAgent({ home, args, env, within: 120_000 });
  say(`${accounts} accounts, a start`, performance.now() - begun, 'ms');
  say(`${accounts} accounts, the longest block at a start`, await longestBlock(watched), 'ms', 100);
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    begun = performance.now();
    const first = Math.max(0, Math.floor(accounts / 2) - 50);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        agent.ask(`/v1/accounts/${nameOf(first + n)}/refresh`, { method: 'POST' }),
      ),
    );
    times.push(performance.now() - begun);
    const bad = answers.filter(({ status }) => status !== 200);
    if (bad.length > 0) throw new Error(`${bad.length} refreshes failed: ${bad[0].text}`);
    await pause(300);
  }
  const took = Math.min(...times);
  floor ??= took;
  say(`${accounts} accounts, a hundred refreshes at once`, took, 'ms', floor * 2);
  say(`${accounts} accounts, the longest block at them`, await longestBlock(watched), 'ms', 100);
  if (vendor.reused.length > 0) throw new Error('a refresh token was sent twice');
  await agent.stop();
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
}
await cleanUp();
process.exit(missed === 0 ? 0 : 1);
