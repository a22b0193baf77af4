// kill -9, a torn write, a refused one and a full disk in the middle of each command that changes something, and of a
// start that has something to mend: the real agent is started anew, and it is as before or as the command told. A thin
// choice; every point: `npm run kill-points`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../testing/kill-points/commands.ts';
import { buildFaults, canInjectFaults } from '../testing/kill-points/faults.ts';
import { findingsOf, runSeries } from '../testing/kill-points/series.ts';
import type { Point } from '../testing/kill-points/agent-point.ts';
import { cleanUp, makeFolder } from '../testing/program.ts';

const can = canInjectFaults();
const why = can ? '' : ' (left out: needs Linux and a C compiler)';
/** What differs from another one in the home that it begins with alone is left to `npm run kill-points`. */
const left = [
  ...['set-origin', 'login-again', 'client-remove', 'provider-add'],
  ...['start-missing', 'start-no-settings', 'start-after-remove', 'start-old-copy'],
];
const chosen = commands.filter(({ name }) => !left.includes(name));

describe.skipIf(!can)(`a fault of the disk in the middle of a command${why}`, () => {
  let points: Map<string, Point[]>;

  beforeAll(async () => {
    points = await runSeries(buildFaults(makeFolder()), chosen, { density: 'thin', parallel: 2 });
  }, 600_000);
  afterAll(cleanUp);

  it.each(chosen)('leaves no half state of $name', ({ name }) => {
    const all = points.get(name) ?? [];
    expect(all.flatMap((point) => findingsOf(name, point))).toEqual([]);
    const faults = new Set(all.map(({ fault }) => fault));
    const isStart = name.startsWith('start-');
    expect([...faults]).toEqual(
      expect.arrayContaining([null, 'kill', ...(isStart ? [] : ['tear', 'refuse', 'full'])]),
    );
  });
});
