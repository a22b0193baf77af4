// A share of `npm run fuzz`: some hundred cases for each parser of what comes from outside, and long texts.
import { afterAll, describe, expect, it } from 'vitest';
import { tryCases, tryLengths, type Parser } from './fuzz/harness.ts';
import { openParsers } from './fuzz/open-parsers.ts';
import { parsers } from './fuzz/parsers.ts';

const seed = 16;
const kit = await openParsers();
const all = [...parsers, ...kit.parsers];
const named = (list: readonly Parser[]): [string, Parser][] => list.map((one) => [one.name, one]);
afterAll(kit.close);

describe(`what comes from outside, seed ${String(seed)}`, () => {
  it('stands in the list once', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(named(all))(
    '%s throws nothing but a refusal, and repeats no secret',
    { timeout: 60_000 },
    (_name, one) => tryCases(one, 300, seed),
  );

  it.each(named(all.filter(({ grow }) => grow !== undefined)))(
    '%s takes twice the time for twice the length',
    { timeout: 60_000 },
    (_name, one) => tryLengths(one, 150, Math.min(32 * 1024, one.longest ?? Infinity)),
  );
});
