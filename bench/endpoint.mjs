/**
 * What a token costs at the endpoint of the built agent, beside a bare `node:http` server and one of fifteen lines that
 * checks Host and key, each a process of its own, all asked in turn in the same run.
 *
 *   node bench/endpoint.mjs [ROUNDS]
 *
 * The caller writes the same bytes to each over `node:net` and waits for the answer; it has one processor, the servers
 * another (`taskset`, where there is one), and all are warm: each is asked 10,000 times before a row. Times are µs of a round trip, the
 * median and the 99th percentile of each round; a ratio is of the same round, and the row gives the median of the rounds
 * and the spread of their middle half. `cpu` is the server's own processor time for a request (user and system, all threads), which a busy
 * machine changes less. Memory is the resident set (VmRSS). One account of the practice vendor, in the memory vault.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { cleanUp, makeFolder, start, startAgent } from '../testing/program.ts';
import { printRows, quantile, rowOf } from './rows.mjs';

/** A server that answers what it is given, in no more lines than that takes: the floor. */
export const bare = `
import http from 'node:http';
const answer = JSON.stringify(JSON.parse(process.argv[1]));
const serve = (q, s) => { s.writeHead(200, { 'Content-Type': 'application/json' }); s.end(answer); };
const servers = [http.createServer(serve).listen(0, '127.0.0.1'), http.createServer(serve).listen(process.argv[2])];
servers[0].on('listening', () => console.log(servers[0].address().port));
`;

const short = `
import http from 'node:http';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
const tokens = new Map([['practice', JSON.parse(process.argv[1])]]);
const known = createHash('sha256').update('kf_x').digest();
const audit = createWriteStream('/dev/null');
const serve = (q, s) => {
  const key = /^Bearer (\\S+)$/.exec(q.headers.authorization ?? '')?.[1];
  if (q.socket.remoteAddress && q.headers.host !== '127.0.0.1:' + servers[0].address().port) return s.writeHead(421).end();
  if (key) timingSafeEqual(createHash('sha256').update(key).digest(), known);
  const answer = JSON.stringify(tokens.get('practice'));
  audit.write(JSON.stringify({ at: Date.now(), client: 'local', route: q.url, outcome: 'ok' }) + '\\n');
  s.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) }).end(answer);
};
const servers = [http.createServer(serve).listen(0, '127.0.0.1'), http.createServer(serve).listen(process.argv[2])];
servers[0].on('listening', () => console.log(servers[0].address().port));
`;

/** Starts a server of a few lines that answers `answer`; ended by `end`. */
export async function startServer(source, answer) {
  const socket = path.join(makeFolder(), 's');
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', source, JSON.stringify(answer), socket],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const port = await new Promise((resolve) => child.stdout.once('data', (line) => resolve(Number(line))));
  return { pid: child.pid, port, socket, end: () => child.kill('SIGKILL') };
}

/** A connection that asks one request after another. */
export class Caller {
  constructor(to) {
    this.to = to;
    this.socket = null;
  }

  async open() {
    const { to } = this;
    this.socket = net.connect(to.at);
    this.socket.setNoDelay(true);
    await new Promise((resolve, reject) => this.socket.once('connect', resolve).once('error', reject));
    this.received = '';
    this.socket.setEncoding('latin1').on('data', (text) => {
      this.received += text;
      const head = this.received.indexOf('\r\n\r\n');
      if (head === -1) return;
      if (this.whole === undefined) {
        const length = /content-length: (\d+)/i.exec(this.received)?.[1];
        if (!this.received.startsWith('HTTP/1.1 200 ')) throw new Error(this.received);
        this.whole = length === undefined ? null : head + 4 + Number(length);
      }
      const done =
        this.whole === null ? this.received.endsWith('0\r\n\r\n') : this.received.length >= this.whole;
      if (!done) return;
      this.received = '';
      this.whole = undefined;
      this.heard();
    });
  }

  ask() {
    return new Promise((resolve) => {
      this.heard = resolve;
      this.socket.write(this.to.request);
    });
  }

  close() {
    this.socket.destroy();
  }
}

/** The processor time of a process, in µs. */
export function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** MiB of the resident set of a process. */
export const memoryOf = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/**
 * Has this process and the servers keep to a processor each, until what it returns is called: else the system chooses one
 * anew for each round, and one that shares the caller's answers in half the time. Null where that cannot be.
 */
function keepApart(pids) {
  const taskset = (...args) => execFileSync('taskset', args, { encoding: 'utf8' });
  let all;
  try {
    all = /: ([\d,-]+)$/m.exec(taskset('-cp', String(process.pid)))[1];
  } catch {
    return null;
  }
  const [first, second] = all.split(/[,-]/);
  if (second === undefined) return null;
  const place = (one, others) => {
    taskset('-acp', one, String(process.pid));
    for (const pid of pids) taskset('-acp', others, String(pid));
  };
  place(first, second);
  return () => place(all, all);
}

/** µs of each of `count` requests over one connection. */
export async function kept(to, count) {
  const caller = new Caller(to);
  await caller.open();
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const before = performance.now();
    await caller.ask();
    times.push((performance.now() - before) * 1000);
  }
  caller.close();
  return times;
}

/** The same, each over a connection of its own. */
async function each(to, count) {
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const before = performance.now();
    const caller = new Caller(to);
    await caller.open();
    await caller.ask();
    times.push((performance.now() - before) * 1000);
    caller.close();
  }
  return times;
}

/** Requests a second of 32 callers at once. */
async function crowd(to, count) {
  const callers = Array.from({ length: 32 }, () => new Caller(to));
  await Promise.all(callers.map((caller) => caller.open()));
  const before = performance.now();
  let left = count;
  await Promise.all(
    callers.map(async (caller) => {
      while (left-- > 0) await caller.ask();
    }),
  );
  const rate = count / ((performance.now() - before) / 1000);
  for (const caller of callers) caller.close();
  return rate;
}

/** Starts all three servers, ours with a live account; `targets` of each by way. */
async function prepare() {
  const practice = start(['sandbox', '--json', '--port', '0'], { home: path.join(makeFolder(), 'home') });
  const { accounts } = JSON.parse(await practice.firstLine());
  const account = accounts.find(({ grant }) => grant === 'client_credentials');
  const agent = await startAgent();
  await agent.add(account, 'practice');
  await agent.done(['login', 'practice']);
  await agent.done(['use', 'practice']);
  const { key } = JSON.parse(
    (await agent.ask('/v1/clients', { method: 'POST', body: '{"name":"bench"}' })).text,
  );
  const token = (await agent.ask('/v1/token')).json();
  const floor = await startServer(bare, token);
  const fifteen = await startServer(short, token);
  const target = (server, way) => {
    const authorization = way === 'tcp' ? `Authorization: Bearer ${key}\r\n` : '';
    return {
      at: way === 'tcp' ? { host: '127.0.0.1', port: server.port } : { path: server.socket },
      request: `GET /v1/token HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${authorization}\r\n`,
    };
  };
  const ours = {
    pid: agent.ready.pid,
    port: Number(new URL(agent.ready.endpoint).port),
    socket: agent.ready.socket,
  };
  return {
    servers: { bare: floor, short: fifteen, ours },
    target,
    end: () => [floor, fifteen].map((one) => one.end()),
  };
}

/** All rows of the endpoint. `rounds`: of each measurement; `requests`: the load after which memory is looked at; a
 * tenth of it comes before each row. */
export async function measure({ rounds = 7, requests = 100_000 } = {}) {
  const rows = [];
  try {
    const fresh = await freshMemory();
    rows.push(rowOf('memory.fresh', "the agent's memory, fresh", 'MiB', [fresh.ours], [fresh.bare], 1.5));
    const { servers, target, end } = await prepare();
    const names = Object.keys(servers);
    const backTogether = keepApart(Object.values(servers).map(({ pid }) => pid));
    if (backTogether === null)
      rows.push({
        missing: 'a processor each for caller and servers (two processors and util-linux’s taskset)',
      });
    const ways = [
      ['tcp.kept', 'kept TCP connection', 'tcp', kept, 1_000, { p50: 1.5, p99: 2.5 }],
      ['socket.kept', 'kept socket', 'socket', kept, 1_000, { p50: 1.5, p99: 2.5 }],
      ['tcp.new', 'new TCP connection each time', 'tcp', each, 1_000, { p50: 1.3 }],
    ];
    for (const [id, what, way, ask, count, limits] of ways) {
      const results = Object.fromEntries(names.map((name) => [name, { p50: [], p99: [], cpu: [] }]));
      for (const name of names) await ask(target(servers[name], way), requests / 10);
      for (let round = 0; round < rounds; round += 1)
        for (const name of names) {
          const before = cpuOf(servers[name].pid);
          const times = await ask(target(servers[name], way), count);
          results[name].p50.push(quantile(times, 0.5));
          results[name].p99.push(quantile(times, 0.99));
          results[name].cpu.push((cpuOf(servers[name].pid) - before) / count);
        }
      for (const share of ['p50', 'p99', 'cpu'])
        for (const name of ['ours', 'short'])
          rows.push(
            rowOf(
              `${id}.${share}${name === 'ours' ? '' : `.${name}`}`,
              `${what}, ${share}${name === 'ours' ? '' : ', fifteen lines'}`,
              'µs',
              results[name][share],
              results.bare[share],
              name === 'ours' ? (limits[share] ?? null) : null,
            ),
          );
    }
    // 32 callers and what a server does beside its answers need all that there is.
    backTogether?.();
    const rates = { bare: [], ours: [] };
    for (const name of ['bare', 'ours']) await crowd(target(servers[name], 'tcp'), requests / 10);
    for (let round = 0; round < rounds; round += 1)
      for (const name of ['bare', 'ours'])
        rates[name].push(await crowd(target(servers[name], 'tcp'), requests / 5));
    rows.push(rowOf('tcp.callers32', '32 callers at once, at least', '1/s', rates.ours, rates.bare, 0.7));
    for (const name of ['bare', 'ours']) await crowd(target(servers[name], 'socket'), requests);
    const after = ['ours', 'bare'].map((name) => [memoryOf(servers[name].pid)]);
    rows.push(rowOf('memory.used', `its memory after ${requests} requests`, 'MiB', after[0], after[1], 1.7));
    end();
    return rows;
  } finally {
    await cleanUp();
  }
}

/** MiB of an agent and of a bare server, five seconds after their start. */
async function freshMemory() {
  const agent = await startAgent();
  const server = await startServer(bare, {});
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const [ours, floor] = [memoryOf(agent.ready.pid), memoryOf(server.pid)];
  server.end();
  await agent.stop();
  return { ours, bare: floor };
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  printRows(await measure({ rounds: Number(process.argv[2] ?? 7) }));
}
