// All points of a command, or a thin choice of them; and what they came to, as a table.
import { openLane } from './agent-point.ts';
import type { Command, Lane, Point } from './agent-point.ts';
import type { Fault } from './faults.ts';

/** `every`: each call until the command is done undisturbed. `thin`: where one file is done and the next begins. */
export type Density = 'every' | 'thin';

const faults: readonly Fault[] = ['kill', 'tear', 'refuse', 'full'];
/** A command that makes more calls than this never ends. */
const maxPoints = 500;

/**
 * Runs the points of commands, `parallel` at a time; `onPoint` hears each. The points come back by command, the
 * undisturbed run (`fault` null) among them.
 */
export async function runSeries(
  library: string,
  commands: readonly Command[],
  options: {
    readonly density: Density;
    readonly parallel: number;
    /** As of `openLane`. */
    readonly later?: boolean;
    readonly onPoint?: (command: string, point: Point) => void;
  },
): Promise<Map<string, Point[]>> {
  const points = new Map(commands.map(({ name }): [string, Point[]] => [name, []]));
  // Two halves of about the same length, so that the last command does not run alone.
  const halves: readonly (readonly Fault[])[] =
    options.density === 'every' ? [['kill'], ['tear', 'refuse', 'full']] : [faults];
  const jobs = commands.flatMap((command) => halves.map((half) => ({ command, half })));
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { command, half } = job;
      const lane = await openLane(library, command, options.later);
      for await (const point of pointsOf(lane, half, options.density)) {
        points.get(command.name)?.push(point);
        options.onPoint?.(command.name, point);
      }
      await lane.close();
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, work));
  return points;
}

async function* pointsOf(lane: Lane, half: readonly Fault[], density: Density): AsyncGenerator<Point> {
  const whole = await lane.run(null, 0);
  if (half.includes('kill')) yield whole;
  for (const fault of half) {
    const chosen = density === 'thin' ? thinned(fault, whole.calls) : null;
    const known = whole.calls.filter((call) => countedBy[fault].test(call)).length;
    for (let index = 0; ; index += 1) {
      const at = chosen === null ? index + 1 : chosen[index];
      if (at === undefined) break;
      if (at > maxPoints) throw new Error(`the command never ended by itself (${fault})`);
      const point = await lane.run(fault, at);
      const failed = point.findings.length > 0;
      if (point.struck || failed) yield point;
      // It failed without the fault, or the calls were over before and no run is known that had as many.
      if (!point.struck && (failed || at > known)) break;
    }
  }
}

const countedBy: Readonly<Record<Fault, RegExp>> = {
  kill: /./,
  tear: /^write /,
  refuse: /./,
  full: /^(?:write|create|link|mkdir) /,
};
const changing = /^(?:create|write|rename|link|unlink|truncate|rmdir|mkdir) /;
/** What some commands change and nothing else. */
const alone = /^write (?:config\.json\.tmp|profiles\/)/;
const notes = /(?:audit|history)\S*\.jsonl$/;

/** Points of a fault, from 1, chosen by the calls of an undisturbed run. */
export function thinned(fault: Fault, calls: readonly string[]): number[] {
  const counted = calls.filter((call) => countedBy[fault].test(call));
  const chosen: number[] = [];
  let before = '';
  let appended = false;
  for (const [index, call] of counted.entries()) {
    if (notes.test(call)) continue;
    const file = fileOf(call);
    const inIndex = /\/index\./.test(call);
    switch (fault) {
      case 'kill':
        // Whatever was being changed is done, and the next thing is not begun.
        if (changing.test(call) && file !== before && before !== '') chosen.push(index + 1);
        if (call.startsWith('rename profiles/')) chosen.push(index + 1);
        break;
      case 'tear':
      case 'full':
        if (call.startsWith('write ') && (inIndex || alone.test(call))) chosen.push(index + 1);
        break;
      case 'refuse':
        if (
          /^rename (?:config\.json(?:\.bak)?$|profiles\/)/.test(call) ||
          (call.startsWith('fsync ') && inIndex && appended)
        ) {
          chosen.push(index + 1);
        }
        break;
    }
    if (changing.test(call)) before = file;
    appended = call.startsWith('write ') && inIndex;
  }
  return chosen;
}

/** The file that a call is about, without what tells one writing of it from another. */
function fileOf(call: string): string {
  return call
    .replace(/^\w+ /, '')
    .replace(/\.tmp-\w+$/, '')
    .replace(/\.\d+\.[0-9a-f]{8}$/, '');
}

/** `set, kill at 7 (fsync config.json), unanswered: new settings, and it is live`, one for each thing found. */
export function findingsOf(command: string, { fault, at, calls, told, findings }: Point): string[] {
  const call = fault === null ? undefined : calls.filter((one) => countedBy[fault].test(one))[at - 1];
  const where =
    fault === null ? 'undisturbed' : `${fault} at ${String(at)}${call === undefined ? '' : ` (${call})`}`;
  return findings.map((finding) => `${command}, ${where}, ${told}: ${finding}`);
}

/** A row for each command, as text. */
export function tableOf(points: ReadonlyMap<string, readonly Point[]>): string {
  const rows = [...points].map(([command, all]) => {
    const of = (...which: readonly Fault[]): Point[] =>
      all.filter(({ fault }) => fault !== null && which.includes(fault));
    const bad = (some: readonly Point[]): number => some.filter(({ findings }) => findings.length > 0).length;
    const [kills, refusals] = [of('kill', 'tear'), of('refuse', 'full')];
    const lost = all.filter((point) => point.lost === true).length;
    return [command, kills.length, bad(kills), refusals.length, bad(refusals), lost].map(String);
  });
  const head = ['command', 'killed', 'half states', 'refused', 'violations', 'in flight'];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
