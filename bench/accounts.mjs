/**
 * What many accounts change, in the built agent with the file vault: until it answers, a token over a kept socket beside
 * one of an agent with a single account, its memory, and its processor at rest, with 1,000 and 10,000 accounts; 300 callers
 * at once whose account needs a new token; a day of 10,000 accounts whose tokens live a day, in the core over a clock that is
 * moved; and 1,000 tokens that have ended together, renewed four at a time, and a caller
 * among them.
 *
 *   node bench/accounts.mjs
 *
 * Both agents of a size are asked in turn. The vendor stands on loopback in this process and takes a time of its own to
 * answer, which is the floor: of one refresh for callers that wait for it, of a quarter of all for the crowd. "At rest" is
 * user and system time of the agent in ten seconds, from two seconds after the last was asked.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { makeCrowd, nameOf } from '../testing/crowd-home.ts';
import { cleanUp, makeFolder, startAgent } from '../testing/program.ts';
import { simulateDay } from '../testing/simulated-day.ts';
import { refreshTokenOf, startRotatingVendor } from '../testing/rotating-vendor.ts';
import { Caller, cpuOf, kept, memoryOf } from './endpoint.mjs';
import { quantile, rowOf, tellRows } from './rows.mjs';

/** An agent with so many accounts whose tokens live an hour and are so many ms old; `took` ms until it answered. */
async function startCrowd(vendor, count, age) {
  const home = path.join(makeFolder(), 'home');
  const args = await makeCrowd({
    home,
    count,
    tokenUrl: () => vendor.tokenUrl,
    refreshToken: (index) => refreshTokenOf(index),
    lifetime: 3_600_000,
    age: () => age,
  });
  const begun = performance.now();
  const agent = await startAgent({ home, args, within: 120_000 });
  return { agent, pid: agent.ready.pid, took: performance.now() - begun };
}

/** Where a token of an account is asked for over a kept socket. */
const target = ({ agent }, name) => ({
  at: { path: agent.ready.socket },
  request: `GET /v1/token?account=${name} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
});

/** Rows of an agent with so many accounts beside one that has a single one. */
async function measureAt(count, rounds) {
  const vendor = await startRotatingVendor();
  const of = `${count.toLocaleString('en')} accounts`;
  const [one, many] = [await startCrowd(vendor, 1, 60_000), await startCrowd(vendor, count, 60_000)];
  await wait(2_000);
  const memory = [many, one].map(({ pid }) => [memoryOf(pid)]);
  const times = { one: [], many: [] };
  for (let round = -1; round < rounds; round += 1) {
    const asked = {
      one: await kept(target(one, nameOf(0)), 500),
      many: await kept(target(many, nameOf(Math.floor(count / 2))), 500),
    };
    if (round >= 0) for (const name of ['one', 'many']) times[name].push(quantile(asked[name], 0.5));
  }
  await wait(2_000);
  const before = cpuOf(many.pid);
  await wait(10_000);
  const rest = (cpuOf(many.pid) - before) / 1000;
  for (const { agent } of [one, many]) await agent.stop();
  await vendor.close();
  return [
    rowOf(
      `accounts.${count}.start`,
      `${of}: a start until it answers`,
      'ms',
      [many.took],
      null,
      count === 10_000 ? 1_000 : null,
    ),
    rowOf(`accounts.${count}.token`, `${of}: kept socket, by one account`, 'µs', times.many, times.one, 1.1),
    rowOf(`accounts.${count}.memory`, `${of}: memory, by one account`, 'MiB', ...memory, null),
    rowOf(
      `accounts.${count}.rest`,
      `${of}: processor in 10 s at rest`,
      'ms',
      [rest],
      null,
      count === 1_000 ? 30 : null,
    ),
  ];
}

/** 300 callers at once, each over a connection of its own, of an account that has to be renewed for them. */
async function measureCallers() {
  const delay = 200;
  const vendor = await startRotatingVendor({ delay });
  // Half of the hour is over: nobody renews it yet, and it does not live as long as they ask for.
  const { agent } = await startCrowd(vendor, 1, 1_800_000);
  await wait(1_000);
  const to = target({ agent }, `${nameOf(0)}&min_valid=3000`);
  const askAll = async () => {
    const callers = Array.from({ length: 300 }, () => new Caller(to));
    const begun = performance.now();
    await Promise.all(callers.map((caller) => caller.open().then(() => caller.ask())));
    const took = performance.now() - begun;
    for (const caller of callers) caller.close();
    return took;
  };
  const took = await askAll();
  // The same callers of what is there now: what asking alone takes.
  const live = await askAll();
  await agent.stop();
  await vendor.close();
  const [requests, beyond] = ['requests', "beyond the vendor's time, by a live token"];
  const row = rowOf(
    'accounts.callers.time',
    `300 callers at once: ${beyond}`,
    'ms',
    [took - delay],
    [live],
    50,
  );
  return [
    rowOf(
      'accounts.callers.requests',
      `300 callers at once: ${requests}`,
      requests,
      [vendor.requests],
      null,
      1,
    ),
    { ...row, of: 'value' },
  ];
}

/** Accounts whose tokens ended while nothing ran, and a caller of the last of them meanwhile. */
async function measureTogether(count) {
  const delay = 50;
  const vendor = await startRotatingVendor({ delay });
  const begun = performance.now();
  const { agent } = await startCrowd(vendor, count, 7_200_000);
  const started = performance.now();
  const { status, text } = await agent.ask(`/v1/token?account=${nameOf(count - 1)}`);
  const waited = performance.now() - started;
  if (status !== 200) throw new Error(text);
  while (vendor.requests < count && performance.now() - begun < 120_000) await wait(20);
  const took = performance.now() - started;
  if (vendor.requests !== count || vendor.reused.length > 0) throw new Error(`${vendor.requests} requests`);
  await agent.stop();
  await vendor.close();
  const of = `${count.toLocaleString('en')} that ended together`;
  return [
    rowOf(
      'accounts.together.all',
      `${of}: all renewed, by four at once`,
      'ms',
      [took],
      [(count / 4) * delay],
      null,
    ),
    rowOf(
      'accounts.together.caller',
      `${of}: a caller meanwhile, by the vendor's time`,
      'ms',
      [waited],
      [delay],
      null,
    ),
  ];
}

/** A day of 10,000 accounts, over a clock that is moved. */
async function measureDay() {
  const { cpu, maxOpen, requests, servedPastEnd } = await simulateDay(10_000);
  if (servedPastEnd.length > 0) throw new Error(`${servedPastEnd.length} tokens were served past their end`);
  const of = `10,000 accounts: a simulated day, ${requests} renewals`;
  return [
    rowOf('accounts.10000.day', `${of}: processor`, 'ms', [cpu], null, 5_000),
    rowOf('accounts.10000.day.open', `${of}: at a time`, 'requests', [maxOpen], null, 4),
  ];
}

/** All rows of many accounts. */
export async function measure({ quick = false, rounds = 7 } = {}) {
  try {
    return [
      ...(await measureAt(1_000, rounds)),
      ...(await measureAt(10_000, rounds)),
      ...(await measureDay()),
      ...(await measureCallers()),
      ...(await measureTogether(quick ? 200 : 1_000)),
    ];
  } finally {
    await cleanUp();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  tellRows(await measure());
}
