// A connection to the session's message bus (D-Bus), for what no program may be asked with: nothing of a call stands in
// an argument that others could see.
//
// Invariants: calls are answered in whatever order the bus has; whoever makes some together waits for all; a signal ends
// every wait; what is not little endian, or too large, is `NotSupported`. (D-Bus Specification, "Message Protocol",
// "Marshaling" and "Authentication Protocol".)
import { once } from 'node:events';
import net from 'node:net';
import process from 'node:process';

/** Bytes of a message, as the bus itself has it. */
const maxBytes = 128 * 1024 * 1024;

/** Where the session's bus listens; `none`: it is named nowhere, or switched off; `unknown`: in a way not spoken here. */
export function sessionBusAddress(
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

/** The bus, or the service behind it, answered with an error. */
export class BusError extends Error {
  /** Its name, without what stands in front: `ServiceUnknown`. */
  readonly errorName: string;
  constructor(errorName: string) {
    super(errorName);
    this.errorName = errorName;
  }
}

export interface BusRequest {
  /** Who is asked, by its name on the bus. */
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly method: string;
  /** Of the arguments: `s`, say; omitted, there are none. */
  readonly signature?: string;
  readonly write?: (body: BusWriter) => void;
}

/** A connection that was made; see `withBus`. */
export class BusConnection {
  readonly #socket: net.Socket;
  readonly #signal: AbortSignal;
  #serial = 0;
  /** What has come and was not read yet, and how many bytes that is. */
  #received: Buffer[] = [];
  #size = 0;

  constructor(socket: net.Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#size += chunk.length;
    });
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
    await this.call({ ...bus, interface: 'org.freedesktop.DBus', method: 'Hello' });
  }

  /** Makes a call; the body of its answer. Throws BusError. */
  async call(request: BusRequest): Promise<BusReader> {
    const [answer] = await this.callAll([request]);
    if (answer === undefined) throw new TypeError('each call has an answer');
    return answer;
  }

  /** Makes calls together, and nothing beside them: the bodies of their answers, in the same order. Throws BusError. */
  async callAll(requests: readonly BusRequest[]): Promise<BusReader[]> {
    const first = this.#serial + 1;
    this.#serial += requests.length;
    this.#socket.write(Buffer.concat(requests.map((request, index) => messageOf(request, first + index))));
    const answers = new Map<number, BusReader>();
    while (answers.size < requests.length) {
      const answer = await this.#message();
      if (answer.type === 3) throw new BusError(answer.errorName);
      // Not a signal: the bus gives this connection its name, for one.
      if (answer.type === 2) answers.set(answer.replyTo - first, answer.body);
    }
    return requests.flatMap((_, index) => answers.get(index) ?? []);
  }

  async #message(): Promise<{ type: number; replyTo: number; errorName: string; body: BusReader }> {
    const head = await this.#read(16);
    const size = head.readUInt32LE(12);
    const bodySize = head.readUInt32LE(4);
    if (head.toString('latin1', 0, 1) !== 'l' || size > 65_536 || bodySize > maxBytes) {
      throw new BusError('NotSupported');
    }
    const padded = await this.#read(Math.ceil(size / 8) * 8);
    const fields = new BusReader(padded.subarray(0, size));
    let [replyTo, errorName] = [0, ''];
    while (!fields.hasEnded) {
      fields.align(8);
      const field = fields.byte();
      const signature = fields.signature();
      if (signature === 'u') {
        const value = fields.number();
        if (field === 5) replyTo = value;
      } else {
        const value = signature === 'g' ? fields.signature() : fields.text();
        if (field === 4) errorName = /[^.]+(?:\.Error\.)(.+)$/.exec(value)?.[1] ?? value;
      }
    }
    return { type: head[1] ?? 0, replyTo, errorName, body: new BusReader(await this.#read(bodySize)) };
  }

  async #read(count: number): Promise<Buffer> {
    while (this.#size < count) await once(this.#socket, 'data', { signal: this.#signal });
    const [first = Buffer.alloc(0), ...others] = this.#received;
    const all = others.length === 0 ? first : Buffer.concat(this.#received);
    this.#received = [all.subarray(count)];
    this.#size -= count;
    return all.subarray(0, count);
  }
}

/** Connects to the session's bus and does something over it; `signal` ends it. Rejects as the system does, and with BusError. */
export async function withBus<T>(
  socketPath: string,
  signal: AbortSignal,
  act: (bus: BusConnection) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const end = (): void => over.abort(signal.reason);
  signal.addEventListener('abort', end);
  const socket = net.connect({ path: socketPath });
  // One that comes while nobody waits for the socket; `close` follows it.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    over.abort('closed');
  });
  try {
    if (signal.aborted) end();
    await once(socket, 'connect', { signal: over.signal });
    const bus = new BusConnection(socket, over.signal);
    await bus.open();
    return await act(bus);
  } finally {
    signal.removeEventListener('abort', end);
    socket.destroy();
  }
}

/** Reads values of a message's body, one after the other, as their signature says. */
export class BusReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get hasEnded(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Goes on at the next multiple of so many bytes; a struct begins at one of 8. */
  align(size: number): void {
    this.#at = Math.ceil(this.#at / size) * size;
  }

  /** `y` */
  byte(): number {
    const value = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  /** `u`, and `b` as 0 or 1 */
  number(): number {
    this.align(4);
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  /** `s` and `o` */
  text(): string {
    const value = this.bytes().toString();
    this.#at += 1;
    return value;
  }

  /** `g`, and what stands before the value of a variant */
  signature(): string {
    const length = this.byte();
    const value = this.#bytes.toString('latin1', this.#at, this.#at + length);
    this.#at += length + 1;
    return value;
  }

  /** `ay` */
  bytes(): Buffer {
    const length = this.number();
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    if (value.length < length) throw new BusError('InvalidArgs');
    this.#at += length;
    return value;
  }

  /** `a…`: each item begins at a multiple of `alignment`. */
  list<T>(alignment: number, item: () => T): T[] {
    const length = this.number();
    this.align(alignment);
    const end = this.#at + length;
    const items: T[] = [];
    while (this.#at < end) {
      this.align(alignment);
      items.push(item());
    }
    return items;
  }
}

/** Writes values of a message, one after the other, as their signature says. */
export class BusWriter {
  #bytes = Buffer.alloc(256);
  #at = 0;

  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Goes on at the next multiple of so many bytes; a struct begins at one of 8. */
  align(size: number): void {
    this.#skip((size - (this.#at % size)) % size);
  }

  byte(value: number): void {
    this.#bytes.writeUInt8(value, this.#skip(1));
  }

  number(value: number): void {
    this.align(4);
    this.#bytes.writeUInt32LE(value, this.#skip(4));
  }

  text(value: string): void {
    this.bytes(Buffer.from(value));
    this.byte(0);
  }

  signature(value: string): void {
    this.byte(value.length);
    this.#put(Buffer.from(`${value}\0`, 'latin1'));
  }

  bytes(value: Buffer): void {
    this.number(value.length);
    this.#put(value);
  }

  list<T>(alignment: number, items: Iterable<T>, item: (one: T) => void): void {
    this.number(0);
    const lengthAt = this.#at - 4;
    this.align(alignment);
    const begin = this.#at;
    for (const one of items) {
      this.align(alignment);
      item(one);
    }
    this.#bytes.writeUInt32LE(this.#at - begin, lengthAt);
  }

  #put(value: Buffer): void {
    // Room first: it may move the bytes.
    const at = this.#skip(value.length);
    value.copy(this.#bytes, at);
  }

  /** Makes room for so many bytes, which are 0; where they begin. */
  #skip(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const longer = Buffer.alloc(Math.max(this.#at, 2 * this.#bytes.length));
      this.#bytes.copy(longer, 0, 0, at);
      this.#bytes = longer;
    }
    return at;
  }
}

/** A method call as it goes over the bus. */
function messageOf(request: BusRequest, serial: number): Buffer {
  const { destination, path, interface: face, method, signature, write } = request;
  const body = new BusWriter();
  write?.(body);
  const message = new BusWriter();
  for (const one of [0x6c, 1, 0, 1]) message.byte(one);
  message.number(body.written.length);
  message.number(serial);
  const fields = [
    [1, 'o', path],
    [2, 's', face],
    [3, 's', method],
    [6, 's', destination],
    ...(signature === undefined ? [] : [[8, 'g', signature] as const]),
  ] as const;
  message.list(8, fields, ([field, kind, value]) => {
    message.byte(field);
    message.signature(kind);
    if (kind === 'g') message.signature(value);
    else message.text(value);
  });
  message.align(8);
  return Buffer.concat([message.written, body.written]);
}
