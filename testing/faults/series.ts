// All faults of a list in one agent, and what was seen as rows: a row for the kinds of accounts that fared the same.
import { createClient } from '../../main/endpoint/client.ts';
import { makeCheapHome } from '../cheap-home.ts';
import { startLoopbackVendor } from '../loopback-vendor.ts';
import type { AccountKind } from '../loopback-vendor.ts';
import { startAgent } from '../program.ts';
import { usualKinds } from './list.ts';
import type { FaultCase } from './list.ts';
import { observe } from './observe.ts';
import type { Observation, Observed } from './observe.ts';

/** Sign-ins at a time. */
const atOnce = 12;

export interface Chosen {
  readonly group: string;
  readonly fault: FaultCase;
}

export interface Row extends Observation {
  readonly group: string;
  readonly name: string;
  readonly kinds: readonly AccountKind[];
  readonly findings: readonly string[];
}

/** Has all of them happen at once; `lifetime`: seconds that tokens live. */
export async function runFaults(chosen: readonly Chosen[], lifetime: number): Promise<Row[]> {
  const { home, args } = await makeCheapHome();
  const vendor = await startLoopbackVendor();
  const agent = await startAgent({ home, args });
  const client = createClient({ socketPath: agent.ready.socket });
  const begin = limited(atOnce);
  const rows = await Promise.all(
    chosen.map(async ({ group, fault }, index) => {
      const seen = await Promise.all(
        (fault.kinds ?? usualKinds).map((kind) =>
          observe({ client, vendor, lifetime, begin }, `a${String(index)}-${kind}`, kind, fault),
        ),
      );
      return grouped(seen).map((row) => ({ group, name: fault.name, ...row }));
    }),
  );
  await agent.stop();
  await vendor.close();
  return rows.flat();
}

/** Runs what it is given, so many at a time. */
function limited(max: number): (act: () => Promise<void>) => Promise<void> {
  const lanes = Array.from({ length: max }, () => Promise.resolve());
  let next = 0;
  return (act) => {
    const lane = next++ % max;
    const done = (lanes[lane] ?? Promise.resolve()).then(act);
    lanes[lane] = done.catch(() => undefined);
    return done;
  };
}

/** Those that saw the same, together. */
function grouped(seen: readonly Observed[]): (Observation & Pick<Row, 'kinds' | 'findings'>)[] {
  const same = Map.groupBy(seen, ({ kind: _, ...rest }) => JSON.stringify(rest));
  return [...same.values()].flatMap((some) =>
    some.slice(0, 1).map(({ kind: _, ...rest }) => ({ kinds: some.map(({ kind }) => kind), ...rest })),
  );
}
