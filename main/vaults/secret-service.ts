// How the Secret Service of a Linux session stands, asked over D-Bus itself: keytar's calls show a prompt where the
// keyring is locked, and say "nothing there" when it is dismissed.
//
// Invariants: nobody is asked for anything; a look ends within `limit`; what cannot be looked at is `unknown`, never
// taken for open. (D-Bus Specification, "Message Protocol" and "Authentication Protocol"; Secret Service API, 0.2.)
import { once } from 'node:events';
import net from 'node:net';
import process from 'node:process';

/** `unknown`: another system, an address of a kind that is not spoken here, or an answer that is not understood. */
export type SecretServiceState =
  | 'open'
  | 'keychain_locked'
  | 'no_keyring'
  | 'no_secret_service'
  | 'no_dbus'
  | 'keychain_refused'
  | 'keychain_hung'
  | 'unknown';

/** Ms for one look; a service that the bus has to start first takes a while. */
const limit = 4_000;

/** Looks at the service of this session. Never throws. */
export async function lookAtSecretService(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Promise<SecretServiceState> {
  if (platform !== 'linux') return 'unknown';
  const address = busAddress(env);
  if (address === 'none') return 'no_dbus';
  if (address === 'unknown') return 'unknown';
  const over = new AbortController();
  const timer = setTimeout(() => {
    over.abort('keychain_hung' satisfies SecretServiceState);
  }, limit);
  const socket = net.connect({ path: address.socket });
  socket.once('close', () => {
    over.abort('no_dbus' satisfies SecretServiceState);
  });
  try {
    await once(socket, 'connect', { signal: over.signal });
    return await ask(new BusConnection(socket, over.signal));
  } catch (error) {
    if (error instanceof BusError) return stateOf(error.errorName);
    if (over.signal.aborted) return over.signal.reason === 'keychain_hung' ? 'keychain_hung' : 'no_dbus';
    return error instanceof Error && 'syscall' in error ? 'no_dbus' : 'unknown';
  } finally {
    clearTimeout(timer);
    socket.on('error', () => undefined).destroy();
  }
}

async function ask(bus: BusConnection): Promise<SecretServiceState> {
  await bus.open();
  const service = { destination: 'org.freedesktop.secrets', path: '/org/freedesktop/secrets' };
  const named = await bus.call(service, 'org.freedesktop.Secret.Service', 'ReadAlias', ['default']);
  const path = named.toString('latin1', 4, 4 + named.readUInt32LE(0));
  if (path === '/') return 'no_keyring';
  const locked = await bus.call({ ...service, path }, 'org.freedesktop.DBus.Properties', 'Get', [
    'org.freedesktop.Secret.Collection',
    'Locked',
  ]);
  // A variant: its signature `b`, then the boolean at the next multiple of four.
  if (locked.toString('latin1', 0, 3) !== '\u0001b\0') return 'unknown';
  return locked.readUInt32LE(4) === 0 ? 'open' : 'keychain_locked';
}

/** Where the session's bus listens; `none`: it is named nowhere, or switched off. */
function busAddress(
  env: Readonly<Record<string, string | undefined>>,
): { readonly socket: string } | 'none' | 'unknown' {
  const named = env['DBUS_SESSION_BUS_ADDRESS'];
  const usual = env['XDG_RUNTIME_DIR'];
  if (named === undefined) return usual === undefined ? 'unknown' : { socket: `${usual}/bus` };
  if (named === '' || named.startsWith('disabled:')) return 'none';
  const [, kind, value] = /^unix:(path|abstract)=([^,;]+)/.exec(named) ?? [];
  if (value === undefined) return 'unknown';
  try {
    const address = decodeURIComponent(value);
    return { socket: kind === 'abstract' ? `\0${address}` : address };
  } catch {
    return 'unknown';
  }
}

function stateOf(errorName: string): SecretServiceState {
  switch (errorName) {
    case 'ServiceUnknown':
    case 'NameHasNoOwner':
    case 'Spawn.ChildExited':
    case 'Spawn.ExecFailed':
      return 'no_secret_service';
    case 'UnknownObject':
    case 'NoSuchObject':
      return 'no_keyring';
    case 'AccessDenied':
      return 'keychain_refused';
    case 'NoReply':
    case 'TimedOut':
    case 'Timeout':
      return 'keychain_hung';
    default:
      return 'unknown';
  }
}

/** The bus, or the service behind it, answered with an error. */
class BusError extends Error {
  /** Its name, without `org.freedesktop.DBus.Error.`. */
  readonly errorName: string;
  constructor(errorName: string) {
    super(errorName);
    this.errorName = errorName;
  }
}

interface Target {
  readonly destination: string;
  readonly path: string;
}

/** One call at a time, strings as arguments; an answer's body as bytes. */
class BusConnection {
  readonly #socket: net.Socket;
  readonly #signal: AbortSignal;
  #serial = 0;

  constructor(socket: net.Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
  }

  /** Says who is there, by the user's number, and hello. */
  async open(): Promise<void> {
    const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    this.#socket.write(`\0AUTH EXTERNAL ${user}\r\n`);
    let line = '';
    while (!line.endsWith('\n')) line += (await this.#read(1)).toString('latin1');
    if (!line.startsWith('OK ')) throw new BusError('AccessDenied');
    this.#socket.write('BEGIN\r\n');
    const bus = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus' };
    await this.call(bus, 'org.freedesktop.DBus', 'Hello', []);
  }

  async call(
    { destination, path }: Target,
    face: string,
    member: string,
    args: readonly string[],
  ): Promise<Buffer> {
    this.#serial += 1;
    const body = joined(args.map(text), 4);
    const fields = [field(1, 'o', path), field(2, 's', face), field(3, 's', member)];
    fields.push(field(6, 's', destination));
    if (args.length > 0) fields.push(field(8, 'g', 's'.repeat(args.length)));
    const head = Buffer.alloc(16);
    head.write('l\u0001\0\u0001', 'latin1');
    head.writeUInt32LE(body.length, 4);
    head.writeUInt32LE(this.#serial, 8);
    const packed = joined(fields, 8);
    head.writeUInt32LE(packed.length, 12);
    this.#socket.write(joined([Buffer.concat([head, packed]), body], 8));
    for (;;) {
      const answer = await this.#message();
      if (answer.type === 3) throw new BusError(answer.errorName);
      if (answer.type === 2) return answer.body;
      // A signal: the bus gives this connection its name.
    }
  }

  async #message(): Promise<{ type: number; errorName: string; body: Buffer }> {
    const head = await this.#read(16);
    if (head.toString('latin1', 0, 1) !== 'l') throw new BusError('NotSupported');
    const size = head.readUInt32LE(12);
    if (size > 65_536 || head.readUInt32LE(4) > 65_536) throw new BusError('NotSupported');
    const fields = await this.#read(Math.ceil(size / 8) * 8);
    const body = await this.#read(head.readUInt32LE(4));
    const named = /org\.freedesktop\.(?:DBus|Secret)\.Error\.([\w.]+)/.exec(fields.toString('latin1'));
    return { type: head[1] ?? 0, errorName: named?.[1] ?? '', body };
  }

  async #read(count: number): Promise<Buffer> {
    if (count === 0) return Buffer.alloc(0);
    for (;;) {
      const found: unknown = this.#socket.read(count);
      if (Buffer.isBuffer(found) && found.length === count) return found;
      await once(this.#socket, 'readable', { signal: this.#signal });
    }
  }
}

/** A string: its length, its bytes, NUL. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes, Buffer.alloc(1)]);
}

/** A field of a header: its number, the signature of its value, the value. */
function field(number: number, signature: 'o' | 's' | 'g', value: string): Buffer {
  const named = Buffer.from([number, 1, signature.charCodeAt(0), 0]);
  const short = Buffer.from(`${String.fromCharCode(value.length)}${value}\0`, 'latin1');
  return Buffer.concat([named, signature === 'g' ? short : text(value)]);
}

/** One after the other, each at the next multiple of `align`. */
function joined(fields: readonly Buffer[], align: number): Buffer {
  return fields.reduce(
    (all, field) => Buffer.concat([all, Buffer.alloc((align - (all.length % align)) % align), field]),
    Buffer.alloc(0),
  );
}
