// The last day of an account as a picture: stretches of time, and what happened. Pure.
//
// Invariants: stretches are in order and never overlap; where Keyfob did not run, or nothing is known, there is
// none; sleep stands before what else would have been there. Times are Unix seconds.
import { z } from 'zod';
import { message } from '../api/message.ts';
import type { AccountDetails, TimelineMark, TimelineSpan } from '../api/window.ts';

export type Timeline = AccountDetails['timeline'];

/** Seconds that are shown. */
export const daySeconds = 24 * 60 * 60;

const at = z.int();

/** What happened to an account. `known`: how it stood when it was first looked at. */
export const accountLine = z.object({
  at,
  account: z.string(),
  event: z.enum([
    'known',
    'signed_in',
    'refreshed',
    'refresh_failed',
    'sign_in_needed',
    'signed_out',
    'removed',
  ]),
  /** The end of the token in hand: 0 when there is none, null when it is not known. */
  until: z.number().nullable(),
  /** Why, where something failed; earlier versions kept a sentence, which is left out. */
  reason: message.nullable().catch(null),
});
export type AccountLine = z.infer<typeof accountLine>;

/** What happened to the host: it began to run, it still ran, it slept until `at`. */
export const hostLine = z.discriminatedUnion('event', [
  z.object({ at, event: z.enum(['started', 'running']) }),
  z.object({ at, event: z.literal('slept'), from: z.int() }),
]);
export type HostLine = z.infer<typeof hostLine>;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Draws the day before `now` from lines in the order in which they were written. */
export function drawTimeline(
  account: readonly AccountLine[],
  host: readonly HostLine[],
  now: number,
): Timeline {
  const since = now - daySeconds;
  const lines = account.filter((line) => line.at <= now);
  const gone = notRunning(host, now);
  const asleep = host
    .flatMap((line): Stretch[] =>
      line.event === 'slept' ? [{ from: line.from, to: Math.min(line.at, now) }] : [],
    )
    .filter(({ from, to }) => to > Math.max(from, since) && (lines[0]?.at ?? now) <= to);
  const known = lines.flatMap((_line, index) => stretchesOf(lines, index, lines[index + 1]?.at ?? now));
  const awake = without(without(known, asleep), gone);
  const slept = without(
    asleep.map((one): TimelineSpan => ({ ...one, kind: 'asleep' })),
    gone,
  );
  return {
    spans: merged(within([...awake, ...slept], since)),
    marks: lines.filter((line) => line.at >= since).flatMap(markOf),
  };
}

/** What a line says of the time until the next one. */
function stretchesOf(lines: readonly AccountLine[], index: number, end: number): TimelineSpan[] {
  const line = lines[index];
  if (line === undefined || line.event === 'removed') return [];
  if (line.event === 'refresh_failed') return [{ from: line.at, to: end, kind: 'failing' }];
  const until = line.event === 'signed_out' ? 0 : (line.until ?? Infinity);
  const ends = Math.max(line.at, Math.min(until, end));
  return [
    { from: line.at, to: ends, kind: 'live' },
    { from: ends, to: end, kind: 'none' },
  ];
}

/** From the last line of one run to the beginning of the next. */
function notRunning(host: readonly HostLine[], now: number): Stretch[] {
  const gaps: Stretch[] = [];
  let last = -Infinity;
  for (const line of host) {
    if (line.event === 'started') gaps.push({ from: last, to: line.at });
    last = Math.max(last, line.at);
  }
  return gaps.filter(({ from }) => from < now);
}

function without(spans: readonly TimelineSpan[], holes: readonly Stretch[]): TimelineSpan[] {
  let left = [...spans];
  for (const hole of holes) {
    left = left.flatMap((span) =>
      hole.to <= span.from || hole.from >= span.to
        ? [span]
        : [
            { ...span, to: hole.from },
            { ...span, from: hole.to },
          ].filter(({ from, to }) => to > from),
    );
  }
  return left;
}

function within(spans: readonly TimelineSpan[], since: number): TimelineSpan[] {
  return spans
    .map((span) => ({ ...span, from: Math.max(span.from, since) }))
    .filter(({ from, to }) => to > from)
    .toSorted((one, other) => one.from - other.from);
}

function merged(spans: readonly TimelineSpan[]): TimelineSpan[] {
  const out: TimelineSpan[] = [];
  for (const span of spans) {
    const last = out.at(-1);
    if (last?.kind === span.kind && last.to === span.from) out[out.length - 1] = { ...last, to: span.to };
    else out.push(span);
  }
  return out;
}

function markOf({ at: when, event, reason }: AccountLine): TimelineMark[] {
  return event === 'known' || event === 'removed' ? [] : [{ at: when, kind: event, reason }];
}
