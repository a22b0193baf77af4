// The body of a program's request, on its way to the API.
//
// Invariants: it goes on as it comes, and no faster than the API takes it; while it is short it is kept too, so that it
// can be sent once more after a refused token. A longer one is sent once.
import type { Readable, Writable } from 'node:stream';

/** Bytes that are kept. */
export const maxKept = 1024 * 1024;

export class Body {
  readonly #source: Readable;
  #kept: Buffer[] | null = [];
  #size = 0;
  #stop: () => void = () => undefined;

  constructor(source: Readable) {
    this.#source = source;
  }

  /** Whether all that has come so far can be sent again. */
  get canBeSentAgain(): boolean {
    return this.#kept !== null;
  }

  /** Sends what is kept, and the rest as it comes; a request that had it before gets nothing more. */
  sendTo(request: Writable): void {
    this.#stop();
    const source = this.#source;
    for (const chunk of this.#kept ?? []) request.write(chunk);
    if (source.readableEnded) {
      request.end();
      return;
    }
    const data = (chunk: Buffer): void => {
      this.#keep(chunk);
      if (!request.write(chunk)) source.pause();
    };
    const drain = (): void => void source.resume();
    const end = (): void => void request.end();
    this.#stop = (): void => {
      source.off('data', data);
      source.off('end', end);
      request.off('drain', drain);
      source.pause();
    };
    request.on('drain', drain);
    source.on('data', data);
    source.on('end', end);
    source.resume();
  }

  #keep(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > maxKept) this.#kept = null;
    this.#kept?.push(chunk);
  }
}
