// Electron 44's asynchronous clipboard and ClipboardItem. Text alone: a second write of 9.4.1 wipes what the
// first wrote, so other formats beside the text (marks for clipboard histories) are not written.
import { isRecord } from '../assign.ts';
import type { LegacyClipboard } from './legacy.ts';

type Content = string | Blob | Promise<string | Blob>;

class ClipboardItem {
  readonly #items: Readonly<Record<string, Content>>;
  constructor(items: Readonly<Record<string, Content>>) {
    if (!isRecord(items) || Object.keys(items).length === 0) throw new TypeError('There is nothing in it.');
    this.#items = { ...items };
  }
  get types(): string[] {
    return Object.keys(this.#items);
  }
  async getType(type: string): Promise<Blob> {
    const content = await this.#items[type];
    if (content === undefined) throw new DOMException(`There is no ${type} in it.`, 'NotFoundError');
    return typeof content === 'string' ? new Blob([content], { type }) : content;
  }
}

/** The newer clipboard over the older one. */
export function makeClipboard(legacy: LegacyClipboard): {
  readonly Clipboard: object;
  readonly ClipboardItem: typeof ClipboardItem;
} {
  const over = (type: 'clipboard' | 'selection'): object => ({
    clear: () => legacy.clear(type),
    has: async (mime: string) => legacy.availableFormats(type).includes(mime),
    readText: async () => legacy.readText(type),
    writeText: async (text: string) => legacy.writeText(text, type),
    async read() {
      const text = legacy.readText(type);
      return text === '' ? [] : [new ClipboardItem({ 'text/plain': text })];
    },
    async write(items: readonly ClipboardItem[]) {
      const item = items.find(({ types }) => types.includes('text/plain'));
      if (item === undefined) throw new TypeError('Electron 9.4.1 writes text/plain alone.');
      legacy.writeText(await (await item.getType('text/plain')).text(), type);
    },
  });
  return {
    Clipboard: Object.assign(over('clipboard'), { selection: over('selection') }),
    ClipboardItem,
  };
}
