// The window's way to its host: the desktop's preload script, or HTTP to the agent that served this page.
//
// Invariants of the HTTP way: the link's one-time secret is off the address before anything else happens, and
// is exchanged for a session key that this tab alone keeps and that travels in a header, never in an address
// or a cookie; nothing is asked of any other origin. `lost` is told once, and `back` once the host answers
// again; after `ended` (the session is over) nothing is asked any more.
import type { CallName, News } from '../main/api/window.ts';
import type { Transport } from '../preload/contract.ts';
import { bridgeName } from '../preload/contract.ts';

const sessionHeader = 'X-Keyfob-Session';
const sessionKey = 'keyfob.session';
/** Ms between two tries to reach a host that does not answer: doubled up to the longest. */
const minWait = 250;
const maxWait = 4_000;

/** Chooses the way to the host: the desktop's where the preload script gave one, else HTTP. */
export function chooseTransport(): Transport {
  const bridge: unknown = Reflect.get(window, bridgeName);
  return isTransport(bridge) ? bridge : httpTransport();
}

function httpTransport(): Transport {
  const listeners = new Set<(news: News) => void>();
  const session = enter();
  let ended = false;
  let lost = false;
  let following: AbortController | null = null;
  /** Settled once the host's news come in, so that no change falls between an answer and the first news. */
  let opened: Promise<void> = Promise.resolve();
  let askedEarly = false;

  const tell = (news: News): void => {
    for (const hear of listeners) hear(news);
  };

  const end = (): void => {
    if (ended) return;
    ended = true;
    sessionStorage.removeItem(sessionKey);
    tell({ type: 'connection', state: 'ended' });
  };

  /** What comes in; the host tells by itself that it ends. */
  const hear = (news: News): void => {
    if (news.type === 'connection' && news.state === 'ended') end();
    else tell(news);
  };

  const ask = async (address: string, init: RequestInit): Promise<Response> => {
    const key = await session;
    if (key === null) end();
    if (key === null || ended) throw new Error('The session is over.');
    const answer = await fetch(address, {
      ...init,
      headers: { ...init.headers, [sessionHeader]: key },
      cache: 'no-store',
      redirect: 'error',
    });
    if (answer.status === 401) end();
    if (!answer.ok) throw new Error(`The host answered ${String(answer.status)}.`);
    return answer;
  };

  /** Hears news until nobody listens or the session is over; `ready` is called at the first stream, or its failure. */
  const follow = async (signal: AbortSignal, ready: () => void): Promise<void> => {
    for (let wait = minWait; !signal.aborted && !ended; wait = Math.min(wait * 2, maxWait)) {
      try {
        const { body } = await ask('news', { signal });
        wait = minWait;
        if (lost) tell({ type: 'connection', state: 'back' });
        // What changed while nobody heard is in the overview.
        if (lost || askedEarly) tell({ type: 'overview' });
        lost = false;
        askedEarly = false;
        ready();
        if (body !== null) await readLines(body, hear);
      } catch {
        // Lost, ended, or nobody listens any more: told below.
      }
      ready();
      if (signal.aborted || ended) return;
      if (!lost) tell({ type: 'connection', state: 'lost' });
      lost = true;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };

  return {
    async call(name: CallName, request: unknown): Promise<unknown> {
      askedEarly ||= following === null;
      await opened;
      const answer = await ask(`call/${name}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(request),
      });
      return answer.json();
    },
    listen(hear) {
      listeners.add(hear);
      if (ended) {
        queueMicrotask(() => {
          if (listeners.has(hear)) hear({ type: 'connection', state: 'ended' });
        });
      }
      if (following === null) {
        const abort = new AbortController();
        following = abort;
        opened = new Promise((ready) => {
          void follow(abort.signal, ready);
        });
      }
      return () => {
        listeners.delete(hear);
        if (listeners.size > 0) return;
        following?.abort();
        following = null;
      };
    },
  };
}

/** The session's key: had for the secret of the address, or kept in this tab; null when there is none. */
async function enter(): Promise<string | null> {
  const secret = secretInAddress();
  if (secret !== null) history.replaceState(history.state, '', location.pathname + location.search);
  // A fresh link opened in this very tab only changes what is behind the hash mark.
  window.addEventListener('hashchange', () => {
    if (secretInAddress() !== null) location.reload();
  });
  if (secret !== null) {
    const answer = await fetch('session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ secret }),
      cache: 'no-store',
      redirect: 'error',
    }).catch(() => null);
    // It cannot be told who opens the page: another one of this host asks for six digits, then comes back.
    if (answer?.status === 403) {
      location.replace(`confirm#s=${secret}`);
      return new Promise(() => undefined);
    }
    const given: unknown = answer?.ok === true ? await answer.json() : null;
    if (hasSession(given)) sessionStorage.setItem(sessionKey, given.session);
  }
  return sessionStorage.getItem(sessionKey);
}

function secretInAddress(): string | null {
  return /^#s=([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1] ?? null;
}

async function readLines(body: ReadableStream<Uint8Array>, tell: (news: News) => void): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const news: unknown = line === '' ? null : JSON.parse(line);
      if (isNews(news)) tell(news);
    }
  }
}

// The host has checked these already: what has the mark is of the contract's shape.

function isTransport(value: unknown): value is Transport {
  return typeof value === 'object' && value !== null && 'call' in value && 'listen' in value;
}

function isNews(value: unknown): value is News {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function hasSession(value: unknown): value is { readonly session: string } {
  return (
    typeof value === 'object' && value !== null && 'session' in value && typeof value.session === 'string'
  );
}
