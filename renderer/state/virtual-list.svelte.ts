// Which rows of a long list are near the part that is seen, so that a thousand accounts cost as little as twenty.
import type { Indexed } from '../screens/accounts/account-search.ts';

export type Line =
  | { readonly kind: 'head'; readonly key: string; readonly top: number; readonly text: string }
  | {
      readonly kind: 'row';
      readonly key: string;
      readonly top: number;
      readonly at: number;
      readonly one: Indexed;
    };

const headHeight = 30;
export const rowHeight = 54;
/** Px above and below the seen part that are drawn too. */
const margin = 300;

export class Windowing {
  readonly #found: () => readonly Indexed[];
  #top = $state.raw(0);
  #height = $state.raw(800);
  /** The row that has, or would get, the focus; drawn wherever it is. */
  active = $state(0);

  readonly lines: readonly Line[] = $derived.by(() => linesOf(this.#found()));
  readonly total = $derived.by(() => {
    const last = this.lines.at(-1);
    return last === undefined ? 0 : last.top + (last.kind === 'head' ? headHeight : rowHeight);
  });
  readonly #first = $derived(firstBelow(this.lines, this.#top - margin - rowHeight));
  readonly #end = $derived(firstBelow(this.lines, this.#top + this.#height + margin));
  readonly #rows = $derived(this.lines.filter((line) => line.kind === 'row'));
  readonly shown: readonly Line[] = $derived.by(() => {
    const near = this.lines.slice(this.#first, this.#end);
    const active = this.#rows[this.active];
    return active === undefined || near.includes(active) ? near : [...near, active];
  });

  constructor(found: () => readonly Indexed[]) {
    this.#found = found;
  }

  /** Tells what is seen of the list, in px from its top. */
  see(top: number, height: number): void {
    this.#top = top;
    this.#height = height;
  }

  topOf(row: number): number {
    return this.#rows[row]?.top ?? 0;
  }
}

/** A head for each provider where there are several. */
function linesOf(found: readonly Indexed[]): Line[] {
  const lines: Line[] = [];
  const grouped = found.some((one) => one.provider !== found[0]?.provider);
  let top = 0;
  let group: string | null = null;
  for (const [at, one] of found.entries()) {
    if (grouped && one.provider !== group) {
      group = one.provider;
      lines.push({ kind: 'head', key: `/${group}`, top, text: group });
      top += headHeight;
    }
    lines.push({ kind: 'row', key: one.account.name, top, at, one });
    top += rowHeight;
  }
  return lines;
}

/** Place of the first line at or below a height, by halving. */
function firstBelow(lines: readonly Line[], top: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.top ?? 0) < top) low = middle + 1;
    else high = middle;
  }
  return low;
}
