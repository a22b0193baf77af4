// One request to a vendor and its answer as text. Below the exchanges, above the Fetch port.
import type { Failing, RawAnswer } from './dialect/answer.ts';
import type { Gate } from './ports.ts';
import type { Clock, Fetch } from './ports.ts';

/** Ms that one request to a vendor may take. Two of them fit into the 30 s in which a caller is answered. */
export const requestLimit = 12_000;
/** Characters of an answer that are read. */
const answerLimit = 1_000_000;

/** Carries a judgement out of oauth4webapi's call. */
export class Failed extends Error {
  readonly failing: Failing;
  constructor(failing: Failing) {
    super(failing.kind);
    this.name = 'Failed';
    this.failing = failing;
  }
}

export interface TransportPorts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Turns what fetch threw into a sentence without secrets. */
  readonly describeFailure: (error: unknown) => string;
  /** Whether Keyfob is ending: then nothing new is sent. False when left out. */
  readonly ending?: () => boolean;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/**
 * Sends one request within `requestLimit`, where the gate lets secrets pass; throws Failed (passing) when no
 * whole answer came, or when Keyfob is ending, and `not_permitted` as the gate does: then nothing was sent.
 * `onSpend` marks a request that spends what cannot be spent again, and is called as it goes out: its answer is
 * waited for while Keyfob ends, as long as whoever ends it will.
 */
export async function send(
  ports: TransportPorts,
  request: OutgoingRequest,
  gate: Gate | 'nothing secret',
  onSpend?: () => void,
): Promise<RawAnswer> {
  if (gate !== 'nothing secret') {
    gate.check(request.url);
  }
  if (ports.ending?.() === true) {
    throw new Failed({ kind: 'passing', status: null, message: 'Keyfob is ending.', retryAfterMs: null });
  }
  onSpend?.();
  const abort = new AbortController();
  const cancel = ports.clock.after(requestLimit, () => {
    if (onSpend === undefined || ports.ending?.() !== true) {
      abort.abort();
    }
  });
  try {
    const response = await ports.fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === null ? {} : { body: request.body }),
      redirect: 'manual',
      signal: abort.signal,
    });
    return {
      status: response.status,
      headers: response.headers,
      text: await readText(response),
    };
  } catch (error) {
    const message = abort.signal.aborted
      ? `The vendor did not answer within ${String(requestLimit / 1000)} seconds.`
      : ports.describeFailure(error);
    throw new Failed({ kind: 'passing', status: null, message, retryAfterMs: null });
  } finally {
    cancel();
  }
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return '';
  }
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return text + decoder.decode();
    }
    text += decoder.decode(value, { stream: true });
    if (text.length > answerLimit) {
      await reader.cancel();
      throw new TypeError('the answer is too long');
    }
  }
}
