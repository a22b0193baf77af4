// One request: its limits in time and length, and what is said when no whole answer came.
import { describe, expect, it } from 'vitest';
import { settle, VirtualClock } from '../../testing/virtual-clock.ts';
import { message } from '../api/problems/index.ts';
import { Failed } from './outcome.ts';
import type { Clock, FetchInit, OutgoingRequest, RawAnswer } from './ports.ts';
import { requestLimit, send, spendingLimit } from './transport.ts';

const unreachable = message('text', { text: 'The host was not found.', hint: '' });
const request: OutgoingRequest = {
  method: 'POST',
  url: 'https://api.example.com/token?client_secret=canary',
  headers: { accept: 'application/json' },
  body: null,
};

async function sendBy(
  fetch: (url: string, init: FetchInit) => Promise<Response>,
  clock = new VirtualClock(),
): Promise<unknown> {
  const ports = { fetch, clock, describeFailure: () => unreachable };
  const judge = (value: RawAnswer) => ({ kind: 'granted', value }) as const;
  return send(ports, request, { gate: 'nothing secret', judge }).catch((error: unknown) => {
    expect(error).toBeInstanceOf(Failed);
    return error instanceof Failed ? error.failing : error;
  });
}

/** Gives up as fetch does when it is told to. */
function never(signal: AbortSignal): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted: canary'));
    });
  });
}

describe('sending a request', () => {
  it('gives the answer as it came, redirects not followed', async () => {
    let seen: FetchInit | undefined;
    const answer = await sendBy(async (_url, init) => {
      seen = init;
      return new Response('x', { status: 302, headers: { location: '/', 'retry-after': '3' } });
    });
    expect(answer).toMatchObject({ status: 302, text: 'x' });
    expect(Object.fromEntries((answer as RawAnswer).headers)).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
      'retry-after': '3',
      location: '/',
    });
    expect(seen).toMatchObject({ method: 'POST', redirect: 'manual', headers: request.headers });
    expect(seen).not.toHaveProperty('body');
  });

  it('says what the network said, without the address', async () => {
    const failing = await sendBy(() => Promise.reject(new Error(request.url)));
    expect(failing).toEqual({
      kind: 'transient',
      status: null,
      message: unreachable,
      retryAfterMs: null,
    });
  });

  it('gives up after its limit, twice within the 30 s that a caller waits', async () => {
    const clock = new VirtualClock();
    const failing = sendBy((_url, init) => never(init.signal), clock);
    await clock.pass(requestLimit);
    expect(await failing).toMatchObject({
      kind: 'transient',
      message: message('no_answer_within', { seconds: 12 }),
    });
    expect(2 * requestLimit).toBeLessThan(30_000);
  });

  it('gives what spends something five minutes, and asks once', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    let ended = false;
    const ports = {
      fetch: (_url: string, init: FetchInit) => {
        asked += 1;
        return never(init.signal);
      },
      clock,
      describeFailure: () => unreachable,
    };
    const judge = (value: RawAnswer) => ({ kind: 'granted', value }) as const;
    const failing = send(ports, request, { gate: 'nothing secret', judge, onSpend: () => undefined })
      .catch((error: unknown) => (error instanceof Failed ? error.failing : error))
      .finally(() => (ended = true));
    await clock.pass(spendingLimit - 1);
    expect([asked, ended, spendingLimit]).toEqual([1, false, 300_000]);
    await clock.pass(1);
    expect(await failing).toMatchObject({ message: message('no_answer_within', { seconds: 300 }) });
  });

  it('does not give up when timers ran out while the machine slept', async () => {
    const clock = new VirtualClock();
    const timers: (() => void)[] = [];
    const asleep: Clock = {
      unixMs: () => clock.unixMs(),
      boot: () => null,
      steady: () => clock.steady(),
      random: () => 0,
      after: (_ms, callback) => {
        timers.push(callback);
        return () => undefined;
      },
    };
    const answered = Promise.withResolvers<Response>();
    const ports = { fetch: () => answered.promise, clock: asleep, describeFailure: () => unreachable };
    const judge = (value: RawAnswer) => ({ kind: 'granted', value }) as const;
    const sending = send(ports, request, { gate: 'nothing secret', judge, onSpend: () => undefined });
    await settle();
    // It wakes after hours: whatever timer waits is due.
    for (const callback of timers.splice(0)) callback();
    answered.resolve(new Response('late'));
    expect(await sending).toMatchObject({ text: 'late' });
  });

  it('gives up on an answer that begins and never ends', async () => {
    const clock = new VirtualClock();
    const failing = sendBy(async (_url, init) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{'));
          init.signal.addEventListener('abort', () => {
            controller.error(new Error('aborted'));
          });
        },
      });
      return new Response(body);
    }, clock);
    await clock.pass(requestLimit);
    expect(await failing).toMatchObject({
      kind: 'transient',
      message: message('no_answer_within', { seconds: 12 }),
    });
  });

  it('does not read an answer without end', async () => {
    let chunks = 0;
    const failing = await sendBy(
      async () =>
        new Response(
          new ReadableStream<Uint8Array>({
            pull(controller) {
              chunks += 1;
              controller.enqueue(new Uint8Array(100_000).fill(120));
            },
          }),
        ),
    );
    expect(failing).toMatchObject({ kind: 'transient', status: null });
    expect(chunks).toBeLessThan(20);
  });
});
