// Programs that ask for a key by themselves: the person compares a short code instead of copying a key.
//
// Invariants: a key is made when the program fetches it after a yes, goes to whoever holds the secret that
// was given at the start, and goes out once; what is not answered or not fetched within five minutes leaves
// nothing behind. At most three wait per listener and ten are begun per listener in ten minutes, so that nobody on
// TCP can shut out the owner of the socket. A wrong id and a wrong secret are told in the same words.
import type { Pairing, PairingState } from '../api/clients.ts';
import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

import { KeyfobError } from '../api/errors.ts';
import type { Clock } from '../oauth/ports.ts';
import type { ApprovalAnswer, Approvals } from './approvals.ts';
import { checkClientName } from './clients.ts';
import type { Clients } from './clients.ts';
import type { Listener } from '../api/audit.ts';
import type { Peer } from '../platform/peer-process.ts';
import { sha256 } from '../platform/digest.ts';

/** Seconds that a pairing stands, from its beginning to the fetching of the key. */
const PAIRING_SECONDS = 300;
/** Seconds that a program waits between two looks. */
const POLL_SECONDS = 2;
const MAX_WAITING = 3;
const MAX_BEGUN = 10;
const BEGUN_WINDOW_MS = 600_000;

export interface PairingWish {
  readonly name: string;
  /** Null: all accounts, later ones too. */
  readonly accounts: readonly string[] | null;
}

export interface Pairings {
  /** Begins one. Throws `bad_request` for a name no client can have, `too_many_attempts`. */
  begin(wish: PairingWish, via: Listener, peer?: Peer): Pairing;
  /** Where it stands; the key, once. Throws `not_permitted` after a no, after its time, and for strangers. */
  fetch(id: string, secret: string): Promise<PairingState>;
}

interface Entry extends PairingWish {
  readonly via: Listener;
  readonly secretHash: Buffer;
  readonly code: string;
  answer: ApprovalAnswer | null;
}

interface Surroundings {
  readonly approvals: Approvals;
  readonly clients: Clients;
  readonly clock: Clock;
  /** Throws `no_such_account`. */
  checkAccount(name: string): void;
}

/** Opens the register of pairings. */
export function createPairings({ approvals, clients, clock, checkAccount }: Surroundings): Pairings {
  const entries = new Map<string, Entry>();
  const begun: { via: Listener; at: number }[] = [];

  const admit = (via: Listener): void => {
    const now = clock.steady();
    while (begun[0] !== undefined && begun[0].at <= now - BEGUN_WINDOW_MS) begun.shift();
    const waiting = [...entries.values()].filter((entry) => entry.via === via && entry.answer === null);
    const recent = begun.filter((one) => one.via === via);
    if (waiting.length < MAX_WAITING && recent.length < MAX_BEGUN) {
      begun.push({ via, at: now });
      return;
    }
    const action = { type: 'answer_pairings', params: {} } as const;
    throw new KeyfobError('too_many_pairings', {}, { action, retryAfter: 60 });
  };

  const freshCode = (): string => {
    const taken = new Set([...entries.values()].map(({ code }) => code));
    for (;;) {
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      if (!taken.has(code)) return code;
    }
  };

  return {
    begin({ name, accounts }, via, peer) {
      checkClientName(name);
      admit(via);
      const secret = randomBytes(32).toString('base64url');
      const entry: Entry = {
        name,
        accounts,
        via,
        secretHash: hashOf(secret),
        code: freshCode(),
        answer: null,
      };
      const { view, answered } = approvals.askForKey(
        { client: name, accounts, code: entry.code },
        PAIRING_SECONDS,
        () => {
          if (clients.list().some((client) => client.name === name))
            throw new KeyfobError(
              'pairing_name_taken',
              { client: name },
              { action: { type: 'remove_client', params: { client: name } } },
            );
          for (const account of accounts ?? []) checkAccount(account);
        },
        peer,
      );
      const { id, expires_at } = view;
      entries.set(id, entry);
      void answered.then((answer) => (entry.answer = answer));
      // Somewhat longer, so that a program that looks just after its time hears why it gets nothing.
      clock.after((PAIRING_SECONDS + 30) * 1000, () => entries.delete(id));
      return { id, secret, code: entry.code, poll_seconds: POLL_SECONDS, expires_at };
    },
    async fetch(id, secret) {
      const entry = entries.get(id);
      if (entry === undefined || !timingSafeEqual(entry.secretHash, hashOf(secret)))
        throw new KeyfobError('no_such_pairing', {});
      const { name, accounts, answer } = entry;
      switch (answer) {
        case null:
          return { state: 'waiting', poll_seconds: POLL_SECONDS };
        case 'no':
          throw new KeyfobError('pairing_refused', { client: name });
        case 'timeout':
          throw new KeyfobError(
            'pairing_unanswered',
            { client: name },
            { action: { type: 'pair_again', params: {} } },
          );
        case 'yes':
          // Before anything is awaited: it goes out once.
          entries.delete(id);
          return { state: 'paired', ...(await clients.add({ name, accounts })) };
      }
    },
  };
}

function hashOf(secret: string): Buffer {
  return sha256(secret);
}
