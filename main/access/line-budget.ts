// How many lines of their own the audit keeps for those who ask: a client that asks without end must not push out
// what others did, be it granted or refused.
//
// Invariants: every line is recorded by itself or counted, never dropped. Each client has its own lines: so many at
// once, and some more each hour. What is beyond is counted, and told in one line of its kind once its time is
// over: a minute at first and, while that goes on, twice as long each time, an hour at most.
import type { AuditLine } from '../api/audit.ts';
import type { Clock } from '../oauth/ports.ts';

const hourMs = 3_600_000;
const firstMs = 60_000;

export interface LineRules {
  /** Lines of its own that a client has at once. */
  readonly burst: number;
  /** Lines of its own that it gets back in an hour. */
  readonly perHour: number;
  /** Kinds of lines that are counted apart; what is beyond them is told as one. */
  readonly maxKinds: number;
  /** Whose budget a line is of. */
  of(line: AuditLine): string;
  /** What is told of all lines of its kind. */
  kind(line: AuditLine): AuditLine;
  /** What is told of the lines beyond the kinds. */
  rest(line: AuditLine): AuditLine;
}

/** What came to nothing: 30 at once for each client, and for all callers without a name. */
export const refusedLines: LineRules = {
  burst: 30,
  perHour: 10,
  maxKinds: 8,
  of: ({ client }) => client ?? '',
  kind: ({ at, client, via, account, provider, route, outcome }) => ({
    ...{ at, client, via, account, provider, route, outcome },
  }),
  rest: (line) => ({ ...refusedLines.kind(line), account: null, provider: null, route: 'other' }),
};

/**
 * What was done: 1,000 at once for each client and route, and one a minute. A program that takes more tokens fills
 * a file in days then, not in minutes, and what the person does by another route keeps its lines.
 */
export const grantedLines: LineRules = {
  burst: 1000,
  perHour: 60,
  maxKinds: 100,
  // Neither a name nor a route has a line end.
  of: ({ client, route }) => `${client ?? ''}\n${route}`,
  kind: ({ program: _program, pid: _pid, application: _application, ...line }) => line,
  rest: ({ at, client, via, account, provider, route, outcome }) => ({
    ...{ at, client, via, account, provider, route, outcome },
  }),
};

export interface LineBudget {
  /** Whether a line may stand by itself; otherwise it is counted. */
  admits(line: AuditLine): boolean;
  /** Tells what was counted. */
  flush(): void;
}

interface Budget {
  left: number;
  /** Ms by the steady clock: when `left` was looked at last. */
  filledAt: number;
  /** Ms after which what is counted is told. */
  waitMs: number;
  readonly counted: Map<string, Counted>;
  /** What was counted last: mostly the next is one more of it. */
  last: Counted | null;
  cancel(): void;
}

interface Counted {
  /** What is told of them. */
  readonly line: AuditLine;
  /** One of them as it was. */
  readonly one: AuditLine;
  count: number;
}

/** Whether two lines say the same of all but their time and the program that asked. */
function isSame(one: AuditLine, other: AuditLine): boolean {
  return (
    one.client === other.client &&
    one.via === other.via &&
    one.account === other.account &&
    one.provider === other.provider &&
    one.route === other.route &&
    one.outcome === other.outcome &&
    one.scope === other.scope &&
    one.audience === other.audience &&
    one.id_token === other.id_token &&
    one.about === other.about
  );
}

/** Opens the budgets; `tell` is given the lines of what was counted. */
export function createLineBudget(
  { burst, perHour, maxKinds, of, kind, rest }: LineRules,
  clock: Pick<Clock, 'unixMs' | 'steady' | 'after'>,
  tell: (line: AuditLine) => void,
): LineBudget {
  const budgets = new Map<string, Budget>();

  const budgetOf = (owner: string): Budget => {
    const now = clock.steady();
    let budget = budgets.get(owner);
    if (budget === undefined) {
      budget = {
        left: burst,
        filledAt: now,
        waitMs: firstMs,
        counted: new Map(),
        last: null,
        cancel: () => undefined,
      };
      budgets.set(owner, budget);
    }
    budget.left = Math.min(burst, budget.left + ((now - budget.filledAt) * perHour) / hourMs);
    budget.filledAt = now;
    // It has been quiet: the next flood is told of soon.
    if (budget.left === burst) budget.waitMs = firstMs;
    return budget;
  };

  const tellCounted = (budget: Budget): void => {
    for (const { line, count } of budget.counted.values())
      tell({ ...line, at: Math.floor(clock.unixMs() / 1000), count });
    budget.counted.clear();
    budget.last = null;
  };

  const count = (budget: Budget, line: AuditLine): void => {
    if (budget.last !== null && isSame(budget.last.one, line)) {
      budget.last.count += 1;
      return;
    }
    if (budget.counted.size === 0)
      budget.cancel = clock.after(budget.waitMs, () => {
        tellCounted(budget);
        budget.waitMs = Math.min(budget.waitMs * 2, hourMs);
      });
    const { at: _at, ...facts } = kind(line);
    const key = JSON.stringify(facts);
    const known = budget.counted.has(key) || budget.counted.size < maxKinds;
    const told = known ? kind(line) : rest(line);
    const { at: _now, ...same } = told;
    const slot = known ? key : `rest ${JSON.stringify(same)}`;
    const counted = budget.counted.get(slot) ?? { line: told, one: line, count: 0 };
    counted.count += 1;
    budget.counted.set(slot, counted);
    // The rest is of many kinds.
    budget.last = known ? counted : null;
  };

  return {
    admits(line) {
      const budget = budgetOf(of(line));
      if (budget.left < 1) {
        count(budget, line);
        return false;
      }
      budget.left -= 1;
      return true;
    },
    flush() {
      for (const budget of budgets.values()) {
        budget.cancel();
        tellCounted(budget);
      }
      budgets.clear();
    },
  };
}
