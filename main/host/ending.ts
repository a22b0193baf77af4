// The end of a host: soon, but never while a refresh token is on its way to the vault.
import { endSignals } from '../platform/end-signals.ts';
import { steadyMs } from '../platform/steady.ts';

/** Ms in which everything is put down. */
const endLimit = 1_600;
/** Ms after which a host is gone, whatever it waits for. */
const spendingLimit = 24_800;
const lookEvery = 100;
/** Ms within which the same signal is the same wish, passed on by npm, a shell or `bin/keyfob.cjs`. */
const sameWish = 300;

export interface EndLimit {
  /** The accounts whose refresh token was sent and whose answer is not kept yet. */
  spending(): readonly string[];
  /** Ends the process, whatever hangs. */
  exit(): void;
}

/**
 * Ends the process 1.6 s from now, or from when the last refresh token was kept, and after 25 s at the latest.
 * Says in a line on standard error when it waits. Keeps no process alive.
 */
export function limitEnd({ spending, exit }: EndLimit): void {
  const begun = steadyMs();
  let free = begun;
  let announced = false;
  const timer = setInterval(() => {
    const now = steadyMs();
    const names = spending();
    if (names.length > 0) free = now;
    if (names.length > 0 && !announced) {
      announced = true;
      process.stderr.write(
        `Keyfob ends once the new refresh token of ${names.join(', ')} is kept, within 25 s; a second signal ends it at once, and that token is lost.\n`,
      );
    }
    if (now - free >= endLimit || now - begun >= spendingLimit) {
      clearInterval(timer);
      exit();
    }
  }, lookEvery);
  timer.unref();
}

/** Hears the signals that end a host, in place of whatever heard them; `isSecond`: one came before. */
export function hearEndSignals(end: (isSecond: boolean) => void, isSecond = secondWish()): void {
  for (const signal of endSignals) {
    // conf brings a listener that sends each signal to this process once more, which would count as the second.
    process.removeAllListeners(signal);
    process.on(signal, () => end(isSecond()));
  }
}

/** Tells the first wish to end from the second; true for the second. */
export function secondWish(): () => boolean {
  let first: number | null = null;
  return () => {
    const now = steadyMs();
    first ??= now;
    return now - first > sameWish;
  };
}
