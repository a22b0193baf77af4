// Keeps what the tray shows in step with Keyfob, and tells the tray when, and only when, something shown changed.
//
// Invariants: one timer; many events in one turn make one look; nothing is shown after `close`.
import type { Clock } from '../oauth/ports.ts';
import { sameMenu, trayModel } from './tray-menu.ts';
import type { TrayEntry, TrayFacts, TrayIcon } from './tray-menu.ts';

/** The tray itself, as far as this file knows it. */
export interface TrayFace {
  setIcon(icon: TrayIcon): void;
  setMenu(entries: readonly TrayEntry[]): void;
  setTooltip(text: string): void;
}

export interface TrayFollowerOptions {
  readonly face: TrayFace;
  readonly clock: Clock;
  /** How things stand now. */
  facts(): Omit<TrayFacts, 'now'>;
  /** Each calls back when something may have changed, and answers its end. */
  readonly sources: readonly ((changed: () => void) => () => void)[];
}

export interface TrayFollower {
  /** Looks again; `anew` sets the menu even when it is the same (a click that led nowhere has moved a mark). */
  look(anew?: 'anew'): void;
  close(): void;
}

/** Ms; the tray is looked at so often at least: a wall clock that was set moves no timer. */
const longestWait = 60_000;
/** Ms; no mistake in a moment of change can make a loop. */
const shortestWait = 50;

/** Shows how things stand, and follows them. */
export function followTray({ face, clock, facts, sources }: TrayFollowerOptions): TrayFollower {
  let shown: { entries: readonly TrayEntry[]; icon: TrayIcon; tooltip: string } | null = null;
  let cancel: (() => void) | null = null;
  let queued = false;
  let closed = false;

  const look = (anew?: 'anew'): void => {
    if (closed) return;
    cancel?.();
    const { changesIn, ...model } = trayModel({ ...facts(), now: clock.unixMs() });
    if (model.icon !== shown?.icon) face.setIcon(model.icon);
    if (model.tooltip !== shown?.tooltip) face.setTooltip(model.tooltip);
    if (anew === 'anew' || shown === null || !sameMenu(model.entries, shown.entries)) {
      face.setMenu(model.entries);
    }
    shown = model;
    const wait = Math.min(Math.max(changesIn ?? longestWait, shortestWait), longestWait);
    cancel = clock.after(wait, () => look());
  };
  const lookSoon = (): void => {
    if (queued) return;
    queued = true;
    queueMicrotask(() => {
      queued = false;
      look();
    });
  };

  const ends = sources.map((source) => source(lookSoon));
  look();
  return {
    look,
    close() {
      closed = true;
      cancel?.();
      for (const end of ends) end();
    },
  };
}
