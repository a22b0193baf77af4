// Stand-ins for the system's own services: logind (sleep, lock) and the desktop's notifications.
import { own, serve, signal, Variant } from './bus.ts';
import type { MessageBus } from './bus.ts';

export interface Login {
  /** The machine goes to sleep, or wakes (org.freedesktop.login1.Manager, PrepareForSleep). */
  sleep(): void;
  wake(): void;
  /** The session is locked or opened again (org.freedesktop.login1.Session). */
  lock(): void;
  unlock(): void;
}

const manager = '/org/freedesktop/login1';
const seat = '/org/freedesktop/login1/session/self';

/** Stands in for logind on a bus. */
export async function standInForLogin(bus: MessageBus): Promise<Login> {
  serve(bus, {
    path: manager,
    interface: 'org.freedesktop.login1.Manager',
    methods: {
      // An answer without the lock's file descriptor: what asks for one goes on without it.
      Inhibit: () => undefined,
      GetSession: () => ['o', seat],
      GetSessionByPID: () => ['o', seat],
      ListSessions: () => ['a(susso)', [['1', 0, 'person', 'seat0', seat]]],
    },
    properties: { PreparingForSleep: () => new Variant('b', false) },
  });
  let locked = false;
  serve(bus, {
    path: seat,
    interface: 'org.freedesktop.login1.Session',
    methods: {},
    properties: {
      LockedHint: () => new Variant('b', locked),
      Id: () => new Variant('s', '1'),
      Active: () => new Variant('b', true),
    },
  });
  await own(bus, 'org.freedesktop.login1');
  const prepare = (asleep: boolean): void =>
    signal(bus, [manager, 'org.freedesktop.login1.Manager', 'PrepareForSleep'], 'b', asleep);
  const setLocked = (now: boolean): void => {
    locked = now;
    signal(bus, [seat, 'org.freedesktop.login1.Session', now ? 'Lock' : 'Unlock']);
    const changed = { LockedHint: new Variant('b', now) };
    const face = 'org.freedesktop.login1.Session';
    signal(
      bus,
      [seat, 'org.freedesktop.DBus.Properties', 'PropertiesChanged'],
      'sa{sv}as',
      face,
      changed,
      [],
    );
  };
  return {
    sleep: () => prepare(true),
    wake: () => prepare(false),
    lock: () => setLocked(true),
    unlock: () => setLocked(false),
  };
}

/** A notification that was shown. */
export interface Shown {
  readonly id: number;
  readonly title: string;
  /** With the markup that the server would render. */
  readonly body: string;
  /** Key and label of each action, in turn. */
  readonly actions: readonly string[];
}

export interface Notifications {
  /** All that were shown, the oldest first; one that replaced another stands in its place. */
  readonly shown: readonly Shown[];
  /** Clicks one (its default action) or one of its buttons. */
  click(id: number, action?: string): void;
  /** The person puts one away. */
  dismiss(id: number): void;
  /** Goes away: nobody shows notifications any more. */
  leave(): Promise<void>;
}

const notifications = '/org/freedesktop/Notifications';

/** Stands in for the desktop's notifications, with actions and markup among what it can do. */
export async function standInForNotifications(bus: MessageBus): Promise<Notifications> {
  const shown: Shown[] = [];
  let last = 0;
  serve(bus, {
    path: notifications,
    interface: notifications.slice(1).replaceAll('/', '.'),
    methods: {
      GetCapabilities: () => ['as', ['actions', 'body', 'body-markup', 'persistence', 'icon-static']],
      GetServerInformation: () => ['ssss', 'stand-in', 'keyfob', '1', '1.2'],
      Notify: ([, replaces, , title, body, actions]) => {
        const id = typeof replaces === 'number' && replaces > 0 ? replaces : (last += 1);
        const one = { id, title: String(title), body: String(body), actions: (actions as string[]) ?? [] };
        const at = shown.findIndex((other) => other.id === id);
        if (at === -1) shown.push(one);
        else shown[at] = one;
        return ['u', id];
      },
      CloseNotification: ([id]) => {
        signal(bus, [notifications, 'org.freedesktop.Notifications', 'NotificationClosed'], 'uu', id, 3);
        return undefined;
      },
    },
  });
  await own(bus, 'org.freedesktop.Notifications');
  const face = 'org.freedesktop.Notifications';
  return {
    shown,
    click(id, action = 'default') {
      signal(bus, [notifications, face, 'ActionInvoked'], 'us', id, action);
      signal(bus, [notifications, face, 'NotificationClosed'], 'uu', id, 2);
    },
    async leave() {
      await bus.releaseName(face);
    },
    dismiss: (id) => signal(bus, [notifications, face, 'NotificationClosed'], 'uu', id, 2),
  };
}
