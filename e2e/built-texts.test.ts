/** What the build leaves of our texts: V8 keeps a file at two bytes a letter where one letter is beyond Latin 1. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const built = path.join(import.meta.dirname, '..', 'dist', 'main');

it('no file of the agent takes twice its memory for a letter', () => {
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.c?js$/.test(name),
  );
  expect(files.length).toBeGreaterThan(10);
  const wide = files.filter((name) => /[^\0-\u{ff}]/u.test(readFileSync(path.join(built, name), 'utf8')));
  expect(wide).toEqual([]);
});
