// What waits for a person's yes: requests of clients, and programs that want a key.
//
// Invariants: a yes covers what the person was shown, one client, account, action, scope, audience and ID token, and nothing
// else; one question of each waits at a time, others join it and are named beside the first; a request waits no
// longer than 60 s, a pairing no longer than it says; a yes for `session` is remembered in memory alone, until the
// vault is locked or the host ends; a no is never remembered.
import { createEmitter } from '../platform/emitter.ts';
import { randomUUID } from 'node:crypto';

import { KeyfobError } from '../api/errors.ts';
import type { Clock } from '../oauth/ports.ts';
import type { ApprovalEvent } from '../api/events.ts';
import type { ApprovalAction, ApprovalView, Approve, PairingView, RequestView } from '../api/clients.ts';
import { applicationName, describeProgram } from '../platform/peer-process.ts';
import type { Peer } from '../platform/peer-process.ts';

export type ApprovalAnswer = 'yes' | 'no' | 'timeout';

/** Seconds that a person has for an answer to a request. */
const APPROVAL_SECONDS = 60;
/** Programs that one question names. */
const MAX_NAMED = 8;
/** Requests of one client that wait at a time: it chooses scopes, and must not bury the person in questions. */
const MAX_WAITING = 10;

/** What a client asks for, and all that a yes covers. */
export interface Wish {
  readonly client: string;
  readonly account: string;
  readonly action: ApprovalAction;
  /** Null: the one of the sign-in. */
  readonly scope: string | null;
  readonly audience: string | null;
  /** Whether the ID token is handed out too; left out: it is not. */
  readonly idToken?: boolean;
}

/** Who waits: looked at only when a person has to be asked. */
export interface Caller {
  readonly signal?: AbortSignal | undefined;
  readonly peer?: Peer | undefined;
  /** How it calls itself, where it says so in its request. */
  readonly application?: string | undefined;
}

export interface Approvals {
  /**
   * Asks, unless the rule or an earlier yes makes that needless. An aborted signal counts as a no. Throws
   * `not_permitted` when too many of the client's requests wait.
   */
  ask(wish: Wish, rule: Approve, caller?: Caller): Promise<ApprovalAnswer>;
  /** Asks whether a program may have a key, for `seconds`; `allow` runs before a yes counts, and may throw. */
  askForKey(wish: KeyWish, seconds: number, allow: () => void, peer?: Peer): KeyQuestion;
  list(): ApprovalView[];
  /**
   * Answers a question; with `once` a yes is not remembered, though the rule is `session`. Throws `bad_request` when it
   * does not wait (any more).
   */
  answer(id: string, allow: boolean, once?: boolean): ApprovalView;
  /** Forgets every remembered yes, or those of one client or account. */
  forget(what?: { client?: string; account?: string }): void;
  on(listener: (event: ApprovalEvent) => void): () => void;
  /** Answers all that waits with no. */
  close(): void;
}

/** What a program that wants a key says of itself. */
export interface KeyWish {
  readonly client: string;
  readonly accounts: readonly string[] | null;
  readonly code: string;
}

export interface KeyQuestion {
  readonly view: PairingView;
  readonly answered: Promise<ApprovalAnswer>;
}

interface Question<V extends ApprovalView = ApprovalView> {
  view: V;
  /** Runs before a yes counts. Throws what speaks against it. */
  readonly allow: () => void;
  readonly answered: Promise<ApprovalAnswer>;
  /** `once`: a yes is for what waits now alone. */
  readonly settle: (answer: ApprovalAnswer, once?: boolean) => void;
  waiters: number;
}

/** Opens the queue. */
export function createApprovals(clock: Clock): Approvals {
  const questions = new Map<string, Question>();
  const remembered = new Map<string, Wish>();
  const { on, emit } = createEmitter<[ApprovalEvent]>();

  /** Puts a question; `answered` is told of its end before anybody who waits. */
  const pose = <V extends ApprovalView>(
    key: string,
    view: V,
    caller: Caller,
    {
      allow = () => undefined,
      answered,
    }: { allow?: () => void; answered?: (answer: ApprovalAnswer, once: boolean) => void },
  ): Question<V> => {
    const { promise, resolve } = Promise.withResolvers<ApprovalAnswer>();
    const settle = (answer: ApprovalAnswer, once = false): void => {
      if (questions.get(key) !== question) return;
      questions.delete(key);
      cancel();
      answered?.(answer, once);
      resolve(answer);
      const { id, kind, client } = view;
      const account = view.kind === 'request' ? view.account : null;
      emit({ type: 'approval.answered', id, kind, client, account, answer });
    };
    const question: Question<V> = { view, allow, answered: promise, settle, waiters: 0 };
    const cancel = clock.after((view.expires_at - view.asked_at) * 1000, () => settle('timeout'));
    questions.set(key, question);
    const tell = (): void => {
      if (questions.get(key) === question) emit({ type: 'approval.waiting', ...question.view });
    };
    // Whoever is told of it is told who asks; that takes a moment, where it can be known at all.
    if (caller.peer === undefined && caller.application === undefined) tell();
    else void name(question, caller).then(tell);
    return question;
  };

  /** Names a caller's program in a question, beside those that are named already. */
  const name = async (question: Question, { peer, application }: Caller): Promise<void> => {
    const own = application === undefined ? (peer?.application ?? null) : applicationName(application);
    const seen = (await peer?.look()) ?? null;
    const program = seen === null ? null : describeProgram(seen);
    const { askers } = question.view;
    const isNamed = askers.some((one) => one.program === program && one.application === own);
    if ((program === null && own === null) || isNamed || askers.length >= MAX_NAMED) return;
    question.view = { ...question.view, askers: [...askers, { program, application: own }] };
  };

  const poseRequest = (wish: Wish, approve: 'session' | 'ask', caller: Caller): Question => {
    const { client, idToken = false, ...asked } = wish;
    const waiting = [...questions.values()].filter(
      ({ view }) => view.kind === 'request' && view.client === client,
    );
    if (waiting.length >= MAX_WAITING) throw new KeyfobError('too_many_requests_wait', { client });
    const key = keyOf(wish);
    const view: RequestView = {
      kind: 'request',
      ...facts(clock, client, APPROVAL_SECONDS),
      ...asked,
      ...(idToken ? { id_token: true } : {}),
      approve,
    };
    return pose(key, view, caller, {
      answered(answer, once) {
        if (answer === 'yes' && approve === 'session' && !once) remembered.set(key, wish);
      },
    });
  };

  return {
    async ask(wish, rule, caller = {}) {
      if (rule === 'always') return 'yes';
      const key = keyOf(wish);
      if (rule === 'session' && remembered.has(key)) return 'yes';
      const waiting = questions.get(key);
      if (waiting !== undefined) void name(waiting, caller);
      return answerOf(waiting ?? poseRequest(wish, rule, caller), caller.signal);
    },
    askForKey({ client, accounts, code }, seconds, allow, peer) {
      const view: PairingView = { kind: 'pairing', ...facts(clock, client, seconds), accounts, code };
      const { answered } = pose(view.id, view, { peer }, { allow });
      return { view, answered };
    },
    list: () => [...questions.values()].map((question) => question.view),
    answer(id, allow, once = false) {
      for (const question of questions.values()) {
        if (question.view.id !== id) continue;
        if (allow) question.allow();
        question.settle(allow ? 'yes' : 'no', once);
        return question.view;
      }
      throw new KeyfobError('not_waiting', {}, { action: { type: 'list_approvals', params: {} } });
    },
    forget(what = {}) {
      for (const [key, entry] of remembered)
        if (
          (what.client === undefined || what.client === entry.client) &&
          (what.account === undefined || what.account === entry.account)
        )
          remembered.delete(key);
    },
    on,
    close() {
      for (const question of [...questions.values()]) question.settle('no');
      remembered.clear();
    },
  };
}

/** The answer to a question, or no when its caller leaves before; with the last of them it waits no more. */
async function answerOf(question: Question, signal: AbortSignal | undefined): Promise<ApprovalAnswer> {
  question.waiters += 1;
  const left = Promise.withResolvers<ApprovalAnswer>();
  const leave = (): void => {
    question.waiters -= 1;
    if (question.waiters === 0) question.settle('no');
    left.resolve('no');
  };
  if (signal?.aborted === true) leave();
  else signal?.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([question.answered, left.promise]);
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}

/** What every question says. */
function facts(clock: Clock, client: string, seconds: number) {
  const now = Math.floor(clock.unixMs() / 1000);
  return { id: randomUUID(), client, askers: [], asked_at: now, expires_at: now + seconds };
}

function keyOf({ client, account, action, scope, audience, idToken = false }: Wish): string {
  return JSON.stringify([client, account, action, scope, audience, idToken]);
}
