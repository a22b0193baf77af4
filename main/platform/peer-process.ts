// Who is at the other end of a connection: the program and its process, as far as the system tells.
//
// Invariants: for people's eyes alone (the prompt and the audit); nothing is allowed or refused by it, for a
// process may call itself what it likes. Nothing is looked at before somebody asks, and then all that ask
// share one look; a look takes 400 ms at most and never fails: what cannot be seen is null. Linux only.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { basename } from 'node:path';
import { createQueue } from './serial-queue.ts';

/** A running program. */
export interface PeerProcess {
  readonly name: string;
  readonly pid: number;
}

/** The other end of a connection, for one request. */
export interface Peer {
  /** How the program calls itself, where its protocol has a word for that. */
  readonly application: string | null;
  /** The program: null when it was looked for and not seen, undefined when nobody looked yet. */
  readonly known: PeerProcess | null | undefined;
  /** Looks for the program. Never rejects. */
  look(): Promise<PeerProcess | null>;
}

/** The system's own lister of sockets (iproute2), where it lies on all that have it. */
const LISTERS = ['/usr/bin/ss', '/bin/ss', '/usr/sbin/ss', '/sbin/ss'];
const LOOK_MS = 400;
/** Ms from the beginning of one look to the next: a crowd of callers shares one. */
const GAP_MS = 60;
/** Ms before a look begins: callers that come together share it. */
const GATHER_MS = 5;

/** What is known of the program at the other end of a connection; it outlives the connection, and holds none of it. */
interface Seen {
  readonly looking: Promise<PeerProcess | null>;
  found: PeerProcess | null | undefined;
}

const seen = new WeakMap<Socket, Seen>();

/** The peer behind a connection, for one of its requests. */
export function peerOf(socket: Socket, application: string | null = null): Peer {
  return new SocketPeer(socket, application);
}

/** A class: an object of its own with a getter costs a hidden class, and lasts until all memory is gone through. */
class SocketPeer implements Peer {
  /** Let go once somebody looks: who waits for that would keep all that is closed meanwhile. */
  #socket: Socket | null;
  #seen: Seen | undefined;
  readonly application: string | null;

  constructor(socket: Socket, application: string | null) {
    this.#socket = socket;
    this.application = application;
  }

  get known(): PeerProcess | null | undefined {
    if (process.platform !== 'linux') return null;
    return (this.#socket === null ? this.#seen : seen.get(this.#socket))?.found;
  }

  look(): Promise<PeerProcess | null> {
    const socket = this.#socket;
    if (socket !== null) {
      this.#socket = null;
      this.#seen = seen.get(socket) ?? lookBehind(socket);
    }
    return this.#seen?.looking ?? Promise.resolve(null);
  }
}

function lookBehind(socket: Socket): Seen {
  const one: Seen = {
    looking: programBehind(socket)
      .catch(() => null)
      .then((program) => (one.found = program)),
    found: undefined,
  };
  seen.set(socket, one);
  return one;
}

/** How a program is told to a person: `python3 (pid 123)`. */
export function describeProgram({ name, pid }: PeerProcess): string {
  return `${name} (pid ${pid})`;
}

const MAX_NAME = 64;

/** A text of somebody else's as it may stand in a prompt or a line: printable, of 64 characters at most. */
export function plainName(text: string): string | null {
  const plain = text
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, ' ')
    .replaceAll(/[“”]/g, '"')
    .trim();
  if (plain === '') return null;
  // What is cut shows it: the end of a host says whose it is.
  return plain.length > MAX_NAME ? `${plain.slice(0, MAX_NAME - 1).toWellFormed()}…` : plain;
}

/** The name of a program's file; quoted where it could be read as more than a name: whoever writes a file names it. */
export function programName(file: string): string | null {
  const plain = plainName(file);
  return plain === null || /^[\w.+@-]+$/.test(plain) ? plain : `“${plain}”`;
}

/** As `plainName`, for what may be anything: a text that could be a key or a token is not repeated, the name of a host is. */
export function applicationName(text: string): string | null {
  const couldBeSecret = (word: string): boolean => /[\w+/.=~-]{25}/.test(word) && !isHost(word);
  return text.split(/\s/).some(couldBeSecret) ? null : plainName(text);
}

/** Whether it can only be a host, with its port if any: labels in small letters, none as long and mixed as a key. */
function isHost(word: string): boolean {
  const labels = word.replace(/:\d{1,5}$/, '').split('.');
  return labels.length > 1 && labels.every((label) => /^(?:[a-z-]{1,63}|[a-z\d-]{1,24})$/.test(label));
}

async function programBehind(socket: Socket): Promise<PeerProcess | null> {
  if (process.platform !== 'linux') return null;
  const ends = socket.remoteAddress === undefined ? await unixEnds(socket) : tcpEnds(socket);
  if (ends === null) return null;
  const user = (await listSockets()).get(ends);
  if (user === undefined) return null;
  // The file that runs says more than the name that the process gave itself.
  const file = await readlink(`/proc/${user.pid}/exe`).catch(() => '');
  const name = programName(file === '' ? user.name : basename(file.replace(/ \(deleted\)$/, '')));
  return name === null ? null : { name, pid: user.pid };
}

/** The other end of a Unix socket is the row whose peer is our end's inode. */
async function unixEnds(socket: Socket): Promise<string | null> {
  const fd = descriptorOf(socket);
  if (fd === null) return null;
  return /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/self/fd/${fd}`))?.[1] ?? null;
}

function tcpEnds({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | null {
  if (remotePort === undefined || localPort === undefined) return null;
  return `${remoteAddress}:${remotePort} ${localAddress}:${localPort}`;
}

/** Node gives no public word for it; without it nothing is known, and nothing else changes. */
function descriptorOf(socket: Socket): number | null {
  const handle: unknown = '_handle' in socket ? socket._handle : null;
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return null;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : null;
}

const inTurn = createQueue();
let next: Promise<Listing> | null = null;

/** The first user of each connected socket: by the peer's inode (Unix), or by both ends (TCP). */
type Listing = ReadonlyMap<string, PeerProcess>;

/** All sockets with their users. Who asks before a look begins shares it. */
function listSockets(): Promise<Listing> {
  if (next === null) {
    next = inTurn(async () => {
      await pause(GATHER_MS);
      next = null;
      const over = pause(GAP_MS);
      const listing = runLister();
      // The next one begins once both are over.
      void inTurn(() => over);
      return listing;
    });
  }
  return next;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

function runLister(): Promise<Listing> {
  const program = LISTERS.find((path) => existsSync(path));
  if (program === undefined) return Promise.resolve(new Map());
  return new Promise((resolve) => {
    execFile(
      program,
      // Connections that are over have nobody at their end, and a busy machine has tens of thousands of them.
      ['-xtpnH', 'state', 'connected', 'exclude', 'time-wait'],
      { timeout: LOOK_MS, killSignal: 'SIGKILL', maxBuffer: 8 * 1024 * 1024, env: { LC_ALL: 'C' } },
      (error, text) => resolve(error === null ? readListing(text) : new Map()),
    );
  });
}

/** The first user of a row, at its place. */
const firstUser = /"((?:[^"\\]|\\.)*)",pid=(\d+)/y;

/** A row at a time, and each but once: what others have open makes the list as long as they like. */
function readListing(text: string): Listing {
  const users = new Map<string, PeerProcess>();
  const before = ' users:((';
  for (const row of text.split('\n')) {
    const at = row.lastIndexOf(before);
    if (at === -1) continue;
    firstUser.lastIndex = at + before.length;
    const [, name, pid] = firstUser.exec(row) ?? [];
    if (name === undefined) continue;
    // A path of ours may have spaces; what a row ends with has none.
    const words = row.slice(0, at).trimEnd().split(/\s+/);
    const there = words.at(-1) ?? '';
    users.set(words[0] === 'tcp' ? `${words.at(-2)} ${there}` : there, { name, pid: Number(pid) });
  }
  return users;
}
