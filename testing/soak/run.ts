// `npm run soak [-- --minutes N] [--accounts N] [--seed TEXT] [--report FILE]`: ends with 1 when a promise was broken.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { cleanUp, sleep } from '../program.ts';
import { ask, call, disturb, mind, randomOf, rotateSecrets, takeNetworkAway } from './events.ts';
import type { Going } from './events.ts';
import { Oracle } from './oracle.ts';
import { soakRules } from './plan.ts';
import { renderReport } from './report.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

/** Callers at a time. */
const callers = 16;
/** Seconds that tokens live. */
const lifetimes = [30, 90] as const;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    accounts: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    report: { type: 'string' },
  },
});
const [minutes, count] = [Number(values.minutes), Number(values.accounts)];
if (!(minutes > 0 && count >= 1)) {
  process.stderr.write('--minutes and --accounts are numbers above 0.\n');
  process.exit(2);
}
const tell = (text: string): void => void process.stdout.write(`${new Date().toISOString()} ${text}\n`);

/** Resident memory of the agent, MiB. */
function memoryOf({ agent }: World): number | null {
  const file = `/proc/${String(agent.ready.pid)}/status`;
  if (!existsSync(file)) return null;
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024);
}

/** Seconds until every account is live and gives a token; null: not within a minute. */
async function recover(going: Going): Promise<number | null> {
  const { world, oracle } = going;
  const begun = Date.now();
  let waiting = [...world.accounts];
  while (Date.now() - begun < 60_000) {
    const codes = await Promise.all(waiting.map((account) => ask(going, account)));
    waiting = waiting.filter((_, index) => codes[index] !== 'token');
    const states = await world.client.accounts();
    const fine = states.every(({ state }) => state === 'live' || state === 'refreshing');
    if (waiting.length === 0 && fine) return Math.round((Date.now() - begun) / 1000);
    await sleep(1000);
  }
  const states = Object.entries(Object.groupBy(await world.client.accounts(), ({ state }) => state));
  const detail = states.map(([state, some = []]) => `${String(some.length)} ${state}`).join(', ');
  oracle.violation('not everything was live a minute after the faults had ended', detail);
  return null;
}

/** No more faults, and what hangs because of one is reset: an exchange that spends a refresh token would have minutes. */
async function endFaults({ world, oracle }: Going): Promise<void> {
  oracle.away.push({ from: Date.now(), to: Date.now() + 1000 });
  for (const { proxy } of world.vendors) {
    proxy.setRules([]);
    await proxy.setReachable(false);
    await proxy.setReachable(true);
  }
}

/** Files of the home in which a secret of a vendor stands. */
function looseSecrets({ home }: World): string[] {
  return readdirSync(home.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, 'latin1').includes('loopback-'));
}

const oracle = new Oracle();
let code = 1;
try {
  tell(`signing ${String(count)} accounts in`);
  const world = await startWorld(oracle, { count, seed: values.seed, lifetimes });
  const going: Going = {
    world,
    oracle,
    random: randomOf(values.seed),
    happened: new Map<string, number>(),
    eventful: true,
    over: false,
  };
  const first = memoryOf(world);
  let max = first ?? 0;
  for (const { proxy } of world.vendors) proxy.setRules(soakRules);
  tell(`all are signed in; for ${String(minutes)} minutes`);
  const befalling = [rotateSecrets, takeNetworkAway, disturb].map((event) => event(going));
  const using = [mind(going), ...Array.from({ length: callers }, () => call(going))];
  const failing = Promise.all([...befalling, ...using]).then(() => undefined);
  for (let minute = 0; minute < minutes; minute += 1) {
    await Promise.race([sleep(Math.min(1, minutes - minute) * 60_000), failing]);
    max = Math.max(max, memoryOf(world) ?? 0);
    const bad = [...oracle.violations].map(
      ([what, found]) => `${what}: ${String(found.count)} (${found.first.join('; ')})`,
    );
    tell(
      `minute ${String(minute + 1)}: ${String(oracle.exchanges)} exchanges; ${bad.join('; ') || 'nothing found'}`,
    );
  }
  going.eventful = false;
  await Promise.all(befalling);
  await endFaults(going);
  tell('no more faults');
  const recovered = await recover(going);
  going.over = true;
  await failing;
  await world.close();
  for (const file of looseSecrets(world)) oracle.violation('a secret stands in a file', path.basename(file));
  const requests = world.vendors.reduce((sum, vendor) => sum + vendor.requests, 0);
  const memory = first === null ? null : { first, max };
  const report = renderReport({
    seed: values.seed,
    accounts: count,
    minutes,
    oracle,
    happened: going.happened,
    recovered,
    requests,
    memory,
  });
  if (values.report === undefined) process.stdout.write(`\n${report}`);
  else writeFileSync(values.report, report);
  const broken = [...oracle.violations.values()].reduce((sum, found) => sum + found.count, 0);
  tell(`${String(broken)} times a promise was broken`);
  code = broken > 0 ? 1 : 0;
} finally {
  await cleanUp();
}
process.exit(code);
