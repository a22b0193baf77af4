// Requests of clients that wait for a person's yes.
//
// Invariants: one question per client and account waits at a time, others join it; nothing waits longer
// than 60 s; a yes for `session` is remembered in memory alone, until the vault is locked or the host ends;
// a no is never remembered.
import { randomUUID } from 'node:crypto';

import { KeyfobError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { ApprovalEvent, ApprovalView, Approve } from './types.ts';

export type ApprovalAnswer = 'yes' | 'no' | 'timeout';

/** Seconds that a person has for an answer. */
export const APPROVAL_SECONDS = 60;

export interface Approvals {
  /** Asks, unless the rule or an earlier yes makes that needless. An aborted signal counts as a no. */
  ask(client: string, account: string, rule: Approve, signal?: AbortSignal): Promise<ApprovalAnswer>;
  list(): ApprovalView[];
  /** Answers a question. Throws `bad_request` when it does not wait (any more). */
  answer(id: string, allow: boolean): ApprovalView;
  /** Forgets every remembered yes, or those of one client or account. */
  forget(what?: { client?: string; account?: string }): void;
  on(listener: (event: ApprovalEvent) => void): () => void;
  /** Answers all that waits with no. */
  close(): void;
}

interface Question {
  readonly view: ApprovalView;
  readonly answered: Promise<ApprovalAnswer>;
  readonly settle: (answer: ApprovalAnswer) => void;
  waiters: number;
}

/** Opens the queue. */
export function createApprovals(clock: Clock): Approvals {
  const questions = new Map<string, Question>();
  const remembered = new Map<string, { client: string; account: string }>();
  const listeners = new Set<(event: ApprovalEvent) => void>();

  const emit = (event: ApprovalEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };

  const pose = (client: string, account: string, approve: 'session' | 'ask'): Question => {
    const now = Math.floor(clock.wall() / 1000);
    const view: ApprovalView = {
      id: randomUUID(),
      client,
      account,
      approve,
      asked_at: now,
      expires_at: now + APPROVAL_SECONDS,
    };
    const { promise, resolve } = Promise.withResolvers<ApprovalAnswer>();
    const key = keyOf(client, account);
    const settle = (answer: ApprovalAnswer): void => {
      if (questions.get(key) !== question) return;
      questions.delete(key);
      cancel();
      if (answer === 'yes' && approve === 'session') remembered.set(key, { client, account });
      resolve(answer);
      emit({ type: 'approval.answered', id: view.id, client, account, answer });
    };
    const question: Question = { view, answered: promise, settle, waiters: 0 };
    const cancel = clock.after(APPROVAL_SECONDS * 1000, () => settle('timeout'));
    questions.set(key, question);
    emit({ type: 'approval.waiting', ...view });
    return question;
  };

  return {
    async ask(client, account, rule, signal) {
      if (rule === 'always') return 'yes';
      const key = keyOf(client, account);
      if (rule === 'session' && remembered.has(key)) return 'yes';
      const question = questions.get(key) ?? pose(client, account, rule);
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
    },
    list: () => [...questions.values()].map((question) => question.view),
    answer(id, allow) {
      for (const question of questions.values()) {
        if (question.view.id !== id) continue;
        question.settle(allow ? 'yes' : 'no');
        return question.view;
      }
      throw new KeyfobError('bad_request', 'No request of that id waits for an answer.', {
        hint: 'It may be answered already or out of time; `keyfob approve` lists what waits.',
      });
    },
    forget(what = {}) {
      for (const [key, entry] of remembered)
        if (
          (what.client === undefined || what.client === entry.client) &&
          (what.account === undefined || what.account === entry.account)
        )
          remembered.delete(key);
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const question of [...questions.values()]) question.settle('no');
      remembered.clear();
    },
  };
}

function keyOf(client: string, account: string): string {
  return `${client}\n${account}`;
}
