// What the type of a translation cannot hold: it has every key in both languages already.
import { globSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';
import { de } from './de/index.ts';
import { en } from './en/index.ts';

/** Every text by its path; functions are called with something to write. */
function texts(translation: object, path: string): [string, string][] {
  return Object.entries(translation).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const at = `${path}.${key}`;
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'function') return [[at, String(Reflect.apply(value, undefined, [2, 3, 4]))]];
    return typeof value === 'object' && value !== null ? texts(value, at) : [];
  });
}

test('no text of either language is empty', () => {
  const all = [...texts(en, ''), ...texts(de, '')];
  expect(all.length).toBeGreaterThan(400);
  expect(all.filter(([, text]) => text.trim() === '')).toEqual([]);
});

test('German is not English left behind', () => {
  const english = new Map(texts(en, ''));
  const same = texts(de, '').filter(([path, text]) => text.length > 12 && english.get(path) === text);
  expect(same).toEqual([]);
});

/** The texts that a source reads, by path; `[]` at the end: all beneath it, by a key that varies. */
function readIn(source: string): string[] {
  const code = source.replace(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, '').replace(/<!--.*?-->/gs, '');
  const names = new Map([['lang.texts', new Set([''])]]);
  const add = (name: string, path: string): unknown =>
    names.set(name, new Set([...(names.get(name) ?? []), path]));
  const declared = /\b(?:const|let) (\w+)(?:: [^=;]+)? = \(?(?:\$derived\()?lang\.texts((?:\.\w+)*)/g;
  for (const [, name = '', path = ''] of code.matchAll(declared)) add(name, path);
  // `const { a, b: c } = texts.x` reads `texts.x.a` and `texts.x.b`.
  const taken = /\{([\w\s,:]+)\} = (?:\$derived\()?([\w.]+)/g;
  const reads = [...code.matchAll(taken)].flatMap(([, keys = '', of = '']) =>
    keys.split(',').map((key) => `${of}.${key.split(':')[0]?.trim() ?? ''}`),
  );
  const text = [code, ...reads].join('\n');
  return [...names].flatMap(([name, paths]) =>
    [...text.matchAll(new RegExp(`(?<![\\w.-])${name}((?:\\.\\w+)*\\[?)`, 'g'))].flatMap(([, rest = '']) =>
      [...paths].map((path) => (path + rest).replace('[', '[]')),
    ),
  );
}

test('each text is read by somebody', () => {
  const root = new URL('..', import.meta.url);
  const sources = globSync('**/*.{svelte,ts}', { cwd: root, exclude: ['i18n/{en,de}/**', '**/*.test.ts'] });
  const read = sources.flatMap((file) => readIn(readFileSync(new URL(file, root), 'utf8')));
  const isRead = (path: string): boolean =>
    read.some((one) =>
      one.endsWith('[]')
        ? path.startsWith(`${one.slice(0, -2)}.`)
        : one === path || one.startsWith(`${path}.`),
    );
  expect(sources.length).toBeGreaterThan(80);
  expect(read.length).toBeGreaterThan(400);
  expect(texts(en, '').flatMap(([path]) => (isRead(path) ? [] : [path]))).toEqual([]);
});
