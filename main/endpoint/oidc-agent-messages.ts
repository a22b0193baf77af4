// The messages of oidc-agent's protocol.
//
// Without framing: a message is whole when it parses. A client may first exchange public keys (32 bytes in base64 each
// way); then messages are `LENGTH:NONCE:BOX`, the numbers and bytes in base64, the box NaCl's secretbox under the key
// that box_beforenm finds.
//
// Invariants: of a connection 64 KiB at most are kept; nothing that is sent makes a message but a whole one.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { MAC_BYTES, NONCE_BYTES, PUBLIC_KEY_BYTES, seal, unseal } from './secretbox.ts';

const MAX_BYTES = 64 * 1024;
/** Times that a message which came in pieces is looked at whether it is whole. */
const MAX_PIECES = 200;

export interface Inbox {
  /** The next message: what `whole` makes of all that came since the last. Rejects when none can come. */
  next(whole: (bytes: Buffer) => string | null): Promise<string>;
}

/** Gathers what a connection sends. */
export function createInbox(socket: Socket): Inbox {
  let bytes = Buffer.alloc(0);
  let pieces = 0;
  let look: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    pieces += 1;
    if (bytes.length + chunk.length > MAX_BYTES || pieces > MAX_PIECES) {
      socket.pause();
      bytes = Buffer.alloc(0);
      fail(new Error('too much'));
      return;
    }
    bytes = Buffer.concat([bytes, chunk]);
    look();
  });
  for (const end of ['end', 'close'] as const) socket.once(end, () => fail(new Error('nothing more comes')));
  return {
    next: (whole) =>
      new Promise((resolve, reject) => {
        fail = reject;
        look = () => {
          try {
            const text = whole(bytes);
            if (text === null) return;
            bytes = Buffer.alloc(0);
            look = () => undefined;
            resolve(text);
          } catch (error) {
            reject(error instanceof Error ? error : new Error('unreadable'));
          }
        };
        if (bytes.length > 0) look();
      }),
  };
}

/** The text of a whole JSON object; null while it may still become one, or is none. */
export function asJson(bytes: Buffer): string | null {
  const text = bytes.toString('utf8').trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}

/** The text of a public key in base64. Throws when it cannot become one nor JSON. */
export function asPublicKey(bytes: Buffer): string | null {
  const text = bytes.toString('latin1').trimEnd();
  if (text.trimStart().startsWith('{') || text.trim() === '') return null;
  if (!/^[A-Za-z0-9+/]{1,43}=?$/.test(text)) throw new Error('neither JSON nor a key');
  if (!text.endsWith('=')) return null;
  if (Buffer.from(text, 'base64').length !== PUBLIC_KEY_BYTES) throw new Error('not a key');
  return text;
}

/** What a whole box holds; null while it is not whole. Throws when it is none or another key's. */
export function asBox(bytes: Buffer, key: Uint8Array): string | null {
  const text = bytes.toString('latin1').trimEnd();
  const fields = /^(\d{1,6})(?::([A-Za-z0-9+/]*=*)(?::([A-Za-z0-9+/]*=*))?)?$/.exec(text);
  if (fields === null) throw new Error('not a box');
  const [, length = '', nonce = '', box] = fields;
  const wanted = Number(length) + MAC_BYTES;
  if (box === undefined || box.length < 4 * Math.ceil(wanted / 3)) return null;
  const sealed = Buffer.from(box, 'base64');
  const nonceBytes = Buffer.from(nonce, 'base64');
  if (nonceBytes.length !== NONCE_BYTES || sealed.length !== wanted) throw new Error('not a box');
  const opened = unseal(sealed, nonceBytes, key);
  if (opened === null) throw new Error("another key's box");
  return new TextDecoder('utf-8', { fatal: true }).decode(opened);
}

/** A message in a box, as it is sent. */
export function boxed(text: string, key: Uint8Array): string {
  const message = Buffer.from(text, 'utf8');
  const nonce = randomBytes(NONCE_BYTES);
  const box = Buffer.from(seal(message, nonce, key));
  return `${message.length}:${nonce.toString('base64')}:${box.toString('base64')}`;
}
