// Faults of the network and of vendors, met by the real agent: a few of the list, with tokens of a few seconds. All of
// them: `npm run faults`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultCases } from '../testing/faults/list.ts';
import { runFaults } from '../testing/faults/series.ts';
import type { Row } from '../testing/faults/series.ts';
import { cleanUp } from '../testing/program.ts';

const names = [
  'the same, reset',
  '503',
  'no HTTP',
  '401 `invalid_client`',
  '400 `unknown_error`',
  'the new refresh token is lost on its way, and the vendor takes the old one for stolen',
  'the new token is lost on its way, once',
  '103 Early Hints first',
  'HTTP/1.0, without a length',
  'the answer comes twice',
  '400 `invalid_grant`',
  '400 `temporarily_unavailable`',
];
const chosen = Object.entries(faultCases).flatMap(([group, cases]) =>
  cases.filter(({ name }) => names.includes(name)).map((fault) => ({ group, fault })),
);

describe('a fault that every renewal meets', () => {
  let rows: Row[];
  beforeAll(async () => {
    rows = await runFaults(chosen, 12);
  }, 120_000);
  afterAll(cleanUp);

  it.each(names)('%s: comes to what the list says', (name) => {
    const seen = rows.filter((row) => row.name === name);
    expect(
      seen.flatMap(({ kinds, findings }) => findings.map((one) => `${kinds.join(', ')}: ${one}`)),
    ).toEqual([]);
    expect(seen).not.toEqual([]);
  });
});
