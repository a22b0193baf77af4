// A desktop's tray: a StatusNotifierWatcher that takes the icons in, and reads and clicks their menus over
// com.canonical.dbusmenu, as a desktop does.
//
// Each change of a menu gives its entries new ids and may register the icon anew: ids are looked up by label
// right before each click, in the newest icon that answers.
import { call, own, serve, Variant } from './bus.ts';
import type { MessageBus } from './bus.ts';
import { until } from '../program.ts';

export interface Entry {
  readonly id: number;
  /** As a person reads it. */
  readonly label: string;
  readonly type: 'standard' | 'separator';
  readonly toggleType: 'radio' | 'checkmark' | null;
  readonly checked: boolean;
  readonly enabled: boolean;
  readonly visible: boolean;
  /** A PNG beside the label; null for none. */
  readonly icon: Buffer | null;
  readonly children: readonly Entry[];
}

export interface Tray {
  /** Waits until an icon with a menu is there and gives the menu's entries. */
  entries(): Promise<readonly Entry[]>;
  /** Waits for an entry, in submenus too. */
  find(label: RegExp): Promise<Entry>;
  /** Clicks an entry, once it is there and enabled. */
  click(label: RegExp): Promise<void>;
  /** A property of the icon (`IconName`, `Title`, `Status`, `ToolTip`). */
  property(name: string): Promise<unknown>;
  /** Clicks the icon itself; false where it takes no clicks (ayatana's does not). */
  activate(): Promise<boolean>;
  /** How often an icon was registered. */
  registrations(): number;
  /** Goes away: the desktop has no tray any more. */
  leave(): Promise<void>;
  /** Comes back after it has left: takes icons, refuses each, or takes them for nobody who would show them. */
  comeBack(as: 'host' | 'refusing' | 'without host'): Promise<void>;
}

const item = 'org.kde.StatusNotifierItem';
const menu = 'com.canonical.dbusmenu';
const watcher = 'org.kde.StatusNotifierWatcher';

type BusAddress = readonly [name: string, path: string];

/** Stands in for the desktop's tray on a bus. */
export async function watchTray(bus: MessageBus): Promise<Tray> {
  let addresses: BusAddress[] = [];
  let count = 0;
  let mode: Parameters<Tray['comeBack']>[0] = 'host';
  serve(bus, {
    path: '/StatusNotifierWatcher',
    interface: watcher,
    methods: {
      RegisterStatusNotifierItem: ([service], sender) => {
        // ayatana's library sends an object path of its own connection, others a name on the bus.
        if (mode === 'refusing') throw new Error('No icon is taken here.');
        const text = String(service);
        const address: BusAddress = text.startsWith('/') ? [sender, text] : [text, '/StatusNotifierItem'];
        addresses = [...addresses.filter((one) => one.join('') !== address.join('')), address];
        count += 1;
        return undefined;
      },
      RegisterStatusNotifierHost: () => undefined,
    },
    properties: {
      RegisteredStatusNotifierItems: () =>
        new Variant(
          'as',
          addresses.map((address) => address.join('')),
        ),
      IsStatusNotifierHostRegistered: () => new Variant('b', mode !== 'without host'),
      ProtocolVersion: () => new Variant('i', 0),
    },
  });
  await own(bus, watcher);

  const propertyAt = async ([name, path]: BusAddress, property: string): Promise<unknown> => {
    const get = [name, path, 'org.freedesktop.DBus.Properties', 'Get'] as const;
    const [value] = await call(bus, get, 'ss', item, property);
    return value instanceof Variant ? value.value : value;
  };
  /** The newest icon's menu, with those that are gone taken out. */
  const readMenu = async (): Promise<{ address: BusAddress; entries: readonly Entry[] } | null> => {
    for (;;) {
      const newest = addresses.at(-1);
      if (newest === undefined) return null;
      try {
        const path = String(await propertyAt(newest, 'Menu'));
        const address: BusAddress = [newest[0], path];
        const [, layout] = await call(bus, [...address, menu, 'GetLayout'], 'iias', 0, -1, []);
        return { address, entries: entryOf(layout).children };
      } catch {
        addresses = addresses.filter((one) => one !== newest);
      }
    }
  };
  const withMenu = () =>
    until('an icon with a menu in the tray', async () => {
      const read = await readMenu();
      return read !== null && read.entries.length > 0 ? read : null;
    });
  const locate = (label: RegExp) =>
    until(`an entry ${String(label)} in the tray`, async () => {
      const read = await readMenu();
      const entry = read === null ? undefined : flat(read.entries).find((one) => label.test(one.label));
      return read === null || entry === undefined ? null : { address: read.address, entry };
    });
  return {
    entries: async () => (await withMenu()).entries,
    find: async (label) => (await locate(label)).entry,
    async click(label) {
      const { address, entry } = await until(`an enabled entry ${String(label)}`, async () => {
        const found = await locate(label);
        return found.entry.enabled ? found : null;
      });
      const event = [...address, menu, 'Event'] as const;
      await call(bus, event, 'isvu', entry.id, 'clicked', new Variant('s', ''), 0);
    },
    async property(name) {
      await withMenu();
      const address = addresses.at(-1);
      if (address === undefined) throw new Error('There is no icon in the tray.');
      return propertyAt(address, name);
    },
    async activate() {
      await withMenu();
      const address = addresses.at(-1);
      if (address === undefined) return false;
      try {
        await call(bus, [...address, item, 'Activate'], 'ii', 0, 0);
        return true;
      } catch {
        return false;
      }
    },
    registrations: () => count,
    async leave() {
      await bus.releaseName(watcher);
    },
    async comeBack(as) {
      mode = as;
      addresses = [];
      await own(bus, watcher);
    },
  };
}

/** All entries, those of submenus included. */
function flat(entries: readonly Entry[]): Entry[] {
  return entries.flatMap((entry) => [entry, ...flat(entry.children)]);
}

/** One entry of the layout: `(ia{sv}av)`. */
function entryOf(layout: unknown): Entry {
  const [id, properties, children] = layout as [
    number,
    Record<string, { value: unknown }>,
    { value: unknown }[],
  ];
  const read = (name: string): unknown => properties[name]?.value;
  const toggle = read('toggle-type');
  const label = read('label');
  const icon = read('icon-data');
  return {
    id,
    // One `_` marks the key, two stand for one.
    label: (typeof label === 'string' ? label : '').replace(/_(_?)/g, '$1'),
    type: read('type') === 'separator' ? 'separator' : 'standard',
    toggleType: toggle === 'radio' || toggle === 'checkmark' ? toggle : null,
    checked: read('toggle-state') === 1,
    enabled: read('enabled') !== false,
    visible: read('visible') !== false,
    icon: icon === undefined || icon === null ? null : Buffer.from(icon as Uint8Array),
    children: children.map(({ value }) => entryOf(value)),
  };
}
