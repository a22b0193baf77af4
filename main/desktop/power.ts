// Sleep, screen lock, shutdown and a changed network: what each means to Keyfob.
//
// Invariants: a locked screen always clears what was copied, and locks Keyfob where the person wants that; what
// is due is done first thing after sleep; the system's end ends Keyfob in order.
import type { Keyfob } from '../accounts/keyfob.ts';
import type { Clipboard } from './clipboard.ts';
import type { Network } from './network-watch.ts';

/** What the system tells; each answers its end. See system-events.ts. */
export interface SystemEvents {
  onResume(heard: () => void): () => void;
  onScreenLock(heard: () => void): () => void;
  onShutdown(heard: () => void): () => void;
}

export interface PowerOptions {
  readonly events: SystemEvents;
  readonly keyfob: Pick<Keyfob, 'wake' | 'lock'>;
  readonly clipboard: Pick<Clipboard, 'clear' | 'wake'>;
  readonly network: Pick<Network, 'on'>;
  /** Whether the person wants Keyfob locked with the screen. */
  lockWithScreen(): boolean;
  quit(): void;
  /** Tells what went wrong. */
  problem(error: unknown): void;
}

/** Follows the system; the answer ends it. */
export function followSystem(options: PowerOptions): () => void {
  const { events, keyfob, clipboard, network } = options;
  const ends = [
    events.onResume(() => {
      clipboard.wake();
      keyfob.wake();
    }),
    events.onScreenLock(() => {
      void clipboard.clear();
      if (options.lockWithScreen()) keyfob.lock().catch(options.problem);
    }),
    events.onShutdown(() => options.quit()),
    network.on(() => keyfob.wake()),
  ];
  return () => {
    for (const end of ends) end();
  };
}
