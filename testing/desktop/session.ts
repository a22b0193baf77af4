// A desktop session of its own: display, window manager, message bus, keyring, tray, notifications, logind.
//
// Invariants: nothing of the person's session is touched or asked; a bus that starts nothing by itself; all
// that was started is ended by `stop`, or at the latest when this process exits.
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { until } from '../program.ts';
import { call, connectBus, Variant } from './bus.ts';
import type { MessageBus } from './bus.ts';
import { clipboardOf } from './clipboard.ts';
import type { X11Clipboard } from './clipboard.ts';
import { findProgram } from './parts.ts';
import { standInForLogin, standInForNotifications } from './system.ts';
import type { Login, Notifications } from './system.ts';
import { watchTray } from './tray.ts';
import type { Tray } from './tray.ts';
import { screenOf } from './windows.ts';
import type { Screen } from './windows.ts';

/** An ordinary user, whose programs run with Chromium's sandbox on. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface DesktopSession {
  /** Who its programs run as; null for the one who runs the tests. */
  readonly user: User | null;
  /** A folder that goes away with the session. */
  readonly folder: string;
  /** The environment of programs in it. */
  readonly env: NodeJS.ProcessEnv;
  readonly bus: MessageBus;
  readonly tray: Tray;
  readonly clipboard: X11Clipboard;
  readonly screen: Screen;
  readonly notifications: Notifications;
  readonly login: Login;
  stop(): Promise<void>;
}

const busConfig = (socket: string): string => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

/** Nothing of the session that the tests themselves run in. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(KEYFOB_(?!ELECTRON)|VITEST|NODE_OPTIONS$|npm_|DBUS_|DISPLAY$|WAYLAND_|GNOME_|XDG_|XAUTHORITY$|SESSION_MANAGER$|GTK_)/;
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !foreign.test(name) && !/^(https?|all|no)_proxy$/i.test(name),
    ),
  );
}

/**
 * Starts a session, for another user when one is named (root alone can). Ends what it has started when a part
 * of it cannot be had.
 */
export async function startSession(user: User | null = null): Promise<DesktopSession> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kf-desk-'));
  const give = (location: string): void => {
    if (user !== null) chownSync(location, user.uid, user.gid);
  };
  give(folder);
  const children: ChildProcess[] = [];
  const buses: MessageBus[] = [];
  const killAll = (): void => {
    for (const child of children.reverse()) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.on('exit', killAll);
  const stop = async (): Promise<void> => {
    for (const bus of buses) bus.disconnect();
    const ended = children
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map((child) => new Promise((resolve) => child.once('exit', resolve)));
    killAll();
    await Promise.all(ended);
    process.off('exit', killAll);
  };
  try {
    const env = cleanEnvironment();
    for (const name of ['CONFIG_HOME', 'DATA_HOME', 'STATE_HOME', 'CACHE_HOME', 'RUNTIME_DIR']) {
      const location = path.join(folder, name.toLowerCase().replace('_', '-'));
      mkdirSync(location, { mode: 0o700 });
      give(location);
      env[`XDG_${name}`] = location;
    }
    env['HOME'] = folder;
    const run = (program: string, args: string[], stdio: StdioOptions): ChildProcess => {
      const child = spawn(program, args, { env, stdio, ...user });
      children.push(child);
      child.on('error', () => undefined);
      return child;
    };

    // The server picks a free number and says it on descriptor 3.
    const screen = ['-screen', '0', '1280x800x24', '-nolisten', 'tcp', '-displayfd', '3'];
    const server = run('Xvfb', screen, ['ignore', 'ignore', 'ignore', 'pipe']);
    let number = '';
    server.stdio[3]?.on('data', (chunk: Buffer) => (number += chunk.toString()));
    await until('a display', () => number.includes('\n'));
    env['DISPLAY'] = `:${number.trim()}`;

    const socket = path.join(folder, 'bus');
    const config = path.join(folder, 'bus.conf');
    writeFileSync(config, busConfig(socket));
    const daemon = run(
      'dbus-daemon',
      [`--config-file=${config}`, '--nofork', '--print-address=1'],
      ['ignore', 'pipe', 'ignore'],
    );
    let address = '';
    daemon.stdout?.on('data', (chunk: Buffer) => (address += chunk.toString()));
    await until('a message bus', () => address.includes('\n'));
    env['DBUS_SESSION_BUS_ADDRESS'] = `unix:path=${socket}`;
    env['DBUS_SYSTEM_BUS_ADDRESS'] = `unix:path=${socket}`;
    env['XDG_CURRENT_DESKTOP'] = 'Unity';
    env['NO_AT_BRIDGE'] = '1';

    const connect = async (): Promise<MessageBus> => {
      const bus = await connectBus(socket);
      buses.push(bus);
      return bus;
    };
    const bus = await connect();
    const tray = await watchTray(bus);
    const login = await standInForLogin(await connect());
    const notifications = await standInForNotifications(await connect());

    const keyringFolder = path.join(folder, 'keyring');
    mkdirSync(keyringFolder, { mode: 0o700 });
    give(keyringFolder);
    const keyring = run(
      'gnome-keyring-daemon',
      ['--foreground', '--unlock', '--components=secrets', `--control-directory=${keyringFolder}`],
      ['pipe', 'ignore', 'ignore'],
    );
    keyring.stdin?.end('test');
    // It is on the bus before its passphrase is read, and a vault would find it locked.
    const isOpen = async (): Promise<boolean> => {
      const face = 'org.freedesktop.DBus.Properties';
      const login = '/org/freedesktop/secrets/collection/login';
      const get = ['org.freedesktop.secrets', login, face, 'Get'] as const;
      const asked = call(bus, get, 'ss', 'org.freedesktop.Secret.Collection', 'Locked');
      const [locked] = await asked.catch(() => []);
      return locked instanceof Variant && locked.value === false;
    };
    await until('an open keyring on the bus', isOpen);
    if (findProgram('openbox') !== null) run('openbox', [], 'ignore');
    const clipboard = clipboardOf(env, (child) => children.push(child));
    return { user, folder, env, bus, tray, clipboard, screen: screenOf(env), notifications, login, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
