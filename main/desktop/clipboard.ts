// What was copied leaves the clipboard again: after its time, on lock, and when Keyfob quits.
//
// Invariants: it is taken away only while it is still ours; of the text a SHA-256 is kept, never the text; what
// touches the clipboard happens one after the other; one timer.
import { createQueue } from '../platform/serial-queue.ts';
import { KeyfobError } from '../api/errors.ts';
import type { Clock } from '../oauth/ports.ts';
import type { CopyTarget } from '../host/copying.ts';
import { sha256Hex } from '../platform/digest.ts';

/** The system's clipboard; see system-clipboard.ts. */
export interface SystemClipboard {
  /** The text that it holds; empty when it holds something else or nothing. */
  readText(): Promise<string>;
  /** Writes a text, marked so that clipboard histories leave it out. */
  writeConcealed(text: string): Promise<void>;
  clear(): void;
}

export interface ClipboardOptions {
  readonly system: SystemClipboard;
  readonly clock: Clock;
  /** After how many seconds a text is taken away. */
  seconds(): number;
}

export interface Clipboard extends CopyTarget {
  /** Takes our text away now, when it is still there. Never rejects. */
  clear(): Promise<void>;
  /** The machine woke: a text whose time went by in its sleep goes now. */
  wake(): void;
  /** Takes our text away and ends; resolves when that is done. Never rejects. */
  close(): Promise<void>;
}

/** Another program may hold the clipboard for a moment: that often it is tried, that many ms apart. */
const tries = 3;
const between = 150;

/** Makes the keeper of what was copied. */
export function createClipboard({ system, clock, seconds }: ClipboardOptions): Clipboard {
  let ours: { readonly hash: string; readonly until: number } | null = null;
  let cancel: (() => void) | null = null;

  const inTurn = createQueue();
  const again = async <T>(step: () => T | Promise<T>): Promise<T> => {
    for (let left = tries - 1; ; left -= 1) {
      try {
        return await step();
      } catch (error) {
        if (left === 0) throw error;
        await new Promise<void>((resolve) => void clock.after(between, resolve));
      }
    }
  };
  const takeAway = async (): Promise<void> => {
    if (ours === null) return;
    const { hash } = ours;
    cancel?.();
    ours = null;
    // Who cannot read it cannot say that it is ours: then it stays, as somebody else's would.
    const text = await again(() => system.readText()).catch(() => null);
    if (text !== null && hashOf(text) === hash) await again(() => system.clear()).catch(() => undefined);
  };
  const clear = (): Promise<void> => inTurn(takeAway);

  return {
    copy: (text) =>
      inTurn(async () => {
        try {
          await again(() => system.writeConcealed(text));
        } catch (cause) {
          throw new KeyfobError('clipboard_refused', {}, { cause });
        }
        const clears_in = seconds();
        cancel?.();
        ours = { hash: hashOf(text), until: clock.unixMs() + clears_in * 1000 };
        cancel = clock.after(clears_in * 1000, () => void clear());
        return { clears_in };
      }),
    clear,
    wake() {
      if (ours !== null && clock.unixMs() >= ours.until) void clear();
    },
    close: clear,
  };
}

/** Line ends do not count: some systems change them on the way. */
function hashOf(text: string): string {
  return sha256Hex(text.replaceAll('\r\n', '\n'));
}
