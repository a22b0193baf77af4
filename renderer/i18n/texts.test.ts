// The two languages say the same things.
import { expect, test } from 'vitest';
import { de } from './de/index.ts';
import { en } from './en/index.ts';

/** Every text by its path; functions are called with something to say. */
function texts(words: object, path: string): [string, string][] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const at = `${path}.${key}`;
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'function') return [[at, String(Reflect.apply(value, undefined, [2, 3, 4]))]];
    return typeof value === 'object' && value !== null ? texts(value, at) : [];
  });
}

test('both languages have the same words, and none is empty', () => {
  const english = texts(en, '');
  const german = texts(de, '');
  expect(german.map(([path]) => path)).toEqual(english.map(([path]) => path));
  expect([...english, ...german].filter(([, text]) => text.trim() === '')).toEqual([]);
});

test('German ends no sentence with two dots after a short unit', () => {
  expect(de.state.stillGood('60 Min.')).toBe('Der vorhandene Token gilt noch 60 Min.');
  expect(de.said.clears('30 Sek.')).toBe('Verlässt die Zwischenablage in 30 Sek.');
});

test('German is not English left behind', () => {
  const english = new Map(texts(en, ''));
  const same = texts(de, '').filter(([path, text]) => text.length > 12 && english.get(path) === text);
  expect(same).toEqual([]);
});
