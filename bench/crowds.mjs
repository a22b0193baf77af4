/**
 * What a crowd of accounts costs, in the built agent with the file vault: a hundred refreshes at once that callers
 * wait for, among 100, 1,000 and 10,000 accounts; a start, also one without `config.json`, and one when all are due.
 *
 *   node bench/crowds.mjs [ACCOUNTS…]
 *
 * Limits: a hundred refreshes among any number of accounts take at most twice what they take among the first, in the
 * same run; a start when all are due asks a vendor four at a time; the loop of events is never blocked for more than
 * 100 ms, at a start beside what the program's own beginning blocks it for (the first figure). Blocks are counted in
 * time of the agent's own thread, so that what else runs on the machine does not count. The vendor stands on loopback in
 * this process. Run by itself it ends with 1 when one is missed.
 */
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { makeCrowd, nameOf } from '../testing/crowd-home.ts';
import { cleanUp, makeFolder, startAgent } from '../testing/program.ts';
import { refreshTokenOf, startRotatingVendor } from '../testing/rotating-vendor.ts';
import { rowOf, tellRows } from './rows.mjs';

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

/** What every other block at a start is measured by: what the program's own beginning blocks it for. */
const STARTING = 'the longest block at a start';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function longestBlock({ out }) {
  await pause(400);
  const { longest } = JSON.parse(readFileSync(out, 'utf8'));
  writeFileSync(`${out}.reset`, '');
  await pause(400);
  return longest;
}

/** A home with accounts at a vendor of its own, whose agent is watched. */
async function makeWatched(accounts, age, tell) {
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
      tell(what, performance.now() - begun);
      // It answers before it has read all accounts, which is neither a block less nor a part of what comes after.
      if (age < 3_600_000) await rested(watched);
      tell(`the longest block at ${what}`, await longestBlock(watched));
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

/** Resolves once the agent's thread has hardly anything to do. */
async function rested(watched) {
  for (let last = -Infinity; ;) {
    const now = await used(watched);
    if (now - last < 15) return;
    last = now;
  }
}

/** Ms that a hundred refreshes take that are asked for at once, the best of some rounds, and what each uses. */
async function refreshHundred(agent, accounts, watched, rounds) {
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

/** All rows of the crowds. `sizes`: how many accounts; the first is the floor of the others. */
export async function measure({
  quick = false,
  rounds = 3,
  sizes = quick ? [100, 1_000] : [100, 1_000, 10_000],
} = {}) {
  const rows = [];
  const first = new Map();
  try {
    for (const accounts of sizes) {
      const tell = (what, value, { unit = 'ms', target = null, by = null } = {}) => {
        if (!first.has(what)) first.set(what, value);
        const limit = what.startsWith('the longest block at a start')
          ? Math.round(first.get(STARTING)) + 100
          : target;
        const floor = by === 'first' && accounts !== sizes[0] ? [first.get(what)] : null;
        const text = `${accounts.toLocaleString('en')} accounts: ${what}`;
        rows.push(
          rowOf(
            `crowds.${accounts}.${what}`,
            text,
            unit,
            [value],
            floor,
            floor === null && by ? null : limit,
          ),
        );
      };
      const live = await makeWatched(accounts, 60_000, tell);
      let agent = await live.start('a start');
      const { took, uses } = await refreshHundred(agent, accounts, live.watched, rounds);
      tell('a hundred refreshes at once', took, { target: 2, by: 'first' });
      tell("time of the agent's thread for them", uses, { target: 2, by: 'first' });
      tell('the longest block at them', await longestBlock(live.watched), { target: 100 });
      await agent.stop();
      for (const name of ['config.json', 'config.json.bak'])
        rmSync(path.join(live.home, name), { force: true });
      agent = await live.start('a start without config.json');
      await agent.stop();
      await live.close();

      const due = await makeWatched(accounts, 7_200_000, tell);
      agent = await due.start('a start when all are due');
      tell('requests at a time then', due.vendor.maxOpen, { unit: 'requests', target: 4 });
      await agent.stop();
      await due.close();
    }
    return rows;
  } finally {
    await cleanUp();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const sizes = process.argv.slice(2).map(Number);
  tellRows(
    await measure({ rounds: Number(process.env.ROUNDS ?? 3), ...(sizes.length > 0 ? { sizes } : {}) }),
  );
}
