/**
 * What a crowd of accounts costs, in the built agent with the file vault: a hundred refreshes at once that callers
 * wait for, among 100, 1,000 and 10,000 accounts; a start, also one without `config.json`, and one when all are due.
 *
 *   node bench/crowds.mjs [ACCOUNTS…]
 *
 * Limits: a hundred refreshes among any number of accounts take at most twice what they take among the first, in the
 * same run; a start when all are due asks a vendor four at a time; the loop of events is never blocked for more than
 * 100 ms, at a start beside what the program's own beginning blocks it for (the first figure). Blocks are counted in
 * time of the agent's own thread, so that what else runs on the machine does not count. Prints a line for each and
 * ends with 1 when one is missed. The vendor stands on loopback in this process.
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
let startFloor = null;

function say(what, value, unit, limit) {
  const good = limit === undefined || value <= limit;
  if (!good) missed += 1;
  const beside = limit === undefined ? '' : ` (limit ${Math.round(limit)})`;
  console.log(`${good ? 'ok    ' : 'MISSED'}  ${what}: ${Math.round(value)} ${unit}${beside}`);
}

/** What is loaded into the agent: it writes down the longest block of its loop, in ms of its own, and forgets it on demand. */
function probe(folder) {
  const file = path.join(folder, 'probe.mjs');
  const out = path.join(folder, 'delay');
  writeFileSync(
    file,
    `import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
     const used = () => {
       const { user, system } = process.threadCpuUsage();
       return (user + system) / 1000;
     };
     let [last, longest] = [used(), 0];
     setInterval(() => {
       const now = used();
       longest = Math.max(longest, now - last);
       last = now;
     }, 1).unref();
     setInterval(() => {
       if (existsSync(${JSON.stringify(`${out}.reset`)})) {
         longest = 0;
         rmSync(${JSON.stringify(`${out}.reset`)});
       }
       writeFileSync(${JSON.stringify(`${out}.new`)}, JSON.stringify({ longest, used: used() }));
       renameSync(${JSON.stringify(`${out}.new`)}, ${JSON.stringify(out)});
     }, 100).unref();`,
  );
  return { file, out };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function longestBlock({ out }) {
  await pause(400);
  const { longest } = JSON.parse(readFileSync(out, 'utf8'));
  writeFileSync(`${out}.reset`, '');
  await pause(400);
  return longest;
}

/** A home with accounts at a vendor of its own, whose agent is watched. */
async function makeWatched(accounts, age) {
  const folder = makeFolder();
  const vendor = await startRotatingVendor();
  const home = path.join(folder, 'home');
  const args = await makeCrowd({
    home,
    count: accounts,
    tokenUrl: () => vendor.tokenUrl,
    refreshToken: (index) => refreshTokenOf(index),
    lifetime: 3_600_000,
    age: () => age,
  });
  const watched = probe(folder);
  const env = { NODE_OPTIONS: `--import ${watched.file} ${process.env.AGENT_OPTIONS ?? ''}` };
  return {
    ...{ folder, home, vendor, watched },
    async start(what) {
      const begun = performance.now();
      const agent = await startAgent({ home, args, env, within: 120_000 });
      say(`${accounts} accounts, ${what}`, performance.now() - begun, 'ms');
      const block = await longestBlock(watched);
      startFloor ??= block;
      say(`${accounts} accounts, the longest block at it`, block, 'ms', startFloor + 100);
      return agent;
    },
    async close() {
      if (vendor.reused.length > 0) throw new Error('a refresh token was sent twice');
      await vendor.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ms that the agent's thread has used so far. */
async function used({ out }) {
  await pause(300);
  return JSON.parse(readFileSync(out, 'utf8')).used;
}

/** Ms that a hundred refreshes take that are asked for at once, the best of some rounds, and what each uses. */
async function refreshHundred(agent, accounts, watched) {
  const first = Math.max(0, Math.floor(accounts / 2) - 50);
  const times = [];
  const before = await used(watched);
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
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
  return { took: Math.min(...times), uses: ((await used(watched)) - before) / rounds };
}

let floor = null;
for (const accounts of sizes) {
  const live = await makeWatched(accounts, 60_000);
  let agent = await live.start('a start');
  const { took, uses } = await refreshHundred(agent, accounts, live.watched);
  floor ??= { took, uses };
  say(`${accounts} accounts, a hundred refreshes at once`, took, 'ms', floor.took * 2);
  say(`${accounts} accounts, time of the agent's thread for them`, uses, 'ms', floor.uses * 2);
  say(`${accounts} accounts, the longest block at them`, await longestBlock(live.watched), 'ms', 100);
  await agent.stop();
  for (const name of ['config.json', 'config.json.bak']) rmSync(path.join(live.home, name), { force: true });
  agent = await live.start('a start without config.json');
  await agent.stop();
  await live.close();

  const due = await makeWatched(accounts, 7_200_000);
  agent = await due.start('a start when all are due');
  say(`${accounts} accounts, requests at a time then`, due.vendor.maxOpen, 'requests', 4);
  await agent.stop();
  await due.close();
}
await cleanUp();
process.exit(missed === 0 ? 0 : 1);
