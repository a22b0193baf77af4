/**
 * A vendor on loopback whose refresh tokens are good once each (RFC 9700 section 4.14.2), for many accounts at once.
 *
 * Invariants: it remembers what it gave and what was spent; the tokens of an account end in their number, which grows.
 */
import { answerJson, serveOnLoopback } from './loopback-server.ts';

export interface RotatingVendor {
  readonly tokenUrl: string;
  /** The number of the newest token it gave an account; 0: none but the first. */
  given(index: number): number;
  /** The number of the newest token whose answer has left for an account. */
  answered(index: number): number;
  /** Refresh tokens that came again, or that it never gave. */
  readonly reused: readonly string[];
  readonly requests: number;
  /** The most that were unanswered at a time. */
  readonly maxOpen: number;
  close(): Promise<void>;
}

/** The refresh token of an account; number 0 is the one that it is taken to have given before. */
export const refreshTokenOf = (index: number, number = 0): string =>
  `refresh-${String(index)}-${String(number)}`;

/** The number of a token that this vendor gave. */
export const numberOf = (token: string): number =>
  Number(/^(?:access|refresh)-\d+-(\d+)/.exec(token)?.[1] ?? 0);

const indexOf = (token: string): number => Number(/^refresh-(\d+)-/.exec(token)?.[1] ?? -1);

/** Starts it. `delay`: ms until it answers. `expiresIn`: seconds that its tokens live. */
export async function startRotatingVendor({ delay = 0, expiresIn = 3600 } = {}): Promise<RotatingVendor> {
  const newest = new Map<number, number>();
  const answered = new Map<number, number>();
  const reused: string[] = [];
  let [requests, open, maxOpen] = [0, 0, 0];
  const answer = (token: string): [number, unknown] => {
    const index = indexOf(token);
    const now = newest.get(index) ?? 0;
    if (token !== refreshTokenOf(index, now)) {
      reused.push(token);
      return [400, { error: 'invalid_grant' }];
    }
    newest.set(index, now + 1);
    return [
      200,
      {
        access_token: `access-${String(index)}-${String(now + 1)}-${'a'.repeat(1000)}`,
        refresh_token: refreshTokenOf(index, now + 1),
        token_type: 'Bearer',
        expires_in: expiresIn,
      },
    ];
  };
  const { origin, close } = await serveOnLoopback(({ form }, response) => {
    requests += 1;
    open += 1;
    maxOpen = Math.max(maxOpen, open);
    const token = form.get('refresh_token') ?? '';
    const [status, json] = answer(token);
    setTimeout(() => {
      open -= 1;
      if (status === 200) answered.set(indexOf(token), numberOf(token) + 1);
      answerJson(response, status, json);
    }, delay);
  });
  return {
    tokenUrl: `${origin}/token`,
    given: (index) => newest.get(index) ?? 0,
    answered: (index) => answered.get(index) ?? 0,
    reused,
    get requests() {
      return requests;
    },
    get maxOpen() {
      return maxOpen;
    },
    close,
  };
}
