/** The sizes of the window and the quick panel as they are built and sent, packed by gzip, and their limits (ADR 0014). */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Bytes by gzip: a page's first screen in one language, and all of both pages. */
export const MAX_FIRST_SCREEN = { 'index.html': 80_000, 'panel.html': 60_000 } as const;
export const MAX_ALL = 120_000;

const folder = path.join(import.meta.dirname, '..', 'dist', 'renderer');
const read = (file: string): Buffer => readFileSync(path.join(folder, file));

/** Bytes of files that are packed one by one. */
export const packed = (files: Iterable<string>): number =>
  [...files].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0);

/** All files of both pages. */
export const builtFiles = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) => one.includes('.'));

/** The texts of each language, the larger first. */
export const builtTexts = (): string[] =>
  builtFiles()
    .filter((file) => /^assets\/(en|de)-[\w-]+\.js$/.test(file))
    .toSorted((one, other) => packed([other]) - packed([one]));

/** A page, with all that it and its scripts name outright; what is loaded later by `import()` is not among it. */
export function firstScreen(page: string): Set<string> {
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

/** Bytes of a page's first screen in the larger language. */
export const firstScreenSize = (page: string): number =>
  packed([...firstScreen(page), ...builtTexts().slice(0, 1)]);
