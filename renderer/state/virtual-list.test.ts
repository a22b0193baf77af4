import { describe, expect, it } from 'vitest';
import { rowHeight, VirtualList } from './virtual-list.svelte.ts';

const items = (count: number, group = 'a'): { key: string; group: string }[] =>
  Array.from({ length: count }, (_, n) => ({ key: `${group}${n}`, group }));

describe('a virtual list', () => {
  it('draws the rows near what is seen, and no more of a thousand', () => {
    const list = new VirtualList(() => items(1_000));
    list.active = 500;
    list.scrolledTo(500 * rowHeight, 10 * rowHeight);
    const drawn = list.drawn.map(({ key }) => key);
    expect(drawn).toContain('a500');
    expect(drawn).toContain('a509');
    expect(drawn.length).toBeLessThan(30);
    expect(list.height).toBe(1_000 * rowHeight);
  });

  it('draws the active row wherever it is', () => {
    const list = new VirtualList(() => items(1_000));
    list.scrolledTo(0, 400);
    list.active = 999;
    expect(list.drawn.at(-1)).toMatchObject({ key: 'a999', top: 999 * rowHeight });
  });

  it('has a head for each group where there are several', () => {
    const heads = (list: { key: string; group: string }[]): string[] =>
      new VirtualList(() => list).lines.flatMap((line) => (line.kind === 'head' ? [line.group] : []));
    expect(heads([...items(2, 'a'), ...items(2, 'b')])).toEqual(['a', 'b']);
    expect(heads(items(2, 'a'))).toEqual([]);
  });

  it('is empty without items', () => {
    const list = new VirtualList(() => []);
    expect([list.height, list.drawn]).toEqual([0, []]);
  });
});
