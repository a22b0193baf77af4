// The size of the window and the quick panel, which share most of it, as they are sent: script and styles in both
// languages, packed by gzip.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const folder = path.join(import.meta.dirname, '..', '..', 'dist', 'renderer');

test('the window and the panel are at most 100 kB by gzip', () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const sizes = files.map(
    (one) => gzipSync(readFileSync(path.join(one.parentPath, one.name)), { level: 9 }).length,
  );
  expect(files.length).toBeGreaterThan(2);
  expect(sizes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(100_000);
});
