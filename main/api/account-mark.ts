// How an account is marked and ordered wherever accounts are listed: window, tray, quick panel. Pure.

export const markColors = ['teal', 'blue', 'violet', 'pink', 'red', 'orange', 'olive', 'grey'] as const;
/** Characters at most, of what a person calls an account. */
export const labelLimits = { display_name: 80, environment: 20, letters: 2 } as const;
export type MarkColor = (typeof markColors)[number];

export interface AccountMark {
  /** One or two; in capitals where they are derived. */
  readonly letters: string;
  readonly color: MarkColor;
}

/** What is looked at of an `AccountView`. */
interface Marked {
  readonly name: string;
  readonly labels: {
    readonly display_name: string | null;
    readonly color: MarkColor | null;
    readonly letters: string | null;
  };
}

/** The letters and the colour by which an account is told from others: the person's own, else derived from its name. */
export function accountMark({ name, labels }: Marked): AccountMark {
  return {
    letters: labels.letters ?? lettersOf(labels.display_name ?? name),
    color: labels.color ?? colorOf(name),
  };
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

interface Used {
  readonly name: string;
  readonly last_used_at: number | null;
  readonly selected: boolean;
}

/**
 * Orders accounts: the one last used first, those never used last, by name. Of two in the same second the selected one
 * was the later.
 */
export function byRecency(a: Used, b: Used): number {
  const later = (b.last_used_at ?? 0) - (a.last_used_at ?? 0);
  if (later !== 0) return later;
  if (a.selected !== b.selected) return a.selected ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
