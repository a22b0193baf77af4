// The log: what the host did, as lines of JSON in `logs/` (main/api/log.ts), for whoever looks for a reason.
//
// Invariants: a line that its schema does not take is not written, so that nothing else can stand there; nothing is written at a request for a token
// (the audit does that); a log that cannot be written stops nothing.
import process from 'node:process';
import type { Keyfob } from '../accounts/keyfob.ts';
import { loggedCode, loggedError, logLine, type LogLine } from '../api/log.ts';
import type { KeyfobEvent } from '../api/events.ts';
import type { VaultKind } from '../api/status.ts';
import type { Clock, Fetch } from '../oauth/ports.ts';
import { rotatingLines } from '../platform/rotating-lines.ts';

/** A line without its time. */
type Entry = LogLine extends infer Line ? (Line extends unknown ? Omit<Line, 'at'> : never) : never;

export interface Log {
  write(entry: Entry): void;
  /** Follows the core. */
  hear(event: KeyfobEvent): void;
  /** An error that nobody expected: its name and frames of ours, never its message. */
  unexpected(thrown: unknown): void;
  /** The last lines, oldest first. */
  tail(count: number): Promise<LogLine[]>;
  /** The system's code of why lines cannot be written; or null. */
  problem(): string | null;
  close(): Promise<void>;
}

const limits = { fileBytes: 1024 * 1024, files: 5 };

/** Opens the log of a folder, which is made when the first line is written. */
export function openLog(folder: string, clock: Pick<Clock, 'unixMs'>): Log {
  const file = rotatingLines(folder, 'keyfob', limits);
  const now = (): number => clock.unixMs();
  const secondsUntil = (unixSeconds: number | null): number | null =>
    unixSeconds === null ? null : Math.round(unixSeconds - now() / 1000);

  const write = (entry: Entry, how?: 'at once'): void => {
    const line = logLine.safeParse({ at: new Date(now()).toISOString(), ...entry });
    if (!line.success) return;
    if (how === 'at once') file.appendNow(line.data);
    else file.append(line.data);
  };

  return {
    write,
    hear(event) {
      switch (event.type) {
        case 'token.refreshed':
          return write({
            event: event.type,
            account: event.account,
            lifetime: secondsUntil(event.expires_at),
          });
        case 'token.refresh_failed':
          return write({
            event: event.type,
            account: event.account,
            error: loggedError(event.error),
            next_try_in: secondsUntil(event.next_try_at),
          });
        case 'account.sign_in_needed':
          return write({
            event: event.type,
            account: event.account,
            error: loggedError(event.error),
          });
        case 'vault.locked':
        case 'vault.unlocked':
        case 'vault.away':
        case 'vault.back':
          return write({ event: event.type });
        case 'provider.added':
        case 'sign_in.changed':
          return;
        default:
          return write({ event: 'account.changed', account: event.account, what: event.type });
      }
    },
    unexpected(thrown) {
      const { name, stack = '' } = thrown instanceof Error ? thrown : new Error();
      // At once: the process may be gone the next moment.
      write({ event: 'unexpected', error: loggedCode(name) ?? 'Error', frames: framesOf(stack) }, 'at once');
    },
    tail: (count) => file.tail(count, (value) => logLine.safeParse(inPresentNames(value)).data ?? null),
    problem: () => file.problem(),
    close: () => file.settled(),
  };
}

/** Follows a host from its start; the answer ends that. */
export function logLifecycle(
  log: Log,
  keyfob: Pick<Keyfob, 'accountCount' | 'on'>,
  facts: { readonly host: 'desktop' | 'agent'; readonly version: string; readonly vault: VaultKind },
): () => void {
  const { version: node, platform } = process;
  const leave = keyfob.on(log.hear);
  // Who hears them otherwise decides whether the process ends.
  process.on('uncaughtExceptionMonitor', log.unexpected);
  process.on('unhandledRejection', log.unexpected);
  log.write({ event: 'host.started', ...facts, node, platform, accounts: keyfob.accountCount });
  return () => {
    leave();
    process.off('uncaughtExceptionMonitor', log.unexpected);
    process.off('unhandledRejection', log.unexpected);
  };
}

/** Notes what each request to a vendor came to: its host and status, never its address, headers or body. */
export function loggedFetch(fetch: Fetch, log: Pick<Log, 'write'>, clock: Pick<Clock, 'steady'>): Fetch {
  return async (url, init) => {
    const begun = clock.steady();
    const note = (status: number | null, failure: string | null): void =>
      log.write({
        event: 'vendor.answered',
        method: init.method === 'GET' ? 'GET' : 'POST',
        host: URL.parse(url)?.host ?? 'unknown',
        status,
        failure,
        milliseconds: Math.round(clock.steady() - begun),
      });
    try {
      const answer = await fetch(url, init);
      note(answer.status, null);
      return answer;
    } catch (error) {
      note(null, codeOf(error));
      throw error;
    }
  };
}

/** The code of what fetch threw, or of what that came from. */
function codeOf(error: unknown): string | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'string') return loggedCode(one.code);
    if (one.name === 'AbortError' || one.name === 'TimeoutError') return one.name;
  }
  return null;
}

/** Function, file, line and column of a stack, without folders. */
function framesOf(stack: string): string[] {
  return [...stack.matchAll(/^\s+at (?:(.*?) \()?(?:.*[\\/])?([\w.-]+:\d+:\d+)\)?$/gm)]
    .map(
      ([, name = '', position = '']) => `${name.replaceAll(/[^\w .<>[\]]/g, '').slice(0, 80)}(${position})`,
    )
    .slice(0, 20);
}

/** A line as it would be written today: an earlier version wrote `lives_for` for `lifetime` and `places` for `frames`. */
function inPresentNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { lives_for: lifetime, places: frames, ...line }: Record<string, unknown> = { ...value };
  return {
    ...line,
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(frames === undefined ? {} : { frames }),
  };
}
