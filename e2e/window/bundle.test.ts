// The sizes of the window and the quick panel as they are sent, packed by gzip: what each needs for its first screen in one
// language, and all of it.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const folder = path.join(import.meta.dirname, '..', '..', 'dist', 'renderer');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) => one.includes('.'));
const read = (file: string): Buffer => readFileSync(path.join(folder, file));
const packed = (all: Iterable<string>): number =>
  [...all].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0);

/** A page, with all that it and its scripts name outright; what is loaded later by `import()` is not among it. */
function firstScreen(page: string): Set<string> {
  const found = new Set<string>();
  const add = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    const text = read(file).toString();
    const named = file.endsWith('.html')
      ? text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)
      : text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g);
    if (!file.endsWith('.css'))
      for (const [, name = ''] of named) add(file.endsWith('.html') ? name : `assets/${name}`);
  };
  add(page);
  return found;
}

/** Those of the language that is the larger. */
const texts = files.filter((file) => /^assets\/(en|de)-[\w-]+\.js$/.test(file));
const largest = texts.toSorted((one, other) => packed([other]) - packed([one])).slice(0, 1);

test.each([
  ['index.html', 80_000],
  ['panel.html', 60_000],
])('%s has its first screen, in one language, in at most %i bytes by gzip', (page, max) => {
  expect(texts).toHaveLength(2);
  const needed = firstScreen(page);
  expect(needed.size).toBeGreaterThan(3);
  expect(texts.filter((file) => needed.has(file))).toEqual([]);
  expect(packed([...needed, ...largest])).toBeLessThanOrEqual(max);
});

test('the window and the panel, with every screen and both languages, are at most 120 kB by gzip', () => {
  expect(packed(files)).toBeLessThanOrEqual(120_000);
});
