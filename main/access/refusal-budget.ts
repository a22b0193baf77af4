// How many lines the audit keeps of requests that came to nothing, for each client and for callers without a name.
//
// Invariants: each client has a budget of its own, so that no flood of refusals pushes out what others did; what
// is beyond it is counted, and told in one line for each account, route and outcome, once its time is over. That is
// a minute at first and, while the flood goes on, twice as long each time, an hour at most.
import type { AuditLine } from '../api/audit.ts';
import type { Clock } from '../oauth/ports.ts';

/** Lines of their own in a client's first minute; none while a flood goes on. */
const ownLines = 30;
const firstMs = 60_000;
const longestMs = 3_600_000;
/** Kinds of refusals that are counted apart; what is beyond is told as `other`. */
const maxKinds = 8;

export interface RefusalBudget {
  /** Whether a refusal may have a line of its own; otherwise it is counted. */
  admits(line: AuditLine): boolean;
  /** Tells what was counted. */
  flush(): void;
}

interface Spell {
  readonly lengthMs: number;
  /** Ms by the steady clock. */
  readonly until: number;
  left: number;
  readonly counted: Map<string, { readonly line: AuditLine; count: number }>;
  cancel(): void;
}

/** Opens the budgets; `tell` is given the lines of what was counted. */
export function createRefusalBudget(
  clock: Pick<Clock, 'wall' | 'steady' | 'after'>,
  tell: (line: AuditLine) => void,
): RefusalBudget {
  const spells = new Map<string | null, Spell>();

  const begin = (client: string | null, lengthMs: number, left: number): Spell => {
    const spell: Spell = {
      lengthMs,
      until: clock.steady() + lengthMs,
      left,
      counted: new Map(),
      cancel: () => undefined,
    };
    spells.set(client, spell);
    return spell;
  };

  const tellCounted = ({ counted }: Spell): void => {
    for (const { line, count } of counted.values())
      tell({ ...line, at: Math.floor(clock.wall() / 1000), count });
    counted.clear();
  };

  const end = (client: string | null, spell: Spell): void => {
    tellCounted(spell);
    begin(client, Math.min(spell.lengthMs * 2, longestMs), 0);
  };

  return {
    admits({ at, client, door, account, provider, route, outcome }) {
      const now = clock.steady();
      let spell = spells.get(client);
      // With something counted its timer is still to come.
      if (spell === undefined || (spell.counted.size === 0 && now >= spell.until))
        spell = begin(client, firstMs, ownLines);
      const running = spell;
      if (spell.left > 0) {
        spell.left -= 1;
        return true;
      }
      const kind = JSON.stringify([door, account, route, outcome]);
      const known = spell.counted.has(kind) || spell.counted.size < maxKinds;
      const line: AuditLine = known
        ? { at, client, door, account, provider, route, outcome }
        : { at, client, door, account: null, provider: null, route: 'other', outcome };
      const key = known ? kind : 'other';
      if (spell.counted.size === 0) spell.cancel = clock.after(spell.until - now, () => end(client, running));
      const counted = spell.counted.get(key) ?? { line, count: 0 };
      counted.count += 1;
      spell.counted.set(key, counted);
      return false;
    },
    flush() {
      for (const spell of spells.values()) {
        spell.cancel();
        tellCounted(spell);
      }
      spells.clear();
    },
  };
}
