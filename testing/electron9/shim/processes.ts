// Node 14.18's names with `node:` also in forked processes, which run this same old Node: each loads
// `child.cjs` first.
import childProcess from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const { fork } = childProcess;
// What Node loads first it loads before it can read archives: in a package it lies outside.
const child = path.join(__dirname, 'child.cjs').replace(/\bapp\.asar\b/, 'app.asar.unpacked');

Object.assign(childProcess, {
  fork(file: string, args: readonly string[] = [], options: childProcess.ForkOptions = {}) {
    const execArgv = ['-r', child, ...(options.execArgv ?? process.execArgv)];
    return fork(file, args, { ...options, execArgv });
  },
});
