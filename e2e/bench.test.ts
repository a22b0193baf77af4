// `npm run bench` says what it did not measure: nothing is left out unsaid, and nothing measured is no success.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, makeFolder } from '../testing/program.ts';

const script = fileURLToPath(new URL('../bench/run.mjs', import.meta.url));
const results = path.join(makeFolder(), 'results');
afterAll(cleanUp);

function bench(args: readonly string[], PATH = process.env['PATH'] ?? '') {
  const all = [script, '--quick', '--results', results, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    env: { ...process.env, PATH },
  });
  return { status, out: stdout, err: stderr };
}

describe('npm run bench', () => {
  it('fails on a bench that there is not, and names those that there are', () => {
    const { status, err } = bench(['--only', 'commands,nothing']);
    expect([status, err]).toEqual([1, expect.stringMatching(/^No bench is called nothing\. .*commands/)]);
    expect(existsSync(results)).toBe(false);
  });

  it('fails where nothing was measured, says why, and writes nothing', () => {
    const { status, out, err } = bench(['--only', 'desktop']);
    expect([status, err]).toEqual([1, expect.stringContaining('Nothing was measured')]);
    expect(out).toContain('Left out: desktop: it is run by itself');
    expect(out).toContain('Left out: commands: not asked for');
    expect(existsSync(results)).toBe(false);
  });

  it('names the programs that are missing, and measures the rest', () => {
    const bare = path.join(makeFolder(), 'bin');
    mkdirSync(bare);
    symlinkSync(process.execPath, path.join(bare, 'node'));
    const { status, out, err } = bench(['--only', 'commands'], bare);
    expect([status, err]).toEqual([0, '']);
    for (const name of ['curl', 'oidc-token', 'system'])
      expect(out).toMatch(new RegExp(`^Left out: commands: .*${name}`, 'm'));
    expect(out).toMatch(/^`keyfob token`, installed +[\d.]+ ms/m);
    const { left } = JSON.parse(readFileSync(path.join(results, 'latest.json'), 'utf8')) as {
      left: string[];
    };
    const told = out.split('\n').flatMap((line) => /^Left out: (.*)/.exec(line)?.[1] ?? []);
    expect(left).toEqual(told);
    expect(readdirSync(results).toSorted()).toEqual(['commands.svg', 'latest.json']);
  });
});
