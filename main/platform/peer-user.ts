// Which user of this machine stands at the other end of a loopback connection.
//
// Invariants: only an established row of the kernel's table that has an inode and matches both ends tells a
// user (a peer that has closed its end shows uid 0 and inode 0); everything else cannot be told, and is never
// taken for our own. A connection is looked up once. Linux only: macOS and Windows show no such table, and
// there a one-time address is kept from other users in the first place.
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import type { Socket } from 'node:net';
import { endianness, release } from 'node:os';
import process from 'node:process';

/** `unknown`: it cannot be told. */
export type PeerUser = 'own' | 'other' | 'unknown';

/** Finds out whose the peer's end of a connection is. Never rejects. */
export type FindPeerUser = (socket: Socket) => Promise<PeerUser>;

/** Whether peers are looked up here at all; where they are not, each counts as our own. */
export const looksUpPeers = process.platform === 'linux';

/** Both ends of a connection as our socket has them. */
export type Ends = {
  readonly [end in 'local' | 'remote' as `${end}Address`]: string | undefined;
} & { readonly [end in 'local' | 'remote' as `${end}Port`]: number | undefined };

/** Both protocols: a socket of IPv6 that speaks to an IPv4 address stands in the second. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const;
/** A table is not read in one moment, so a row may be passed over while others come and go. */
const LOOKS = 3;
/** TCP_ESTABLISHED of include/net/tcp_states.h. */
const ESTABLISHED = '01';

const known = new WeakMap<Socket, Promise<PeerUser>>();

export const peerUser: FindPeerUser = (socket) => {
  if (!looksUpPeers) return Promise.resolve('own');
  let looking = known.get(socket);
  if (looking === undefined) {
    looking = lookUp(socket).catch(() => 'unknown');
    known.set(socket, looking);
  }
  return looking;
};

async function lookUp(socket: Socket): Promise<PeerUser> {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  const ends: Ends = { localAddress, localPort, remoteAddress, remotePort };
  let uid: number | null = null;
  for (let look = 0; uid === null && look < LOOKS; look++) {
    const tables = await Promise.all(TABLES.map((file) => readFile(file, 'latin1').catch(() => '')));
    uid = peerUid(tables.join('\n'), ends);
  }
  // A reset that came meanwhile is heard first: another connection may have the same two ports by now.
  await new Promise((resolve) => setImmediate(resolve));
  if (uid === null || socket.destroyed) return 'unknown';
  return judge(uid, await ownUser());
}

interface OwnUser {
  readonly uid: number | null;
  /** Whether the system's numbers are all there: a namespace shows those it lacks as one and the same. */
  readonly unambiguous: boolean;
  /** Windows' browsers come through a relay that runs as root. */
  readonly wsl: boolean;
}

/** What a uid that was told means for us. */
export function judge(uid: number, own: OwnUser): PeerUser {
  if (own.uid === null) return 'unknown';
  if (uid === own.uid) return own.unambiguous ? 'own' : 'unknown';
  return own.wsl && uid === 0 ? 'unknown' : 'other';
}

async function ownUser(): Promise<OwnUser> {
  const uid = process.geteuid?.() ?? null;
  const [overflow, map] = await Promise.all(
    ['/proc/sys/kernel/overflowuid', '/proc/self/uid_map'].map((file) =>
      readFile(file, 'latin1').catch(() => ''),
    ),
  );
  const whole = /^\s*0\s+0\s+4294967295\s*$/.test(map ?? '');
  // Without /proc/sys the usual number is assumed.
  const unambiguous = whole || uid !== Number(overflow?.trim() || '65534');
  return { uid, unambiguous, wsl: /microsoft/i.test(release()) };
}

/**
 * The uid of the peer's end, by the text of `/proc/net/tcp` and `tcp6` (proc_pid_net(5)); null when they do
 * not tell it. `order` is the machine's byte order, in which the kernel writes addresses.
 */
export function peerUid(tables: string, ends: Ends, order: 'BE' | 'LE' = endianness()): number | null {
  // Seen from the peer: its own address is the local one.
  const local = endOf(ends.remoteAddress, ends.remotePort);
  const remote = endOf(ends.localAddress, ends.localPort);
  if (local === null || remote === null) return null;
  const uids = new Set<number>();
  // Both ports stand in the right row. A busy machine has tens of thousands of others, of connections that are over.
  const ports = [ends.remotePort, ends.localPort].map((port = 0) => hexPort(port));
  for (const line of tables.split('\n')) {
    if (!ports.every((port) => line.includes(port))) continue;
    const [, here = '', there = '', state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (state !== ESTABLISHED || !/^[1-9]\d*$/.test(inode ?? '') || !/^\d+$/.test(uid ?? '')) continue;
    if (rowEnd(here, order) === local && rowEnd(there, order) === remote) uids.add(Number(uid));
  }
  const [uid = null] = uids;
  return uids.size === 1 ? uid : null;
}

const hexPort = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')} `;

function endOf(address: string | undefined, port: number | undefined): string | null {
  if (address === undefined || port === undefined) return null;
  return `${plainAddress(address)} ${String(port)}`;
}

/** One end as a table writes it: 32-bit words of the address in the machine's byte order, then the port. */
function rowEnd(text: string, order: 'BE' | 'LE'): string | null {
  const [hex = '', port = ''] = text.split(':');
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/i.test(hex)) return null;
  const bytes = Buffer.from(hex, 'hex');
  if (order === 'LE') bytes.swap32();
  const address =
    bytes.length === 4
      ? bytes.join('.')
      : Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
  return `${plainAddress(address)} ${String(Number.parseInt(port, 16))}`;
}

/** An address in one form; an IPv4-mapped one (RFC 4291 section 2.5.5.2) as the IPv4 address that it is. */
function plainAddress(address: string): string {
  if (!isIPv6(address)) return address;
  const plain = URL.parse(`http://[${address}]/`)?.hostname ?? address;
  const mapped = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(plain);
  if (mapped === null) return plain;
  const [high, low] = [mapped[1], mapped[2]].map((half) => Number.parseInt(half ?? '', 16));
  return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join('.');
}
