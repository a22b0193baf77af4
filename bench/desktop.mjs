/**
 * `npm run bench:desktop [-- RUNS]`: how long Keyfob takes from its start to its icon in the tray (the moment
 * that the icon registers over D-Bus), and how much memory it holds hidden, each against an empty Electron
 * application in the same run (bench/empty-desktop.ts): hidden, a tray, no window.
 *
 * Memory is the proportional set size (PSS) summed over every process of the application, some seconds after
 * its start. The two take turns, so that what else the machine does befalls both. Ends with 1 when a limit is
 * missed: 1.3 times the start, 1.25 times the memory. Linux alone.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPlainDesktop } from '../testing/desktop/desktop.ts';
import { desktopMain, findElectron, missingPrograms } from '../testing/desktop/parts.ts';
import { startSession } from '../testing/desktop/session.ts';
import { buildMain } from '../testing/electron/build.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const limits = { start: 1.3, memory: 1.25 };
/** Ms from the icon to the measure of memory. */
const settle = 4000;

/** The process and all that it has started, in turn. */
function family(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      // proc(5): the parent is the second field behind the name, which stands in brackets.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch {
      // gone meanwhile
    }
  }
  const all = [pid];
  for (const one of all) all.push(...(parents.get(one) ?? []));
  return all;
}

/** MiB of PSS of a process, and what kind of process it is. */
function pssOf(pid) {
  const pss = Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  // Chromium writes the arguments of its processes anew, with blanks between.
  const kind = /--utility-sub-type=([\w.]+)/.exec(command)?.[1] ?? /--type=([\w-]+)/.exec(command)?.[1];
  const script = /([\w-]+\.cjs)\0/.exec(command)?.[1];
  return { mebibytes: pss / 1024, kind: kind ?? script ?? 'main' };
}

/** Starts an application once: ms to its icon, MiB of memory, and what each process holds. */
async function measure(session, application, home, args) {
  const before = session.tray.registrations();
  const began = performance.now();
  const desktop = startPlainDesktop(session, { application, home, args });
  try {
    while (session.tray.registrations() === before) {
      if (performance.now() - began > 30_000) throw new Error(`No icon came: ${desktop.stderr()}`);
      await wait(1);
    }
    const start = performance.now() - began;
    await wait(settle);
    const processes = family(desktop.pid).map(pssOf);
    const memory = processes.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
    return { start, memory, processes };
  } finally {
    await desktop.close();
  }
}

function median(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

async function main() {
  const missing = missingPrograms();
  if (missing.length > 0) throw new Error(`The bench needs ${missing.join(', ')}.`);
  // The test kit ends each start of its own at the latest when this process ends.
  process.setMaxListeners(0);
  const runs = Number(process.argv[2] ?? 9);
  const electron = findElectron();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kf-bench-'));
  const session = await startSession();
  const hidden = ['--json', '--hidden', '--port', '0'];
  const empty = path.join(root, 'dist', 'bench', 'empty.mjs');
  await buildMain('bench/empty-desktop.ts', empty);
  const both = {
    empty: { application: empty, args: [], all: [] },
    Keyfob: { application: desktopMain, args: hidden, all: [] },
  };
  try {
    console.log(
      `Electron ${electron.version}, ${runs} runs each, ${os.cpus().length} processors, load ${os.loadavg()[0].toFixed(1)}`,
    );
    // The first start of each fills caches and is not counted.
    for (let run = 0; run <= runs; run += 1) {
      for (const [name, one] of Object.entries(both)) {
        const result = await measure(session, one.application, path.join(folder, `home-${name}`), one.args);
        if (run > 0) one.all.push(result);
      }
    }
  } finally {
    await session.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  const summary = {};
  for (const [name, { all }] of Object.entries(both)) {
    const start = median(all.map((one) => one.start));
    const memory = median(all.map((one) => one.memory));
    summary[name] = { start, memory };
    const parts = all.at(-1).processes.map(({ kind, mebibytes }) => `${kind} ${mebibytes.toFixed(1)}`);
    console.log(
      `${name.padEnd(7)} start ${start.toFixed(0)} ms, memory ${memory.toFixed(1)} MiB (${parts.join(', ')})`,
    );
  }
  for (const [what, limit] of Object.entries(limits)) {
    const ratio = summary.Keyfob[what] / summary.empty[what];
    console.log(
      `${what.padEnd(7)} ${ratio.toFixed(2)} times the empty one's (at most ${limit})${ratio <= limit ? '' : ': MISSED'}`,
    );
    if (ratio > limit) process.exitCode = 1;
  }
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
