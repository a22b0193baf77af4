// Each fault in a program of five calls: what it is told, and what is left on the disk.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFaults, canInjectFaults, openFaults } from './faults.ts';
import type { Fault } from './faults.ts';
import { thinned } from './series.ts';

const can = canInjectFaults();
const why = can ? '' : ' (left out: needs Linux and a C compiler)';
let scratch = '';
let library = '';

beforeAll(() => {
  if (!can) return;
  scratch = mkdtempSync(path.join(os.tmpdir(), 'kf-faults-'));
  library = buildFaults(scratch);
});
afterAll(() => {
  if (scratch !== '') rmSync(scratch, { recursive: true, force: true });
});

/** Tries each step, and tells how it went. The file beside the folder is never counted. */
const program = `
  const fs = require('node:fs');
  const [folder] = process.argv.slice(1);
  const told = [];
  const attempt = (act) => {
    try { told.push(act() ?? 'done'); } catch (error) { told.push(error.code); }
  };
  fs.writeFileSync(folder + '-beside', 'not counted');
  let file;
  attempt(() => void (file = fs.openSync(folder + '/new', 'w')));
  attempt(() => fs.writeSync(file, 'abcdef'));
  attempt(() => fs.fsyncSync(file));
  attempt(() => fs.renameSync(folder + '/new', folder + '/file'));
  attempt(() => fs.writeSync(file, 'ghij'));
  fs.writeSync(1, told.join(' '));`;

function run(fault: Fault, at: number) {
  const folder = path.join(scratch, 'folder');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const faults = openFaults(library, path.join(scratch, 'control'), folder);
  faults.arm(fault, at);
  const env = { ...process.env, ...faults.env };
  const { signal, stdout } = spawnSync(process.execPath, ['-e', program, folder], { env, encoding: 'utf8' });
  const seen = { struck: faults.struck(), lines: faults.lines() };
  faults.close();
  const file = ['file', 'new'].map((name) => path.join(folder, name)).find((one) => existsSync(one));
  return {
    signal,
    told: stdout,
    file: file && `${path.basename(file)} ${readFileSync(file, 'utf8')}`,
    ...seen,
  };
}

describe.skipIf(!can)(`a fault of the disk${why}`, () => {
  const whole = ['create new', 'write new', 'fsync new', 'rename file', 'write file'];

  it('kills before a call', () => {
    expect(run('kill', 4)).toMatchObject({ signal: 'SIGKILL', told: '', file: 'new abcdef', struck: true });
  });

  it('kills in the middle of a write', () => {
    expect(run('tear', 2)).toMatchObject({ signal: 'SIGKILL', file: 'file abcdefgh', struck: true });
  });

  it('refuses one call', () => {
    expect(run('refuse', 4)).toEqual({
      signal: null,
      told: 'done 6 done EIO 4',
      file: 'new abcdefghij',
      struck: true,
      lines: whole.with(4, 'write new'),
    });
  });

  it('has the disk full from a write on, half of which is written', () => {
    const { told, file } = run('full', 2);
    expect([told, file]).toEqual(['done 3 done done ENOSPC', 'file abc']);
  });

  it('leaves a program alone that makes fewer calls', () => {
    expect(run('kill', 6)).toEqual({
      signal: null,
      told: 'done 6 done done 4',
      file: 'file abcdefghij',
      struck: false,
      lines: whole,
    });
  });
});

describe('a thin choice of points', () => {
  const calls = [
    ...['create config.json.tmp-1f', 'write config.json.tmp-1f', 'rename config.json', 'fsync '],
    ...['create vault-1/a.5.00000000', 'write vault-1/a.5.00000000', 'write vault-1/index.1.00000000'],
    ...['fsync vault-1/index.1.00000000', 'write audit/audit.jsonl'],
  ];

  it('is where one thing is done and the next is not begun', () => {
    expect(thinned('kill', calls)).toEqual([5, 7]);
  });

  it('has what is replaced whole and the line of the index torn and refused, and what follows the vault or goes before it', () => {
    expect(thinned('tear', calls)).toEqual([1, 3]);
    expect(thinned('full', calls)).toEqual([2, 5]);
    expect(thinned('refuse', calls)).toEqual([3, 8]);
  });
});
