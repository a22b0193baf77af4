// Whether somebody holds a selection of an X11 display, asked of its server (X Window System Protocol, X11R7.7:
// chapter 8, "Connection Setup"; InternAtom and GetSelectionOwner of appendix B; Xsecurity(7) for the cookie).
//
// Invariants: only a server on this machine is asked, by its socket; nothing on the display is changed; the cookie
// goes to that server alone.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Ms. */
const timeout = 2_000;

/** Whether a selection (`{screen}` stands for the screen's number) has an owner; null: it cannot be told. */
export async function hasSelectionOwner(
  selection: (screen: string) => string,
  env: NodeJS.ProcessEnv,
): Promise<boolean | null> {
  const display = /^(?:unix)?:(\d+)(?:\.(\d+))?$/.exec(env['DISPLAY'] ?? '');
  if (display === null) return null;
  const [, number = '', screen = '0'] = display;
  const socket = connect(`/tmp/.X11-unix/X${number}`);
  socket.setTimeout(timeout, () => socket.destroy());
  try {
    return await ask(socket, selection(screen), cookieOf(number, env));
  } catch {
    // No such socket, a server that refuses, or one that does not answer.
    return null;
  } finally {
    socket.destroy();
  }
}

async function ask(socket: Socket, selection: string, cookie: Buffer | null): Promise<boolean> {
  const read = reader(socket);
  socket.write(setupRequest(cookie));
  const setup = await read(8);
  if (setup[0] !== 1) throw new Error('the server refuses');
  await read(setup.readUInt16LE(6) * 4);

  // InternAtom, of one that exists already.
  const name = Buffer.from(selection);
  socket.write(
    Buffer.concat([Buffer.from([16, 1]), shorts(2 + padded(name).length / 4, name.length, 0), padded(name)]),
  );
  const atom = (await reply(read)).readUInt32LE(8);
  if (atom === 0) return false;

  const question = Buffer.from([23, 0, 2, 0, 0, 0, 0, 0]);
  question.writeUInt32LE(atom, 4);
  socket.write(question);
  return (await reply(read)).readUInt32LE(8) !== 0;
}

function setupRequest(cookie: Buffer | null): Buffer {
  const empty = Buffer.alloc(0);
  const [name, data] = cookie === null ? [empty, empty] : [cookieName, cookie];
  const head = Buffer.from([0x6c, 0]); // the least significant byte first
  return Buffer.concat([head, shorts(11, 0, name.length, data.length, 0), padded(name), padded(data)]);
}

/** The next reply; events stand between, some of which (MappingNotify) every client is sent. Rejects with an error. */
async function reply(read: (length: number) => Promise<Buffer>): Promise<Buffer> {
  for (;;) {
    const answer = await read(32);
    if (answer[0] === 1) return answer;
    if (answer[0] === 0) throw new Error('the server answers with an error');
  }
}

function shorts(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, at) => bytes.writeUInt16LE(value, at * 2));
  return bytes;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** Reads so many bytes after those before. Rejects when the connection ends first. */
function reader(socket: Socket): (length: number) => Promise<Buffer> {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  let rest: Buffer = Buffer.alloc(0);
  return async (length) => {
    while (rest.length < length) {
      const { value, done } = await chunks.next();
      if (done === true) throw new Error('the connection has ended');
      rest = Buffer.concat([rest, value]);
    }
    const [head, tail] = [rest.subarray(0, length), rest.subarray(length)];
    rest = tail;
    return head;
  };
}

const cookieName = Buffer.from('MIT-MAGIC-COOKIE-1');

/** The cookie of a display in the authority file (Xau(3)); null: there is none. */
function cookieOf(display: string, env: NodeJS.ProcessEnv): Buffer | null {
  let file: Buffer;
  try {
    file = readFileSync(env['XAUTHORITY'] || path.join(os.homedir(), '.Xauthority'));
  } catch {
    // A server may let its own user in without.
    return null;
  }
  let at = 2;
  const field = (): Buffer => {
    const length = file.readUInt16BE(at);
    at += 2 + length;
    return file.subarray(at - length, at);
  };
  try {
    while (at < file.length) {
      field();
      const [number, name, data] = [field().toString(), field(), field()];
      at += 2;
      if ((number === display || number === '') && name.equals(cookieName)) return data;
    }
  } catch {
    // Cut off in the middle: as if nothing stood there.
  }
  return null;
}
