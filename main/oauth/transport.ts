// One request to a vendor, and its answer judged. Below the exchanges, above the Fetch port.
//
// Invariants: nothing else sends; each request passes the gate as it goes out, a repeated one too; what the answer
// repeats of our secrets is gone before anybody reads it.
import { message, type Message } from '../api/problems/index.ts';
import { withoutEchoes } from './echo.ts';
import { Failed, unusable, type Outcome, type Transient } from './outcome.ts';
import type { Clock, Fetch, Gate, OutgoingRequest, RawAnswer } from './ports.ts';
import type { SenderConstraint } from './sender-constraint/constraint.ts';
import type { ProofKey } from './sender-constraint/proof-key.ts';

/** Ms that one request to a vendor may take. Two of them fit into the 30 s in which a caller is answered. */
export const requestLimit = 12_000;
/** Ms for one that spends what cannot be spent again: its answer may hold all that is left of a sign-in. */
export const spendingLimit = 5 * 60_000;
/** Ms. Limits are counted in pieces, so that a machine that sleeps meanwhile loses one of them at most. */
const piece = 6_000;
/** Characters of an answer that are read. */
const answerLimit = 1_000_000;

export interface TransportPorts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Says what it means that fetch threw, without secrets. */
  readonly describeFailure: (error: unknown) => Message;
  /** Unix ms as the library reads them, where that is not `clock.unixMs`. */
  readonly epoch?: () => number;
  /** Whether Keyfob is ending: then nothing new is sent. False when left out. */
  readonly ending?: () => boolean;
}

export interface Sending<T> {
  /** What is asked before anything secret leaves. */
  readonly gate: Gate | 'nothing secret';
  /** What the answer comes to. `now`: Unix ms. */
  readonly judge: (raw: RawAnswer, now: number) => Outcome<T>;
  /** What of the request, and of who sends it, must not come back; see echo.ts. */
  readonly secrets?: readonly string[];
  /** Whether an answer is a token alone, which nothing is cut out of; left out: none is. */
  readonly isToken?: ((raw: RawAnswer) => boolean) | undefined;
  /** What binds the token that is asked for to its holder; left out: nothing does. */
  readonly constraint?: { readonly by: SenderConstraint; readonly key: ProofKey } | null;
  /**
   * Marks a request that spends what cannot be spent again, and is called as it goes out: its answer is given
   * `spendingLimit`.
   */
  readonly onSpend?: (() => void) | undefined;
}

/**
 * Sends one request, where the gate lets secrets pass, and judges its answer: every request to a vendor goes
 * through here. Throws Failed when nothing was granted, when no whole answer came within its limit, or when
 * Keyfob is ending; and `not_permitted` as the gate does: then nothing was sent.
 */
export async function send<T>(
  ports: TransportPorts,
  request: OutgoingRequest,
  { gate, judge, secrets = [], isToken, constraint, onSpend }: Sending<T>,
): Promise<T> {
  // Once more at most: whoever asks for another proof at each answer gets no third.
  for (let mayRepeat = constraint != null; ; mayRepeat = false) {
    const proof = await constraint?.by.headers(request, constraint.key);
    if (gate !== 'nothing secret') {
      gate.check(request.url);
    }
    if (ports.ending?.() === true) {
      throw new Failed(noAnswer(message('ending', {})));
    }
    onSpend?.();
    const limit = onSpend === undefined ? requestLimit : spendingLimit;
    const came = await transmit(ports, { ...request, headers: { ...request.headers, ...proof } }, limit);
    // What was asked with nothing secret repeats nothing; its addresses stay as they are.
    const raw = gate === 'nothing secret' ? came : withoutEchoes(came, secrets, isToken?.(came));
    const repeat = constraint?.by.answered(request, raw) === true;
    if (!(repeat && mayRepeat)) {
      const judged = judge(raw, ports.clock.unixMs());
      if (judged.kind === 'granted') return judged.value;
      throw new Failed(judged);
    }
  }
}

function noAnswer(why: Message): Transient {
  return { kind: 'transient', status: null, message: why, retryAfterMs: null };
}

/** Calls back once `ms` have passed while the machine was awake; the answer cancels. */
function afterAwake(clock: Clock, ms: number, callback: () => void): () => void {
  let cancel: () => void = () => undefined;
  const wait = (left: number): void => {
    cancel = clock.after(Math.min(left, piece), () => {
      if (left > piece) wait(left - piece);
      else callback();
    });
  };
  wait(ms);
  return () => {
    cancel();
  };
}

/** `limit`: ms until it is given up. */
async function transmit(ports: TransportPorts, request: OutgoingRequest, limit: number): Promise<RawAnswer> {
  const abort = new AbortController();
  const cancel = afterAwake(ports.clock, limit, () => {
    abort.abort();
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
    if (error instanceof Failed) throw error;
    const why = abort.signal.aborted
      ? message('no_answer_within', { seconds: limit / 1000 })
      : ports.describeFailure(error);
    throw new Failed(noAnswer(why));
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
      throw unusable(message('answer_too_long', {}));
    }
  }
}
