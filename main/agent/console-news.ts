// What the console's pages are told: news as lines of JSON.
import type { ServerResponse } from 'node:http';
import type { News } from '../api/window.ts';
import { plain } from '../host/http.ts';
import { QUIET_HEADERS } from '../host/pages.ts';
import type { WindowCalls } from '../host/window-calls.ts';

/** Streams of news that are open at a time; a browser opens six at most. */
const STREAMS = 60;
/** Bytes of news that may wait in a stream that is not read. */
const BACKLOG = 4 * 1024 * 1024;

/** News as lines of JSON, for as long as a page listens and reads. */
export function createNewsStreams(calls: Pick<WindowCalls, 'listen'>) {
  const streams = new Set<ServerResponse>();
  return {
    open(outgoing: ServerResponse): void {
      if (streams.size >= STREAMS) return plain(outgoing, 503, 'Too many pages listen.');
      outgoing.writeHead(200, { ...QUIET_HEADERS, 'Content-Type': 'application/x-ndjson' });
      outgoing.flushHeaders();
      streams.add(outgoing);
      const leave = calls.listen((news) => {
        outgoing.write(`${JSON.stringify(news)}\n`);
        if (outgoing.writableLength > BACKLOG) outgoing.destroy();
      });
      outgoing.once('close', () => {
        leave();
        streams.delete(outgoing);
      });
    },
    end(): void {
      const last: News = { type: 'connection', state: 'ended' };
      for (const stream of streams) stream.end(`${JSON.stringify(last)}\n`);
    },
  };
}
