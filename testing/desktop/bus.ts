// A private D-Bus, and services on it that the tests stand in for. Messages are answered one by one, so that a
// stand-in knows who asked.
import dbus from 'dbus-next';
import type { Message, MessageBus } from 'dbus-next';

export type { MessageBus } from 'dbus-next';
export const { Variant } = dbus;

/** Connects to the bus at a socket's path. */
export async function connectBus(socket: string): Promise<MessageBus> {
  // `socket=` and not `path=`: the library would load a native module for the latter.
  const bus = dbus.sessionBus({ busAddress: `unix:socket=${socket}` });
  await new Promise<void>((resolve, reject) => {
    bus.on('connect', resolve);
    bus.on('error', reject);
  });
  return bus;
}

/** What a method answers: a signature and its values; nothing for none. */
export type Answer = readonly [signature: string, ...values: unknown[]] | undefined;

export interface Service {
  readonly path: string;
  readonly interface: string;
  readonly methods: Readonly<Record<string, (args: unknown[], sender: string) => Answer>>;
  readonly properties?: Readonly<Record<string, () => dbus.Variant>>;
}

/** Answers for an object of the bus. */
export function serve(bus: MessageBus, service: Service): void {
  const { properties = {} } = service;
  const reply = (message: Message, [signature = '', ...values]: readonly unknown[] = []): true => {
    bus.send(dbus.Message.newMethodReturn(message, String(signature), values));
    return true;
  };
  bus.addMethodHandler((message: Message) => {
    if (message.path !== service.path) return false;
    const method = message.interface === service.interface ? service.methods[message.member] : undefined;
    if (method !== undefined) return reply(message, method(message.body, message.sender) ?? []);
    if (message.interface !== 'org.freedesktop.DBus.Properties') return false;
    if (message.body[0] !== service.interface) return false;
    if (message.member === 'GetAll') {
      const all = Object.fromEntries(Object.entries(properties).map(([name, read]) => [name, read()]));
      return reply(message, ['a{sv}', all]);
    }
    const property = properties[String(message.body[1])];
    return message.member === 'Get' && property !== undefined ? reply(message, ['v', property()]) : false;
  });
}

/** Takes a name on the bus; throws when another has it. */
export async function own(bus: MessageBus, name: string): Promise<void> {
  const got = await bus.requestName(name, dbus.NameFlag.DO_NOT_QUEUE);
  if (got !== dbus.RequestNameReply.PRIMARY_OWNER) throw new Error(`${name} is taken on this bus.`);
}

/** Sends a signal. */
export function signal(
  bus: MessageBus,
  [path, face, name]: readonly [path: string, face: string, name: string],
  signature = '',
  ...values: unknown[]
): void {
  bus.send(dbus.Message.newSignal(path, face, name, signature, values));
}

/** Calls a method and gives what it answers. */
export async function call(
  bus: MessageBus,
  [destination, path, face, member]: readonly [string, string, string, string],
  signature = '',
  ...body: unknown[]
): Promise<unknown[]> {
  const message = new dbus.Message({ destination, path, interface: face, member, signature, body });
  const answer: unknown[] | undefined = (await bus.call(message))?.body;
  return answer ?? [];
}
