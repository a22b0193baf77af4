// Holds docs/reliability.md to what it is made of: the list of faults, what was seen of them, and rows that name tests.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultCases, usualKinds } from './faults/list.ts';
import {
  pageFile,
  readBlock,
  readHandRows,
  readResults,
  renderFaults,
  renderHandRows,
} from './faults/page.ts';

const page = readFileSync(pageFile, 'utf8');
const root = path.join(import.meta.dirname, '..');

describe('the page of reliability', () => {
  it('shows what was seen of every fault of the list, for every kind of account', () => {
    const seen = readResults().flatMap(({ group, name, kinds }) =>
      kinds.map((kind) => [group, name, kind].join(': ')),
    );
    const listed = Object.entries(faultCases).flatMap(([group, cases]) =>
      cases.flatMap(({ name, kinds = usualKinds }) => kinds.map((kind) => [group, name, kind].join(': '))),
    );
    expect(seen.toSorted()).toEqual(listed.toSorted());
    expect(readBlock(page, 'faults')).toBe(renderFaults(readResults()));
  });

  it('shows the rows by hand, each with a test that there is', () => {
    const rows = readHandRows();
    expect(readBlock(page, 'rows')).toBe(renderHandRows(rows));
    const tests = Object.values(rows).flatMap((some) => some.map(({ test }) => test));
    expect(
      tests.filter(([file, title]) => !readFileSync(path.join(root, file), 'utf8').includes(title)),
    ).toEqual([]);
  });
});
