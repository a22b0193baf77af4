// The languages that Keyfob speaks, and which of them a person reads.

export type Language = 'en' | 'de';

/** The language to speak: what the person chose, else the first of those preferred that Keyfob has. */
export function languageOf(chosen: Language | 'system', preferred: readonly string[]): Language {
  if (chosen !== 'system') return chosen;
  const known = preferred.map((one) => one.slice(0, 2).toLowerCase());
  return known.find((one): one is Language => one === 'en' || one === 'de') ?? 'en';
}
