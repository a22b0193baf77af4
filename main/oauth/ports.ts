// What OAuth needs of the world outside: a network, clocks, and a word before anything secret leaves.
import type { BootTime } from './token.ts';

/** As the standard's fetch; `redirect: 'manual'` is honoured. Rejects only when no answer came. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** A request as it goes out. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: an empty body. */
  readonly body: string | null;
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Three clocks and a timer. */
export interface Clock {
  /** Unix ms by the wall clock: counts sleep, may jump. */
  unixMs(): number;
  /** Ms of a clock that never jumps, and may stand still in sleep. */
  steady(): number;
  /** The machine's own time, which outlives a process and never jumps; null: the system does not tell it. */
  boot(): BootTime | null;
  /** Calls back once after a delay in ms (at most 2^31-1); the answer cancels. */
  after(ms: number, callback: () => void): () => void;
  /** A number in [0, 1), for jitter. */
  random(): number;
}

/** What an exchange asks before it sends something secret. */
export interface Gate {
  /** Throws `not_permitted` (old and new origin) unless secrets may go to the address. */
  check(url: string): void;
  /** Takes the addresses of an issuer's metadata when it is read first; whether all of them may be used. */
  discovered(issuer: string, urls: readonly string[]): Promise<boolean>;
}
