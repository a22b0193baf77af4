// Which rows of a long list are drawn: those near what is seen, so that ten thousand cost as little as twenty.
//
// Invariants: rows are sorted by group; the heights are those of accounts.css; the active row is drawn wherever it is.

export type Line<T extends { readonly group: string }> =
  | {
      readonly kind: 'head';
      readonly key: string;
      readonly top: number;
      readonly group: T['group'];
      /** Rows of the group. */
      readonly count: number;
    }
  | {
      readonly kind: 'row';
      readonly key: string;
      /** Px from the list's top. */
      readonly top: number;
      readonly index: number;
      readonly item: T;
    };

const headHeight = 32;
export const rowHeight = 46;
/** Px above and below what is seen that are drawn too. */
const margin = 300;

export class VirtualList<T extends { readonly key: string; readonly group: string }> {
  readonly #items: () => readonly T[];
  #top = $state.raw(0);
  #height = $state.raw(800);
  /** Index of the row that has, or would get, the focus. */
  active = $state(0);

  readonly lines: readonly Line<T>[] = $derived.by(() => linesOf(this.#items()));
  /** Px of the whole list. */
  readonly height = $derived.by(() => {
    const last = this.lines.at(-1);
    return last === undefined ? 0 : last.top + (last.kind === 'head' ? headHeight : rowHeight);
  });
  readonly #first = $derived(firstBelow(this.lines, this.#top - margin - rowHeight));
  readonly #end = $derived(firstBelow(this.lines, this.#top + this.#height + margin));
  readonly #rows = $derived(this.lines.filter((line) => line.kind === 'row'));
  readonly drawn: readonly Line<T>[] = $derived.by(() => {
    const near = this.lines.slice(this.#first, this.#end);
    const active = this.#rows[this.active];
    return active === undefined || near.includes(active) ? near : [...near, active];
  });

  constructor(items: () => readonly T[]) {
    this.#items = items;
  }

  /** Takes what is seen of the list, in px from its top. */
  scrolledTo(top: number, height: number): void {
    this.#top = top;
    this.#height = height;
  }

  /** Px from the list's top to a row. */
  topOf(index: number): number {
    return this.#rows[index]?.top ?? 0;
  }
}

/** The rows, with a head for each group where there are several. */
function linesOf<T extends { readonly key: string; readonly group: string }>(items: readonly T[]): Line<T>[] {
  const counts = new Map<T['group'], number>();
  for (const { group } of items) counts.set(group, (counts.get(group) ?? 0) + 1);
  const lines: Line<T>[] = [];
  let top = 0;
  let group: T['group'] | null = null;
  for (const [index, item] of items.entries()) {
    if (counts.size > 1 && item.group !== group) {
      ({ group } = item);
      lines.push({ kind: 'head', key: `/${group}`, top, group, count: counts.get(group) ?? 0 });
      top += headHeight;
    }
    lines.push({ kind: 'row', key: item.key, top, index, item });
    top += rowHeight;
  }
  return lines;
}

/** Index of the first line at or below a height, by halving. */
function firstBelow(lines: readonly { readonly top: number }[], top: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.top ?? 0) < top) low = middle + 1;
    else high = middle;
  }
  return low;
}
