// What a recipe tells people to paste, taken from its page, so that the lines that are tried are the lines that are told.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '..', '..', 'docs', 'recipes');

/** The blocks of code of a page, or of one part of it (`heading`, a heading of any level), in their order. */
export function linesToPaste(page: string, heading?: string): string[] {
  const text = readFileSync(path.join(folder, page), 'utf8');
  const part = heading === undefined ? text : partOf(text, heading);
  if (part === undefined) throw new Error(`docs/recipes/${page} has no part “${heading ?? ''}”.`);
  return [...part.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, lines = '']) => lines);
}

/** From a heading to the next one of its level or above; a `#` in a block of code is no heading. */
function partOf(text: string, heading: string): string | undefined {
  const parts = text.split(/^(?=```)/m);
  let [level, inside, found, isCode] = [0, '', false, false];
  for (const piece of parts) {
    if (piece.startsWith('```') && !isCode) {
      isCode = true;
      if (found) inside += piece;
      continue;
    }
    isCode = false;
    for (const line of piece.split(/(?<=\n)/)) {
      const [, marks = '', title] = /^(#+) (.*)\n/.exec(line) ?? [];
      if (title === heading) [found, level] = [true, marks.length];
      else if (found && marks !== '' && marks.length <= level) return inside;
      if (found) inside += line;
    }
  }
  return found ? inside : undefined;
}

/** The lines with the examples' addresses and places replaced by those of a test. Each has to stand there. */
export function filled(lines: string | undefined, places: Readonly<Record<string, string>>): string {
  let text = lines ?? '';
  for (const [example, place] of Object.entries(places)) {
    if (!text.includes(example)) throw new Error(`“${example}” does not stand in the recipe: ${text}`);
    text = text.replaceAll(example, place);
  }
  return text;
}
