// Whether this machine has a network, and word of a change.
//
// Invariant: `on` tells of a change of either the addresses or of being online; it says nothing of whether a
// vendor can be reached.
import { createEmitter } from '../platform/emitter.ts';

export interface NetworkOptions {
  /** Whether the system knows of a way to a network. */
  isOnline(): boolean;
  /** Calls back when the machine's addresses have changed; see onNetworkChange in main/platform/network.ts. */
  onAddresses(changed: () => void): () => void;
  /** Calls back so often that a change is seen soon; the answer ends it. */
  every(look: () => void): () => void;
}

export interface Network {
  online(): boolean;
  on(changed: () => void): () => void;
  close(): void;
}

export function watchNetwork({ isOnline, onAddresses, every }: NetworkOptions): Network {
  const changes = createEmitter<[]>();
  let online = isOnline();
  const look = (): void => {
    const now = isOnline();
    if (now === online) return;
    online = now;
    changes.emit();
  };
  const ends = [
    every(look),
    onAddresses(() => {
      online = isOnline();
      changes.emit();
    }),
  ];
  return {
    online: () => online,
    on: changes.on,
    close() {
      for (const end of ends) end();
      changes.clear();
    },
  };
}
