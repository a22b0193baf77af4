// What the system tells of sleep, screen lock, shutdown and network, through Electron.
//
// Electron tells of a locked screen on macOS and Windows alone. On Linux it can be asked whether a screen saver
// is on (X11's), which is how most lockers there cover the screen; on Wayland nobody says.
import { net, powerMonitor } from 'electron';
import { onNetworkChange } from '../platform/network.ts';
import { watchNetwork } from './network-watch.ts';
import type { Network } from './network-watch.ts';
import type { SystemEvents } from './power.ts';

/** Ms between two looks at what nobody tells. */
const lookEvery = 2_000;
/** Seconds; without meaning for whether the screen is locked. */
const idleSeconds = 60;

/** Listens to the system of a platform (`process.platform`). Electron must be ready. */
export function systemEvents(platform: string): SystemEvents {
  return {
    onResume(heard) {
      powerMonitor.on('resume', heard);
      return () => void powerMonitor.off('resume', heard);
    },
    onScreenLock(heard) {
      if (platform === 'linux') return whenLocked(heard);
      powerMonitor.on('lock-screen', heard);
      return () => void powerMonitor.off('lock-screen', heard);
    },
    onShutdown(heard) {
      // Where the system lets an application ask for a moment (Linux, macOS), the end of Keyfob is waited for.
      const hear = (event?: { preventDefault(): void }): void => {
        event?.preventDefault();
        heard();
      };
      powerMonitor.on('shutdown', hear);
      return () => void powerMonitor.off('shutdown', hear);
    },
  };
}

/** Watches the network through Electron and the machine's addresses. */
export function systemNetwork(): Network {
  return watchNetwork({ isOnline: () => net.isOnline(), onAddresses: onNetworkChange, every });
}

function whenLocked(heard: () => void): () => void {
  let locked = false;
  return every(() => {
    const before = locked;
    locked = powerMonitor.getSystemIdleState(idleSeconds) === 'locked';
    if (locked && !before) heard();
  });
}

function every(look: () => void): () => void {
  const timer = setInterval(look, lookEvery);
  timer.unref();
  return () => clearInterval(timer);
}
