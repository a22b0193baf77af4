// Keeps what happened to each account in the last day, for the picture in its details.
//
// Invariants: no secret has a field here; no more than a day is kept, and no more lines than `maxLines` an
// account; what a crash takes is the picture of some minutes, never more.
import type { Clock } from '../oauth/ports.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { AccountView } from '../api/accounts.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { Message } from '../api/problems/index.ts';
import { createSleepWatch } from '../accounts/sleep-watch.ts';
import type { LineFile } from '../platform/line-file.ts';
import { accountLine, daySeconds, drawTimeline, hostLine } from './timeline.ts';
import type { AccountLine, HostLine, Timeline } from './timeline.ts';

export interface History {
  timeline(account: string): Timeline;
  /** The system's code of why it cannot be written; or null. */
  problem(): string | null;
  /** Ends it; resolves once what happened is in the file. */
  close(): Promise<void>;
}

interface HistoryOptions {
  readonly keyfob: Pick<Keyfob, 'tokenEnds' | 'account' | 'on'>;
  readonly clock: Clock;
  readonly file: LineFile;
}

/** Ms between two looks at the clocks. */
const lookEvery = 15_000;
/** Ms between two notes that the host runs: after a kill the picture is wrong by no more. */
const noteEvery = 5 * 60_000;
/** What still holds until something else happens. */
const goesOn: ReadonlySet<AccountLine['event']> = new Set(['known', 'signed_in', 'refreshed']);
const maxLines = 400;
/** Bytes of the file after which it is written anew with what is still of use, or twice what that was the last time. */
const minBytes = 2 * 1024 * 1024;

/** Reads what is kept and follows Keyfob from now on. */
export async function openHistory({ keyfob, clock, file }: HistoryOptions): Promise<History> {
  const accounts = new Map<string, AccountLine[]>();
  let host: HostLine[] = [];
  let waiting: unknown[] = [];
  let maxBytes = minBytes;
  let writing: Promise<unknown> = Promise.resolve();
  const sinceLastLook = createSleepWatch(clock);
  let noted = clock.steady();
  let cancel: () => void = () => undefined;

  const seconds = (): number => Math.floor(clock.unixMs() / 1000);

  const keep = (line: AccountLine | HostLine): void => {
    if ('account' in line) {
      const before = accounts.get(line.account) ?? [];
      accounts.set(line.account, [...before, line].slice(-maxLines));
    } else host.push(line);
  };
  const add = (line: AccountLine | HostLine): void => {
    keep(line);
    if (waiting.push(line) === 1) writing = writing.then(write);
  };
  const write = async (): Promise<void> => {
    const lines = waiting;
    waiting = [];
    await file.append(lines);
    if ((await file.size()) > maxBytes) await compact();
  };
  /** Writes the file anew; so rarely that an event costs the same however many lines there are. */
  const compact = async (): Promise<void> => {
    prune();
    // What was added meanwhile is among everything.
    waiting = [];
    await file.rewrite(everything());
    maxBytes = Math.max(minBytes, 2 * (await file.size()));
  };
  const everything = (): (AccountLine | HostLine)[] =>
    [...host, ...[...accounts.values()].flat()].toSorted((one, other) => one.at - other.at);

  const prune = (): void => {
    const since = seconds() - daySeconds;
    host = host.filter((line) => line.at >= since);
    for (const [name, lines] of accounts) {
      const rest = linesSince(lines, since);
      if (rest.length === 0) accounts.delete(name);
      else accounts.set(name, rest);
    }
  };

  const look = (): void => {
    const { ahead } = sinceLastLook();
    if (ahead > 0) add({ at: seconds(), event: 'slept', from: Math.floor((clock.unixMs() - ahead) / 1000) });
  };

  const tick = (): void => {
    look();
    if (clock.steady() - noted >= noteEvery) {
      noted = clock.steady();
      add({ at: seconds(), event: 'running' });
      prune();
    }
    cancel = clock.after(lookEvery, tick);
  };

  const noteAll = (): void => {
    for (const [account, until] of keyfob.tokenEnds()) {
      const last = accounts.get(account)?.at(-1);
      // What is known of it already is not written again at each start.
      if (last !== undefined && last.until === until && goesOn.has(last.event)) continue;
      add({ at: seconds(), account, event: 'known', until, reason: null });
    }
  };

  const hear = (event: KeyfobEvent): void => {
    look();
    if (event.type === 'vault.unlocked') {
      noteAll();
      return;
    }
    const told = whatOf(event);
    if (told === null) return;
    const { account, what, reason = null } = told;
    const isGone = what === 'removed' || what === 'signed_out';
    const isFresh = what === 'signed_in' || what === 'refreshed';
    const until = isGone
      ? 0
      : isFresh
        ? keyfob.account(account).expires_at
        : untilOf(keyfob.account(account));
    add({ at: seconds(), account, event: what, until, reason });
  };

  const hasUseless = await readAll(file, seconds() - daySeconds, keep);
  prune();
  if (hasUseless || (await file.size()) > maxBytes) await compact();
  add({ at: seconds(), event: 'started' });
  noteAll();
  const stop = keyfob.on(hear);
  cancel = clock.after(lookEvery, tick);

  return {
    timeline(account) {
      look();
      return drawTimeline(accounts.get(account) ?? [], host, seconds());
    },
    problem: () => file.problem(),
    async close() {
      stop();
      cancel();
      add({ at: seconds(), event: 'running' });
      await writing;
    },
  };
}

/** Reads a file's lines; whether some are no use any more: older than `since`, or none of ours. */
async function readAll(
  file: LineFile,
  since: number,
  keep: (line: AccountLine | HostLine) => void,
): Promise<boolean> {
  let hasUseless = false;
  for await (const lines of file.read()) {
    for (const one of lines) {
      const line = lineOf(one);
      if (line !== undefined) keep(line);
      hasUseless ||= line === undefined || line.at < since;
    }
  }
  return hasUseless;
}

/** What an event means for an account; null: nothing that is kept. */
function whatOf(
  event: KeyfobEvent,
): { readonly account: string; readonly what: AccountLine['event']; readonly reason?: Message } | null {
  switch (event.type) {
    case 'account.added':
      return { account: event.account, what: 'known' };
    case 'account.signed_in':
      return { account: event.account, what: 'signed_in' };
    case 'account.signed_out':
      return { account: event.account, what: 'signed_out' };
    case 'account.removed':
      return { account: event.account, what: 'removed' };
    case 'account.sign_in_needed':
      return { account: event.account, what: 'sign_in_needed', reason: event.why };
    case 'token.refreshed':
      return { account: event.account, what: 'refreshed' };
    case 'token.refresh_failed':
      return { account: event.account, what: 'refresh_failed', reason: event.why };
    default:
      return null;
  }
}

/** A line of ours, or undefined. */
function lineOf(value: unknown): AccountLine | HostLine | undefined {
  const isOfAccount = typeof value === 'object' && value !== null && 'account' in value;
  return (isOfAccount ? accountLine : hostLine).safeParse(value).data;
}

/** The lines since a time, and the last one before it, which says how that time began; none of what was removed before. */
function linesSince(lines: readonly AccountLine[], since: number): AccountLine[] {
  const first = lines.findIndex((line) => line.at >= since);
  if (first !== -1) return lines.slice(Math.max(0, first - 1));
  return lines.slice(-1).filter(({ event }) => event !== 'removed');
}

/** The end of the token in hand: 0 when there is none, null when it is not known. */
function untilOf({ expires_at: end, state }: AccountView): number | null {
  return end ?? (state === 'signed_out' || state === 'sign_in_needed' || state === 'signing_in' ? 0 : null);
}
