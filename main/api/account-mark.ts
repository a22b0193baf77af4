// The letters and the colour by which an account is told from others at a glance: derived from its name.
import type { AccountView } from './accounts.ts';

export const markColors = ['teal', 'blue', 'violet', 'pink', 'red', 'orange', 'olive', 'grey'] as const;
export type MarkColor = (typeof markColors)[number];

export interface AccountMark {
  /** One or two, in capitals. */
  readonly letters: string;
  readonly color: MarkColor;
}

export function accountMark({ name }: Pick<AccountView, 'name'>): AccountMark {
  return { letters: lettersOf(name), color: colorOf(name) };
}

/** The first letters of the first two words, or the first two of the only one. */
function lettersOf(name: string): string {
  const [first = '', second] = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join('').toUpperCase();
}

/** The same for a name everywhere and always; grey is left to those who choose it. */
function colorOf(name: string): MarkColor {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return markColors[sum % (markColors.length - 1)] ?? 'teal';
}
