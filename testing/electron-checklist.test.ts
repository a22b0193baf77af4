/** What docs/security/electron-checklist.md says: its files and tests are there, and what it rules out is written nowhere. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const document = read('docs/security/electron-checklist.md');
const sources = globSync('{main,preload,renderer}/**/*.{ts,svelte,html}', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: read(file) }));

/** The files in which a pattern is written. */
function filesWith(pattern: RegExp): string[] {
  return sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
}

describe("Electron's checklist", () => {
  it('has all twenty points, each with a file that is there', () => {
    const points = document.split(/^### (?=\d+\. )/m).slice(1);
    expect(points.map((text) => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: 20 }, (_, n) => n + 1),
    );
    for (const point of points.filter((text) => !/^(10|11)\. /.test(text)))
      expect(point).toMatch(/`[\w.-]+\/[\w./-]+`|\.(json|yml)`/);
    const files = [...document.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.\w+)`/g)].map(([, file]) => file ?? '');
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it('names tests that are there', () => {
    const named = [...document.matchAll(/`([\w./-]+\.test\.ts)`: “([^”]+(?:’[^”]+)?)”/g)];
    expect(named.length).toBeGreaterThan(10);
    const missing = named.filter(([, file, name]) => !read(file ?? '').includes(name ?? ''));
    expect(missing.map(([text]) => text)).toEqual([]);
  });

  it('switches nothing off that protects', () => {
    const never =
      /webSecurity: false|allowRunningInsecureContent: true|experimentalFeatures: true|[eE]nableBlinkFeatures|allowpopups|nodeIntegration\w*: true|contextIsolation: false|sandbox: false|webviewTag: true|ignore-certificate-errors|setCertificateVerifyProc|bypassCSP/;
    expect(filesWith(never)).toEqual([]);
    // Whoever makes a window says what it may do: the three that do are the ones that were looked at.
    expect(filesWith(/new BrowserWindow\(/).toSorted()).toEqual([
      'main/desktop/sign-in-flow.ts',
      'main/desktop/sign-in-questions.ts',
      'main/desktop/window.ts',
    ]);
  });

  it('opens addresses in one place', () => {
    expect(filesWith(/shell\.openExternal/)).toEqual(['main/desktop/abilities.ts']);
  });

  it('loads no page from a file', () => {
    expect(filesWith(/\.loadFile\(|loadURL\(['"`]file:/)).toEqual([]);
  });
});
