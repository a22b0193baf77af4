/**
 * What many accounts change, in the built agent with the file vault: until it answers, a token over a kept socket beside
 * one of an agent with a single account, its memory, and its processor at rest, with 1,000 and 10,000 accounts; 300 callers
 * at once whose account needs a new token; accounts that are added and signed in one after the other; a day of 10,000
 * accounts whose tokens live a day, in the core over a clock that is moved; and 1,000 tokens that have ended together,
 * renewed four at a time, and a caller among them.
 *
 *   node bench/accounts.mjs
 *
 * Both agents of a size are asked in turn. The vendor stands on loopback (for the 300 callers in a process of its own, else
 * in this one) and takes a time of its own to answer, which is the floor: of one refresh for callers that wait for it, of a
 * quarter of all for the crowd. "At rest" is user and system time of the agent in ten seconds, from two seconds after the
 * last was asked. "Beyond its text" is what an account takes of the heap after a collection of garbage, less the bytes of
 * its record as the vault has it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { makeCrowd, nameOf, recordOf } from '../testing/crowd-home.ts';
import { cleanUp, makeFolder, start, startAgent, until } from '../testing/program.ts';
import { simulateDay } from '../testing/simulated-day.ts';
import { refreshTokenOf, startRotatingVendor } from '../testing/rotating-vendor.ts';
import { bare, Caller, cpuOf, kept, memoryOf, startServer } from './endpoint.mjs';
import { quantile, rowOf, tellRows } from './rows.mjs';

/**
 * An agent with so many accounts whose tokens live an hour and are so many ms old; `took` ms until it answered. `heap`
 * tells the bytes of its heap after a collection of garbage, `text` are those of an account's record.
 */
async function startCrowd(vendor, count, age) {
  const folder = makeFolder();
  const home = path.join(folder, 'home');
  const crowd = {
    tokenUrl: () => vendor.tokenUrl,
    refreshToken: (index) => refreshTokenOf(index),
    lifetime: 3_600_000,
    age: () => age,
  };
  const args = await makeCrowd({ home, count, ...crowd });
  const [probe, out] = [path.join(folder, 'probe.cjs'), path.join(folder, 'heap')];
  writeFileSync(
    probe,
    `process.on('SIGUSR2', () => {
       require('node:v8').setFlagsFromString('--expose-gc');
       require('node:vm').runInNewContext('gc')();
       require('node:fs').writeFileSync(${JSON.stringify(out)}, String(process.memoryUsage().heapUsed));
     });`,
  );
  const env = { NODE_OPTIONS: `--require ${probe}` };
  const begun = performance.now();
  const agent = await startAgent({ home, args, env, within: 120_000 });
  const took = performance.now() - begun;
  const heap = async () => {
    agent.process.signal('SIGUSR2');
    return Number(
      await until('a file of the heap', () => existsSync(out) && readFileSync(out, 'utf8'), 30_000),
    );
  };
  return { agent, pid: agent.ready.pid, took, heap, text: JSON.stringify(recordOf(crowd, 0)).length };
}

/** Where a token of an account is asked for over a kept socket. */
const target = ({ agent }, name) => ({
  at: { path: agent.ready.socket },
  request: `GET /v1/token?account=${name} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
});

/** Resolves once a process has hardly anything to do: an agent answers before it has read all its accounts. */
async function rested(pid) {
  for (let last = -Infinity; ;) {
    const now = cpuOf(pid);
    if (now - last <= 10_000) return;
    last = now;
    await wait(1_000);
  }
}

/** Rows of an agent with so many accounts beside one that has a single one. */
async function measureAt(count, rounds) {
  const vendor = await startRotatingVendor();
  const of = `${count.toLocaleString('en')} accounts`;
  const [one, many] = [await startCrowd(vendor, 1, 60_000), await startCrowd(vendor, count, 60_000)];
  await rested(many.pid);
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
  const beyond = ((await many.heap()) - (await one.heap())) / (count - 1) - many.text;
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
      `accounts.${count}.heap`,
      `${of}: heap of each beyond its text`,
      'bytes',
      [beyond],
      null,
      count === 10_000 ? 2_000 : null,
    ),
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

/** The vendor in a process of its own: its time is its own, and no part of what this one does meanwhile. */
async function startVendorApart(delay) {
  const source = `
    import { startRotatingVendor } from ${JSON.stringify(import.meta.resolve('../testing/rotating-vendor.ts'))};
    const vendor = await startRotatingVendor({ delay: ${delay} });
    process.once('message', () => process.send(vendor.requests, () => process.exit()));
    process.once('disconnect', () => process.exit());
    process.send(vendor.tokenUrl);
  `;
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio });
  const [tokenUrl] = await once(child, 'message');
  const end = async () => {
    child.send('end');
    return (await once(child, 'message'))[0];
  };
  return { tokenUrl, end };
}

/**
 * 300 callers at once, each over a connection of its own, of an account that has to be renewed for them, round after round.
 * The first one, of an agent and a bare server that have just started, is a row of its own.
 */
async function measureCallers(rounds) {
  const delay = 200;
  const vendor = await startVendorApart(delay);
  const { agent } = await startCrowd(vendor, 1, 1_800_000);
  const askAll = async (to) => {
    const callers = Array.from({ length: 300 }, () => new Caller(to));
    const begun = performance.now();
    await Promise.all(callers.map((caller) => caller.open().then(() => caller.ask())));
    const took = performance.now() - begun;
    for (const caller of callers) caller.close();
    return took;
  };
  // A token of an hour is not renewed by itself a second later, and does not live as long as they ask for.
  const account = `${nameOf(0)}&min_valid=3599`;
  const server = await startServer(bare, { access_token: 'x' });
  const [beyond, floor] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    await wait(1_100);
    beyond.push((await askAll(target({ agent }, account))) - delay);
    floor.push(await askAll(target({ agent: { ready: server } }, account)));
  }
  server.end();
  await agent.stop();
  const asked = await vendor.end();
  if (asked < beyond.length) throw new Error(`${asked} renewals in ${beyond.length} rounds`);
  const [of, what] = ['300 callers at once', "beyond the vendor's time, by a bare server"];
  const [first, bareFirst] = [beyond.shift(), floor.shift()];
  return [
    rowOf(
      'accounts.callers.requests',
      `${of}: requests, each round`,
      'requests',
      [asked / (rounds + 1)],
      null,
      1,
    ),
    rowOf(
      'accounts.callers.first',
      `${of}, the agent just started: ${what}`,
      'ms',
      [first],
      [bareFirst],
      null,
    ),
    { ...rowOf('accounts.callers.time', `${of}: ${what}`, 'ms', beyond, floor, 50), of: 'value' },
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

/** Accounts of the practice vendor that are added and signed in over the socket, one after the other, in the memory vault. */
async function measureAdding(count) {
  const practice = start(['sandbox', '--json', '--port', '0'], { home: path.join(makeFolder(), 'home') });
  const { accounts } = JSON.parse(await practice.firstLine());
  const { provider, grant, settings, secrets } = accounts.find((one) => one.grant === 'client_credentials');
  const agent = await startAgent();
  const times = { add: [], login: [] };
  const timed = async (what, route, body) => {
    const begun = performance.now();
    const { status, text } = await agent.ask(route, { method: 'POST', body: JSON.stringify(body) });
    times[what].push(performance.now() - begun);
    if (status >= 300) throw new Error(text);
  };
  const addOne = async (index) => {
    await timed('add', '/v1/accounts', { name: nameOf(index), provider, grant, settings, secrets });
    await timed('login', `/v1/accounts/${nameOf(index)}/login`, {});
  };
  await addOne(0);
  await wait(5_000);
  const one = memoryOf(agent.ready.pid);
  for (let index = 1; index < count; index += 1) await addOne(index);
  const signedIn = (await agent.accounts()).filter(({ state }) => state === 'live').length;
  if (signedIn !== count) throw new Error(`${signedIn} of ${count} accounts are signed in`);
  await wait(5_000);
  const many = memoryOf(agent.ready.pid);
  await agent.stop();
  practice.signal('SIGTERM');
  await practice.ended;
  const of = `${count.toLocaleString('en')} accounts`;
  return [
    ...['add', 'login'].map((what) => {
      const mean = times[what].slice(1).reduce((sum, time) => sum + time, 0) / (count - 1);
      return rowOf(`accounts.${what}`, `${of}: ${what} over the socket, each`, 'ms', [mean], null, 6);
    }),
    rowOf('accounts.added.memory', `${of} added: memory, by one account`, 'MiB', [many], [one], 1.4),
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
      ...(await measureAdding(quick ? 200 : 1_000)),
      ...(await measureCallers(rounds)),
      ...(await measureTogether(quick ? 200 : 1_000)),
    ];
  } finally {
    await cleanUp();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  tellRows(await measure());
}
