// Who is at the other end of a named pipe (Windows): a pipe's name can be taken by anybody who comes first, or after a
// kill, and has no folder that guards it. So both ends prove that they can read a key in the home, which only its owner
// can, before a request is sent: each answers the other's fresh challenge by an HMAC over both (SHA-256).
//
// client: `KEYFOB/1 <challenge>`; server: `<challenge> <proof>`; client: `<proof>`; a line each. Then HTTP begins.
//
// Invariants: nothing of a request is sent to an end that has not proved itself, and the key never is. A program that
// begins with HTTP at once is let through unproved: the pipe's own access list keeps others from writing to it, and what
// it sends is its own.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { homePaths } from './paths.ts';

const greeting = 'KEYFOB/1 ';
/** Ms that an end has for its lines. */
const maxWait = 5000;
/** Characters of a line at most: two texts of 32 bytes, and more. */
const maxLine = 200;

/** Whether a socket's path is a named pipe's. */
export function isPipe(socket: string): boolean {
  return socket.startsWith('\\\\');
}

/** Where this home's key lies. */
const keyFile = (): string => path.join(homePaths().configFolder, 'pipe-key');

/** The key of a home; null: nothing has ever run there. Throws the system's own error where it cannot be read. */
export function readPipeKey(file = keyFile()): Buffer | null {
  try {
    const key = Buffer.from(readFileSync(file, 'latin1'), 'base64url');
    return key.length === 32 ? key : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The key of a home, made where there is none. */
export function makePipeKey(file = keyFile()): Buffer {
  const found = readPipeKey(file);
  if (found !== null) return found;
  // Half of one, which a kill has left, is put aside; of two that make one at once the first has made it.
  rmSync(file, { force: true });
  const key = randomBytes(32);
  try {
    writeFileSync(file, key.toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const made = readPipeKey(file);
    if (made === null) throw error;
    return made;
  }
  return key;
}

const proofOf = (key: Buffer, end: 'client' | 'server', ofClient: string, ofServer: string): string =>
  createHmac('sha256', key).update(`${end}\n${ofClient}\n${ofServer}`).digest('base64url');

function isProof(given: string | undefined, wanted: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Connects and has both ends prove themselves; calls back once, with the connection that a request may be sent on, or
 * with the system's error, or one of the code `UNPROVED` where the other end is not this home's Keyfob (the connection
 * is gone then).
 */
export function connectProved(
  to: string,
  key: Buffer,
  done: (error: Error | null, socket: Socket) => void,
): Socket {
  const challenge = randomBytes(32).toString('base64url');
  const socket = connect(to, () => void socket.write(`${greeting}${challenge}\n`));
  let settled = false;
  // An error is followed by the end, which is none of its own.
  const fail = (error: Error): void => {
    if (settled) return;
    settled = true;
    done(error, socket.destroy());
  };
  readLine(socket, null, (line) => {
    const [ofServer = '', proof] = (line ?? '').split(' ');
    if (line === null || !isProof(proof, proofOf(key, 'server', challenge, ofServer))) {
      fail(Object.assign(new Error('The other end of the pipe did not prove itself.'), { code: 'UNPROVED' }));
      return;
    }
    settled = true;
    socket.off('error', fail);
    socket.write(`${proofOf(key, 'client', challenge, ofServer)}\n`);
    done(null, socket);
    // Once whoever asked listens.
    setImmediate(() => socket.resume());
  });
  socket.on('error', fail);
  return socket;
}

/** Has a server take a connection once its client has proved itself, or has begun to speak HTTP. */
export function requireProof(server: Server, key: Buffer): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const take = (): void => {
      for (const listener of listeners) listener.call(server, socket);
      // What came with the last line is read by who listens from now on.
      process.nextTick(() => socket.resume());
    };
    const refuse = (): void => void socket.destroy();
    socket.on('error', refuse);
    readLine(socket, greeting, (line) => {
      const ofClient = line?.startsWith(greeting) === true ? line.slice(greeting.length) : null;
      if (line === null) return refuse();
      if (ofClient === null) return take();
      const ofServer = randomBytes(32).toString('base64url');
      socket.write(`${ofServer} ${proofOf(key, 'server', ofClient, ofServer)}\n`);
      readLine(socket, null, (proof) => {
        if (proof === null || !isProof(proof, proofOf(key, 'client', ofClient, ofServer))) return refuse();
        take();
      });
    });
  });
}

/**
 * Reads one line and leaves what follows to be read. Null: it is too long, does not come in time, or the other end has
 * gone. With `start`, what begins otherwise is given as an empty line and left whole.
 */
function readLine(socket: Socket, start: string | null, done: (line: string | null) => void): void {
  let read = Buffer.alloc(0);
  const end = (line: string | null, left: Buffer): void => {
    clearTimeout(timer);
    socket.off('data', take).off('close', gone);
    socket.pause();
    if (left.length > 0) socket.unshift(left);
    done(line);
  };
  const gone = (): void => end(null, Buffer.alloc(0));
  const take = (chunk: Buffer): void => {
    read = Buffer.concat([read, chunk]);
    const known = read.toString('latin1', 0, start?.length ?? 0);
    if (start !== null && !start.startsWith(known)) return end('', read);
    const at = read.indexOf('\n');
    if (at >= 0 && at <= maxLine) end(read.toString('latin1', 0, at), read.subarray(at + 1));
    else if (read.length > maxLine) gone();
  };
  const timer = setTimeout(gone, maxWait);
  socket.on('data', take).on('close', gone).resume();
}
