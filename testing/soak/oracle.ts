// Who knows what must not be: it hears of every exchange, every use of a refresh token and every token that is handed
// out, and counts what breaks a promise.
//
// Invariant: what cannot be held against Keyfob is counted apart, by its cause, and never dropped.
import type { Problem } from '../../main/api/problem.ts';
import type { Exchange } from '../fault-proxy/index.ts';
import type { RefreshNote } from '../loopback-vendor.ts';
import { plannedFaults } from './plan.ts';

/** From when to when something lasted, Unix ms; Infinity: it still does. */
export interface Span {
  readonly from: number;
  to: number;
}

/** Ms after an answer within which a kill may come before it is kept. */
const keeping = 2_000;
/** Ms that this process and a busy machine may be late with what they measure. */
const slack = 1_500;
/** Ms within which a caller is answered. */
const answerWithin = 30_000;
/** Examples of a violation that are kept. */
const examples = 5;

interface Spent {
  readonly note: RefreshNote;
  /** How its answer fared; null: it is under way. */
  exchange: Exchange | null;
}

export class Oracle {
  /** By what must not be: how often, and the first of them. */
  readonly violations = new Map<string, { count: number; readonly first: string[] }>();
  /** What cannot be held against it, by cause. */
  readonly apart = new Map<string, number>();
  /** What callers got, by code. */
  readonly answers = new Map<string, number>();
  /** Exchanges by the fault that they met. */
  readonly faults = new Map<string, number>();
  /** When the agent was killed and not up again; asleep; locked; a vendor was out of reach. */
  readonly down: Span[] = [];
  readonly asleep: Span[] = [];
  readonly locked: Span[] = [];
  readonly away: Span[] = [];
  slowest = 0;
  exchanges = 0;
  readonly #spent = new Map<string, Spent>();
  readonly #served = new Set<string>();
  readonly #begun = Date.now();

  violation(what: string, detail: string): void {
    const found = this.violations.get(what) ?? { count: 0, first: [] };
    found.count += 1;
    const minute = ((Date.now() - this.#begun) / 60_000).toFixed(1);
    if (found.first.length < examples) found.first.push(`minute ${minute}: ${detail}`);
    this.violations.set(what, found);
  }

  /** A proxy is done with an exchange. */
  exchanged(exchange: Exchange): void {
    this.exchanges += 1;
    if (exchange.rule !== null) add(this.faults, exchange.rule);
    const token = new URLSearchParams(exchange.request).get('refresh_token');
    const spent = token === null ? undefined : this.#spent.get(token);
    if (
      spent !== undefined &&
      exchange.answer !== null &&
      spent.note.gave.some((one) => exchange.answer?.includes(one))
    ) {
      spent.exchange = exchange;
    }
  }

  /** A vendor has got a refresh token. */
  refreshed(note: RefreshNote): void {
    if (note.outcome === 'granted' && note.gave.length > 1)
      this.#spent.set(note.token, { note, exchange: null });
    if (note.outcome !== 'reused') return;
    const cause = this.#whyReused(note);
    if (cause !== null) return add(this.apart, cause);
    this.violation('a refresh token was used twice', note.client);
  }

  /** Why the answer to the first use cannot have been kept; null: it can. */
  #whyReused({ token, at }: RefreshNote): string | null {
    const first = this.#spent.get(token);
    if (first === undefined) return null;
    const { exchange, note } = first;
    if (note.gave.some((one) => this.#served.has(one))) return null;
    // What was sent before a kill may reach a busy vendor a moment after it.
    const killed = this.down.filter(({ from }) => from > note.at - slack && from < at);
    if (exchange === null) return killed.length > 0 ? 'killed before the answer came' : null;
    const ended = Date.parse(exchange.at) + exchange.ms;
    if (exchange.answered === 'gone' && killed.some(({ from }) => from < ended + slack)) {
      return 'killed before the answer came';
    }
    if (exchange.answered === 'gone' && overlaps(this.away, note.at, ended + slack))
      return 'the network went away';
    const fault = plannedFaults.find(({ name }) => name === exchange.rule);
    if (fault?.brings === false) return `a fault: ${fault.name}`;
    return killed.some(({ from }) => from - ended < keeping) ? 'killed before the answer was kept' : null;
  }

  /** A token was handed out; `left`: ms of its life, by the vendor, when it came. */
  handedOut(account: string, token: string, left: number, minValid: number, begun: number): void {
    this.#served.add(token);
    add(this.answers, 'token');
    this.#took(account, begun);
    if (left + slack >= minValid * 1000) return;
    if (overlaps(this.asleep, begun, Date.now())) return add(this.apart, 'handed out across a sleep');
    const what = left > 0 ? 'a token lived shorter than min_valid' : 'a dead token was handed out';
    this.violation(what, `${account}: ${String(left)} ms left, min_valid ${String(minValid)} s`);
  }

  /** A request was answered by an error. `grantIsGood`: of the account, then and now; `request`: what was asked for. */
  failed(
    account: string,
    { code, reason, params }: Pick<Problem, 'code' | 'reason' | 'params'>,
    begun: number,
    grantIsGood: boolean,
    request = '',
  ): void {
    add(this.answers, code);
    const isDown = overlaps(this.down, begun - slack, Date.now());
    if (!isDown) this.#took(account, begun);
    switch (code) {
      case 'vendor_unreachable':
      case 'vendor_refused':
      case 'unusable_answer':
        return;
      case 'not_running':
        if (!isDown) this.violation('a caller heard that nothing runs', account);
        return;
      case 'vault_locked':
        if (!isDown && !overlaps(this.locked, begun - slack, Date.now())) {
          this.violation('a caller heard of a locked vault that was open', account);
        }
        return;
      case 'sign_in_needed':
        if (grantIsGood) this.violation('a sign-in was asked for though the grant lives', account);
        return;
      default:
        if (code === 'unexpected' && isDown) return add(this.apart, 'an answer torn by a kill');
        this.violation(
          `a caller heard ${code}`,
          `${account}${request}: ${reason} ${JSON.stringify(params)}, after ${String(Date.now() - begun)} ms`,
        );
    }
  }

  #took(account: string, begun: number): void {
    const now = Date.now();
    if (overlaps(this.asleep, begun, now) || overlaps(this.down, begun - slack, now)) return;
    this.slowest = Math.max(this.slowest, now - begun);
    if (now - begun > answerWithin + slack) {
      this.violation('a caller waited longer than 30 s', `${account}: ${String(now - begun)} ms`);
    }
  }
}

export function add(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function overlaps(spans: readonly Span[], from: number, to: number): boolean {
  return spans.some((span) => span.from <= to && span.to >= from);
}
