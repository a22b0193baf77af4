// Server-sent events (WHATWG HTML section 9.2) of `GET /v1/events`.
//
// Invariants: a client that is limited to accounts sees their events alone, and audit lines and approvals go
// to the person alone; a stream ends with its caller's key; a stream that ends, whoever ended it, leaves no listener and no timer behind; one
// that is not read is cut off rather than kept in memory.
import type { EndpointEvent } from '../api/events.ts';
import type { Clock } from '../oauth/ports.ts';
import { mayUse, type Actor, type Clients } from '../access/index.ts';

export interface EventStreams {
  /** Sends an event to every stream that may see it. */
  send(event: EndpointEvent): void;
  /** Opens a stream for a caller. */
  open(actor: Actor, signal: AbortSignal): Response;
  /** How many are open. */
  count(): number;
  /** Ends the streams of a client, or all. */
  end(client?: string): void;
}

const HEARTBEAT_MS = 15_000;
/** Events that may wait in one stream. */
const BACKLOG = 1_000;

interface Stream {
  readonly actor: Actor;
  write(text: string): void;
  close(): void;
}

/** Whether a caller may see an event. */
function maySee(actor: Actor, event: EndpointEvent): boolean {
  switch (event.type) {
    case 'audit':
    case 'approval.waiting':
    case 'approval.answered':
      return actor.kind === 'owner';
    case 'provider.added':
    case 'vault.locked':
    case 'vault.unlocked':
    case 'vault.away':
    case 'vault.back':
      return true;
    default:
      return mayUse(actor, event.account);
  }
}

/** Keeps the open streams; heartbeats come every 15 s. */
export function createEventStreams(clock: Clock, clients: Pick<Clients, 'holds' | 'msLeft'>): EventStreams {
  const streams = new Set<Stream>();
  const encoder = new TextEncoder();

  const open = (actor: Actor, signal: AbortSignal): Response => {
    let cancelBeat: () => void = () => undefined;
    let stream: Stream | null = null;
    const leave = (): void => {
      if (stream === null) return;
      streams.delete(stream);
      stream = null;
      cancelBeat();
    };
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          const opened: Stream = {
            actor,
            write(text) {
              controller.enqueue(encoder.encode(text));
              if ((controller.desiredSize ?? 0) < -BACKLOG) opened.close();
            },
            close() {
              if (!streams.has(opened)) return;
              leave();
              controller.close();
            },
          };
          stream = opened;
          streams.add(opened);
          const beat = (): void => {
            if (clients.holds(actor)) opened.write(': still here\n\n');
            else opened.close();
            // The next one comes when the key ends, at the latest.
            const next = Math.min(HEARTBEAT_MS, Math.ceil(clients.msLeft(actor)));
            if (streams.has(opened)) cancelBeat = clock.after(next, beat);
          };
          // The first comment makes the answer's head leave at once.
          beat();
          signal.addEventListener('abort', () => opened.close(), { once: true });
          if (signal.aborted) opened.close();
        },
        cancel: leave,
      },
      { highWaterMark: 16 },
    );
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } });
  };

  return {
    send(event) {
      if (streams.size === 0) return;
      const text = `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
      for (const stream of [...streams]) {
        if (!clients.holds(stream.actor)) stream.close();
        else if (maySee(stream.actor, event)) stream.write(text);
      }
    },
    open,
    count: () => streams.size,
    end(client) {
      for (const stream of [...streams])
        if (client === undefined || (stream.actor.kind === 'client' && stream.actor.name === client))
          stream.close();
    },
  };
}
