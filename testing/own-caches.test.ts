// Compiled code that another user of the machine planted in the shared temporary folder is never run: each script
// of package.json keeps such code in the checkout.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

let tmp: string;
beforeEach(() => {
  tmp = mkdtempSync(path.join(os.tmpdir(), 'kf-caches-'));
  // What another user would have made first; Node fills it with what it compiles.
  mkdirSync(path.join(tmp, 'node-compile-cache'));
});
afterEach(() => {
  rmSync(tmp, { recursive: true, force: true });
});

/** Runs Node with that temporary folder, and gives what stands in it afterwards. */
function leftBy(args: readonly string[]): string[] {
  const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: tmp, TEMP: tmp, TMP: tmp };
  delete env['NODE_COMPILE_CACHE'];
  delete env['NODE_DISABLE_COMPILE_CACHE'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return readdirSync(tmp, { recursive: true }).map(String);
}

const tool = path.join('scripts', 'tool.mjs');
const untouched = ['node-compile-cache'];

describe('the shared compile cache of the temporary folder', () => {
  it('is used by a tool that is run by itself: this test can see it', () => {
    expect(leftBy([path.join('node_modules', 'vite', 'bin', 'vite.js'), '--version']).length).toBeGreaterThan(
      1,
    );
  });

  it.each([
    ['vite', '--version'],
    ['typescript/tsc', '--version'],
    ['eslint', '--version'],
    ['prettier', '--version'],
    ['svelte-check', '--help'],
  ])('is left alone by %s', { timeout: 30_000 }, (...args) => {
    expect(leftBy([tool, ...args])).toEqual(untouched);
  });

  it('is left alone by a whole build', { timeout: 60_000 }, () => {
    const out = path.join(tmp, 'out');
    const args = (scripts['build:main'] ?? '').split(' && ', 1)[0]?.split(' ').slice(1) ?? [];
    const left = leftBy([...args, '--outDir', out]).filter((name) => !name.startsWith('out'));
    expect(left).toEqual(untouched);
  });

  it('and Playwright’s is left alone too', () => {
    const caches = new URL('../scripts/own-caches.mjs', import.meta.url).href;
    const cli = path.join(root, 'node_modules', '@playwright', 'test', 'cli.js');
    const left = leftBy([
      '--import',
      caches,
      cli,
      'test',
      '--list',
      '--config',
      path.join(root, 'playwright.config.ts'),
    ]);
    expect(left.filter((name) => name.startsWith('playwright-transform-cache'))).toEqual([]);
  });

  it('is not met by any script: each runs a file of ours, other scripts, or a tool by tool.mjs', () => {
    for (const [name, script] of Object.entries(scripts)) {
      for (const command of script.split(' && ')) {
        expect(`${name}: ${command}`).toMatch(/: (node (scripts|bench)\/[\w-]+\.mjs|npm run [\w:]+)( |$)/);
      }
    }
  });

  it.each(['test', 'pack', 'screenshots'])('is not met by what scripts/%s.mjs starts or loads', (name) => {
    const text = readFileSync(path.join(root, 'scripts', `${name}.mjs`), 'utf8');
    expect(/^import .*$/m.exec(text)?.[0]).toBe("import './own-caches.mjs';");
  });
});
