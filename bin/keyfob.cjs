/**
 * The `keyfob` command under Node: the short way of the commands that other programs call all day
 * (`dist/main/quick.cjs`), else the whole command line (`dist/main/cli.js`).
 *
 * The short way runs under any Node from 20.19 on; the rest needs Node 24. Under an older one this file starts itself
 * again with the Node that the project pins as a dependency, and then stands for it: same terminal, same signals,
 * same exit code. The two are tied by a channel, so that neither outlives the other, even when one is killed with -9.
 *
 * CommonJS, and what is not always needed is loaded late: `import 'node:process'` alone would open all three streams.
 * This file must stay readable for Node 20: no newer syntax here.
 */
'use strict';
// Before anything else: heard by us, this signal does not open Node's inspector to every user of the machine.
process.on('SIGUSR1', () => {});

const { existsSync } = require('node:fs');
const path = require('node:path');

const NEEDED_MAJOR = 24;
const WRAPPED = 'KEYFOB_WRAPPED';
/** What stands before a command whose answer is on standard input: `__answered STATUS COMMAND…` (main/cli/run.ts). */
const ANSWERED = '__answered';

const root = path.join(__dirname, '..');
const main = path.join(root, 'dist', 'main');

/** Ends with one sentence and what to do. */
function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

/** Returns the path of the pinned Node, or undefined when it is not installed. */
function findPinnedNode() {
  try {
    const folder = path.dirname(require.resolve('node/package.json'));
    const names = process.platform === 'win32' ? ['node.exe', 'node'] : ['node'];
    return names.map((name) => path.join(folder, 'bin', name)).find((file) => existsSync(file));
  } catch {
    return undefined;
  }
}

/**
 * Runs this file again under `node` and passes on signals, exit code and the signal that ended it. What the short way
 * has got already (`HandedOver` in main/cli/quick.ts) goes to its standard input.
 */
function runUnder(node, args, given) {
  const { spawn } = require('node:child_process');
  const { answer, input } = given;
  const told = answer === undefined ? args : [ANSWERED, String(answer.status), ...args];
  const text = answer === undefined ? input : answer.text;
  const child = spawn(node, [__filename, ...told], {
    stdio: [text === undefined ? 'inherit' : 'pipe', 'inherit', 'inherit', 'ipc'],
    windowsHide: true,
    env: { ...process.env, [WRAPPED]: '1' },
  });
  if (text !== undefined) child.stdin.on('error', () => {}).end(text);
  const pass = (signal) => {
    if (child.connected) child.send({ signal });
    else child.kill(signal);
  };
  const forward = (signal) => {
    // The console of Windows has told both, and what one process sends there ends the other at once.
    if (process.platform === 'win32') return;
    if (signal === 'SIGINT' && process.stdin.isTTY) {
      // The terminal has already sent Ctrl+C to both; only one that came to this process alone is passed on.
      setTimeout(() => pass(signal), 1000).unref();
    } else {
      child.kill(signal);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];
  for (const signal of signals) process.on(signal, forward);
  followShellOfNpm(() => pass('SIGTERM'));

  child.on('error', (error) => {
    fail(`Keyfob could not start its own Node (${error.message}). Run "npm ci" in its folder again.`);
  });
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeListener(name, forward);
    if (signal === null) process.exit(code);
    else process.kill(process.pid, signal);
  });
}

/**
 * Asks this process to end. A signal that it has had already must not count as a second one, which would end it
 * at once: so it is told by a message where it listens to those (the agent), else by the signal.
 */
function askToEnd(signal, own = 0) {
  if (process.listenerCount('message') > own) process.emit('message', { signal });
  else raise(signal);
}

/** Has this process hear a signal. Windows has none that could be sent: there `kill` ends a process unheard. */
function raise(signal) {
  if (process.platform === 'win32' && process.listenerCount(signal) > 0) process.emit(signal, signal);
  else process.kill(process.pid, signal);
}

/** In the child: passes on what the parent asks, and ends when the parent is gone. */
function followParent() {
  delete process.env[WRAPPED];
  process.once('disconnect', () => {
    // The agent may wait 25 s for a refresh token that is under way.
    setTimeout(() => process.exit(1), 26_000).unref();
    askToEnd('SIGTERM', 1);
  });
  process.on('message', ({ signal }) => {
    if (process.listenerCount('message') === 1) raise(signal);
  });
  process.channel?.unref();
}

/**
 * npm and npx run commands through a shell that does not pass signals on: when it is ended, so must this be.
 * Asked for only when that shell is our own parent; a service or a script that starts us may well end first. It holds
 * nothing of ours whose end we would hear of; on Windows a parent's number stays when it has gone.
 */
function followShellOfNpm(end) {
  if (process.platform === 'win32') return;
  const { npm_lifecycle_event: event, npm_lifecycle_script: script = '' } = process.env;
  if (event !== 'start' && !(event === 'npx' && /^["']?keyfob\b/.test(script))) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, 1000);
  timer.unref();
}

/**
 * Has V8 leave its space for new objects as it is at the beginning, 1 MiB: it would make it 16 times as large at the first
 * burst of work, keep that for good, and win nothing, for hardly anything of a request outlives it. And has it collect
 * all garbage once a fifth has come to what lives (8 MiB at least), not once that has doubled. V8 reads both flags each
 * time it considers to; see docs/adr/0031-the-agent-keeps-its-memory-small.md.
 */
function keepMemorySmall() {
  const { setFlagsFromString } = require('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}

/** The whole command line; with an answer, what there is to say of it. */
function runWhole(args, given) {
  if (Number.parseInt(process.versions.node, 10) < NEEDED_MAJOR) {
    const node = findPinnedNode();
    if (node !== undefined) return runUnder(node, args, given);
    return fail(
      `Keyfob needs Node ${NEEDED_MAJOR}, this is ${process.versions.node}. Run "npm ci" in its folder, which brings the right one.`,
    );
  }
  // What was read of standard input is there again for a process of its own.
  if (given.answer === undefined && given.input !== undefined) return runUnder(process.execPath, args, given);
  if (process.env[WRAPPED] === undefined) followShellOfNpm(() => askToEnd('SIGTERM'));
  else if (process.connected) followParent();
  // Compiled code is kept in the checkout, not in a temporary folder that others may write to. What an application's
  // package has installed stays as it is: it may be signed.
  if (require('../package.json').packaged !== true)
    require('node:module').enableCompileCache(path.join(root, 'node_modules', '.cache', 'keyfob-compile'));
  if (args[0] === 'serve') keepMemorySmall();
  const { pathToFileURL } = require('node:url');
  if (given.answer === undefined) return import(pathToFileURL(path.join(main, 'cli.js')));
  return import(pathToFileURL(path.join(main, 'answered.js'))).then(({ tellAnswered }) => {
    process.exitCode = tellAnswered(given.answer, args);
  });
}

const args = process.argv.slice(2);
if (!existsSync(path.join(main, 'quick.cjs'))) {
  fail('Keyfob is not built yet. Run "npm ci" or "npm run build" in its folder.');
} else if (args[0] === ANSWERED || process.env[WRAPPED] !== undefined) {
  runWhole(args, {});
} else {
  require('../dist/main/quick.cjs').runQuickly(args, (given) => runWhole(args, given));
}
