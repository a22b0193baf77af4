// Reads a stream of server-sent events (WHATWG HTML section 9.2.6), as far as Keyfob writes it.
import { parseObject } from './error.ts';

/** Takes the text in pieces and calls back for each whole event whose data is a JSON object. */
export function eventReader<E extends { readonly type: string }>(
  listener: (event: E) => void,
): (piece: string) => void {
  let rest = '';
  return (piece) => {
    const blocks = (rest + piece).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length))
        .join('\n');
      const event = parseObject(data);
      // What bears a type is an event of Keyfob's, of the shape its documents say.
      if (typeof event['type'] === 'string') listener(event as unknown as E);
    }
  };
}
