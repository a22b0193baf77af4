// What the type of a translation cannot hold: it has every key in both languages already.
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

test('German ends no sentence with two dots after a short unit', () => {
  expect(de.state.stillGood('60 Min.')).toBe('Der aktuelle Token gilt noch 60 Min.');
});

test('German is not English left behind', () => {
  const english = new Map(texts(en, ''));
  const same = texts(de, '').filter(([path, text]) => text.length > 12 && english.get(path) === text);
  expect(same).toEqual([]);
});
