// Keeps what happened to each account in the last day, for the picture in its details.
//
// Invariants: no secret has a field here; no more than a day is kept, and no more lines than `mostLines` an
// account; what a crash takes is the picture of some minutes, never more.
import type { Clock } from '../oauth/ports.ts';
import type { Keyfob } from '../accounts/keyfob.ts';
import type { AccountView } from '../api/accounts.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { Message } from '../api/problems/index.ts';
import type { LineFile } from '../adapters/line-file.ts';
import { accountLine, daySeconds, drawTimeline, hostLine } from './timeline.ts';
import type { AccountLine, HostLine, Timeline } from './timeline.ts';

export interface History {
  timeline(account: string): Timeline;
  /** Ends it; resolves once what happened is in the file. */
  close(): Promise<void>;
}

interface Parts {
  readonly keyfob: Pick<Keyfob, 'accounts' | 'account' | 'on'>;
  readonly clock: Clock;
  readonly file: LineFile;
}

/** Ms between two looks at the clocks. */
const lookEvery = 15_000;
/** Ms between two notes that the host runs: after a kill the picture is wrong by no more. */
const noteEvery = 5 * 60_000;
/** Ms by which the wall clock must be ahead of the steady one to count as sleep. */
const sleepFrom = 10_000;
const mostLines = 400;
/** Bytes of the file after which it is written anew with what is still of use. */
const mostBytes = 2 * 1024 * 1024;

/** Reads what is kept and follows Keyfob from now on. */
export async function openHistory({ keyfob, clock, file }: Parts): Promise<History> {
  const accounts = new Map<string, AccountLine[]>();
  let host: HostLine[] = [];
  let waiting: unknown[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  let last = { wall: clock.wall(), steady: clock.steady() };
  let noted = clock.steady();
  let closed = false;
  let cancel: () => void = () => undefined;

  const seconds = (): number => Math.floor(clock.wall() / 1000);

  const keep = (line: AccountLine | HostLine): void => {
    if ('account' in line) {
      const lines = accounts.get(line.account) ?? [];
      accounts.set(line.account, lines);
      lines.push(line);
      if (lines.length > mostLines) lines.splice(0, lines.length - mostLines);
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
    if ((await file.size()) > mostBytes) {
      prune();
      // What was added meanwhile is among everything.
      waiting = [];
      await file.rewrite(everything());
    }
  };
  const everything = (): (AccountLine | HostLine)[] =>
    [...host, ...[...accounts.values()].flat()].toSorted((one, other) => one.at - other.at);

  /** Forgets what is older than a day, but for the last line before it, which says how the day began. */
  const prune = (): void => {
    const since = seconds() - daySeconds;
    host = host.filter((line) => line.at >= since);
    for (const [name, lines] of accounts) {
      const first = lines.findIndex((line) => line.at >= since);
      const rest = lines.slice(first === -1 ? -1 : Math.max(0, first - 1));
      if (rest.length === 0 || (first === -1 && rest[0]?.event === 'removed')) accounts.delete(name);
      else accounts.set(name, rest);
    }
  };

  /** Notes a sleep when the wall clock ran ahead of the one that stands still in it. */
  const look = (): void => {
    const now = { wall: clock.wall(), steady: clock.steady() };
    const slept = now.wall - last.wall - (now.steady - last.steady);
    last = now;
    if (slept < sleepFrom) return;
    add({ at: seconds(), event: 'slept', from: Math.floor((now.wall - slept) / 1000) });
  };

  const tick = (): void => {
    look();
    if (clock.steady() - noted >= noteEvery) {
      noted = clock.steady();
      add({ at: seconds(), event: 'running' });
      prune();
    }
    if (!closed) cancel = clock.after(lookEvery, tick);
  };

  const noteAll = (): void => {
    for (const view of keyfob.accounts()) {
      if (view.state === 'locked') continue;
      add({ at: seconds(), account: view.name, event: 'known', until: untilOf(view), reason: null });
    }
  };

  const hear = (event: KeyfobEvent): void => {
    look();
    const line = (name: string, what: AccountLine['event'], reason: Message | null = null): void => {
      const gone = what === 'removed' || what === 'signed_out';
      const fresh = what === 'signed_in' || what === 'refreshed';
      const until = gone ? 0 : fresh ? keyfob.account(name).expires_at : untilOf(keyfob.account(name));
      add({ at: seconds(), account: name, event: what, until, reason });
    };
    switch (event.type) {
      case 'vault.unlocked':
        noteAll();
        return;
      case 'account.added':
        line(event.account, 'known');
        return;
      case 'account.signed_in':
        line(event.account, 'signed_in');
        return;
      case 'account.signed_out':
        line(event.account, 'signed_out');
        return;
      case 'account.removed':
        line(event.account, 'removed');
        return;
      case 'account.sign_in_needed':
        line(event.account, 'sign_in_needed', event.why);
        return;
      case 'token.refreshed':
        line(event.account, 'refreshed');
        return;
      case 'token.refresh_failed':
        line(event.account, 'refresh_failed', event.why);
        return;
      default:
    }
  };

  for (const line of await file.read()) {
    const read = accountLine.safeParse(line);
    const other = read.success ? read : hostLine.safeParse(line);
    if (other.success) keep(other.data);
  }
  prune();
  await file.rewrite(everything());
  add({ at: seconds(), event: 'started' });
  noteAll();
  const stop = keyfob.on(hear);
  cancel = clock.after(lookEvery, tick);

  return {
    timeline(account) {
      look();
      return drawTimeline(accounts.get(account) ?? [], host, seconds());
    },
    async close() {
      closed = true;
      stop();
      cancel();
      add({ at: seconds(), event: 'running' });
      await writing;
    },
  };
}

/** The end of the token in hand: 0 when there is none, null when it is not known. */
function untilOf({ expires_at: end, state }: AccountView): number | null {
  return end ?? (state === 'signed_out' || state === 'sign_in_needed' || state === 'signing_in' ? 0 : null);
}
