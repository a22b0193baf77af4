// A text for one child process, on a file descriptor that it inherits: for what must stand neither in its
// arguments nor in its environment.
//
// Invariants: the text is never in a file that has a name. On Linux it is in a memory file (tmpfs) whose name
// is gone before the text is written, so that `/dev/fd/N` can be opened like any file; elsewhere it is in a
// FIFO whose name is gone before the child starts. The descriptor is good for one reader, from its beginning.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { randomBytes } from 'node:crypto';
import type { KeyfobError } from '../api/errors.ts';
import { commandError } from './fail.ts';

/** Bytes that every system's FIFO takes at once without a reader (macOS begins with 16 KiB). */
const FIFO_HOLDS = 16_384;

/**
 * Puts a text behind a descriptor that a child can inherit; the caller closes it once the child has started.
 * Throws `unexpected` where the system has no place for it.
 */
export function descriptorWith(text: string): number {
  if (process.platform === 'win32') {
    throw noWay('this system has no descriptors to inherit');
  }
  return process.platform === 'linux' ? memoryFile(text) : fifo(text);
}

function memoryFile(text: string): number {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const folders = ['/dev/shm', ...(runtime === undefined || runtime === '' ? [] : [runtime])];
  for (const folder of folders) {
    const name = path.join(folder, `.keyfob-${randomBytes(12).toString('hex')}`);
    let fd;
    try {
      fd = openSync(
        name,
        constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600,
      );
    } catch {
      continue;
    }
    unlinkSync(name);
    const bytes = Buffer.from(text, 'utf8');
    // Written at a place of its own: the descriptor's own place stays at the beginning, for the child.
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, done);
    return fd;
  }
  throw noWay('neither /dev/shm nor XDG_RUNTIME_DIR can be written to');
}

/** For systems where opening `/dev/fd/N` gives the descriptor itself (macOS, the BSDs). */
export function fifo(text: string): number {
  if (Buffer.byteLength(text) > FIFO_HOLDS) throw noWay('the token is too long for it');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'keyfob-'));
  try {
    const name = path.join(folder, 'fifo');
    execFileSync('mkfifo', ['-m', '600', name], { stdio: 'ignore' });
    // Without waiting for the other end, which is opened right here.
    const reader = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(name, constants.O_WRONLY);
    writeSync(writer, text);
    closeSync(writer);
    return reader;
  } catch (cause) {
    throw noWay('no FIFO can be made in the temporary folder', cause);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function noWay(why: string, cause?: unknown): KeyfobError {
  return commandError(
    'unexpected',
    `The token cannot be passed to curl privately: ${why}.`,
    'Use `keyfob token --format curl NAME | curl -K - …`, or `keyfob exec NAME -- …` with its environment variable.',
    cause,
  );
}
