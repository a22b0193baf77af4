// Whether the desktop shows the icon, asked on the session's bus and of X11. On Linux a StatusNotifierWatcher takes
// icons for a host that shows them (GNOME has none without an extension); without one Electron puts them into the tray
// of X11 (XEmbed), as i3bar and others have it.
//
// Sources: StatusNotifierItem, "StatusNotifierWatcher" (freedesktop.org); D-Bus Specification,
// `org.freedesktop.DBus.GetConnectionUnixProcessID`; System Tray Protocol Specification.
import { callSessionBus, hasOwnerOnBus } from '../platform/session-bus.ts';
import { hasSelectionOwner } from '../platform/x11-selection.ts';
import { isWayland } from './panel-shortcut.ts';

/** `unregistered`: icons are shown, this one not: it was refused, or came before whoever shows them. */
export type TrayState = 'shown' | 'unregistered' | 'missing' | 'unknown';

const watcher = 'org.kde.StatusNotifierWatcher';

/** How it is for the icon of a process. */
export async function readTrayState(
  platform: string,
  env: NodeJS.ProcessEnv,
  pid: number,
): Promise<TrayState> {
  if (platform !== 'linux') return 'shown';
  const watched = await askWatcher(pid);
  if (watched === 'shown' || watched === 'unknown' || isWayland(platform, env)) return watched;
  const owned = await hasSelectionOwner((screen) => `_NET_SYSTEM_TRAY_S${screen}`, env);
  return owned === false ? watched : 'unknown';
}

async function askWatcher(pid: number): Promise<TrayState> {
  const watched = await hasOwnerOnBus(watcher);
  if (watched !== true) return watched === false ? 'missing' : 'unknown';
  const facts = await callSessionBus({
    destination: watcher,
    path: '/StatusNotifierWatcher',
    method: 'org.freedesktop.DBus.Properties.GetAll',
    args: [watcher],
  });
  const host = /IsStatusNotifierHostRegistered\W+(?:variant\s+boolean\s+)?(true|false)/.exec(
    facts ?? '',
  )?.[1];
  if (facts === null || host === undefined) return 'unknown';
  if (host === 'false') return 'missing';
  // Each item is a name on the bus, with or without a path behind it.
  const names = [...facts.matchAll(/['"](:\d+\.\d+|[A-Za-z_][\w-]*(?:\.[\w-]+)+)[^'"]*['"]/g)];
  const owners = await Promise.all(names.map(([, name = '']) => processOf(name)));
  if (owners.includes(pid)) return 'shown';
  return owners.includes(null) ? 'unknown' : 'unregistered';
}

/** The process behind a name on the bus; null where that is not told. */
async function processOf(name: string): Promise<number | null> {
  const answer = await callSessionBus({
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    method: 'org.freedesktop.DBus.GetConnectionUnixProcessID',
    args: [name],
  });
  const pid = /uint32\s+(\d+)/.exec(answer ?? '')?.[1];
  return pid === undefined ? null : Number(pid);
}
