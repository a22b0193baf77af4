import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readWindowFile } from './window-files.ts';

const above = mkdtempSync(path.join(os.tmpdir(), 'keyfob-window-'));
const folder = path.join(above, 'renderer');
mkdirSync(path.join(folder, 'assets'), { recursive: true });
writeFileSync(path.join(folder, 'index.html'), '<!doctype html>');
writeFileSync(path.join(folder, 'assets', 'index-AbCd_12x.js'), 'export {};');
writeFileSync(path.join(folder, 'notes.txt'), 'no part of the window');
writeFileSync(path.join(above, 'outside.html'), 'not ours');
afterAll(() => {
  rmSync(above, { recursive: true });
});

describe('the files of the window', () => {
  it('gives the page and what belongs to it, each with the policy', async () => {
    const page = await readWindowFile(folder, '/');
    expect(page?.body.toString()).toBe('<!doctype html>');
    expect(page?.headers).toMatchObject({
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
    });
    expect(page?.headers['Content-Security-Policy']).toContain("default-src 'none'");
    const script = await readWindowFile(folder, '/assets/index-AbCd_12x.js');
    expect(script?.headers['Content-Type']).toContain('text/javascript');
    expect(script?.headers['Cache-Control']).toContain('immutable');
  });

  it.each([
    '/../outside.html',
    '/assets/../../outside.html',
    '/%2e%2e/outside.html',
    '/..%2foutside.html',
    '//outside.html',
    '/notes.txt',
    '/assets',
    '/assets/',
    '/.hidden.html',
    '/missing.html',
    '\\..\\outside.html',
    'index.html',
    '',
  ])('has nothing at %s', async (pathname) => {
    expect(await readWindowFile(folder, pathname)).toBeNull();
  });
});
