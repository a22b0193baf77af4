// The sizes of the window and the quick panel as they are sent, packed by gzip: what each needs for its first screen in one
// language, and all of it.
import { expect, test } from 'vitest';
import {
  builtFiles,
  builtTexts,
  firstScreen,
  firstScreenSize,
  MAX_ALL,
  MAX_FIRST_SCREEN,
  packed,
} from '../../testing/bundle-size.ts';

test.each(Object.entries(MAX_FIRST_SCREEN))(
  '%s has its first screen, in one language, in at most %i bytes by gzip',
  (page, max) => {
    expect(builtTexts()).toHaveLength(2);
    const needed = firstScreen(page);
    expect(needed.size).toBeGreaterThan(3);
    expect(builtTexts().filter((file) => needed.has(file))).toEqual([]);
    expect(firstScreenSize(page)).toBeLessThanOrEqual(max);
  },
);

test('the window and the panel, with every screen and both languages, fit their limit by gzip', () => {
  expect(packed(builtFiles())).toBeLessThanOrEqual(MAX_ALL);
});
