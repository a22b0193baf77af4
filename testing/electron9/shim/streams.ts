// Node 18's global web streams and `stream/web`; `stream/promises` and `timers/promises` of 15; and
// Readable.fromWeb and toWeb of 17.
import { PassThrough, Readable, finished, pipeline } from 'node:stream';
import { promisify } from 'node:util';
import * as webStreams from 'web-streams-polyfill';

import { addMissing } from './assign.ts';
import { provide } from './modules.ts';

Object.assign(globalThis, webStreams);
provide('stream/web', () => ({ ...webStreams }));
provide('stream/promises', () => ({ finished: promisify(finished), pipeline: promisify(pipeline) }));

interface Waiting {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

function wait<T>(begin: (done: () => void) => () => void, value: T, { signal }: Waiting): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const cancel = begin(() => resolve(value));
    signal?.addEventListener(
      'abort',
      () => {
        cancel();
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

provide('timers/promises', () => ({
  setTimeout: <T>(ms: number, value: T, options: Waiting = {}) =>
    wait(
      (done) => {
        const timer = setTimeout(done, ms);
        if (options.ref === false) timer.unref();
        return () => clearTimeout(timer);
      },
      value,
      options,
    ),
  setImmediate: <T>(value: T, options: Waiting = {}) =>
    wait(
      (done) => {
        const turn = setImmediate(done);
        return () => clearImmediate(turn);
      },
      value,
      options,
    ),
}));

async function* chunksOf(stream: ReadableStream<unknown>): AsyncGenerator {
  const reader = stream.getReader();
  try {
    for (;;) {
      const step = await reader.read();
      if (step.done) return;
      yield step.value;
    }
  } finally {
    await reader.cancel();
  }
}

addMissing(Readable, {
  fromWeb: (stream: ReadableStream<unknown>) => Readable.from(chunksOf(stream)),
  toWeb(readable: Readable) {
    const through = readable.pipe(new PassThrough());
    return new webStreams.ReadableStream<Uint8Array>({
      start(controller) {
        through.on('data', (chunk: Buffer) => {
          controller.enqueue(new Uint8Array(chunk));
          if ((controller.desiredSize ?? 0) <= 0) through.pause();
        });
        through.once('end', () => controller.close());
        readable.once('error', (error) => controller.error(error));
      },
      pull: () => void through.resume(),
      cancel: () => void readable.destroy(),
    });
  },
});
