// Who asks, in words. Pure.
import type { Asker } from '../api/clients.ts';
import type { Language } from './language.ts';

/** How each language says it: of a program that is known, and of one that only its own name is known of. */
const words: Readonly<
  Record<Language, { own(program: string, name: string): string; some(name: string): string }>
> = {
  en: {
    own: (program, name) => `${program}, calling itself “${name}”`,
    some: (name) => `a program calling itself “${name}”`,
  },
  de: {
    own: (program, name) => `${program}, nennt sich „${name}“`,
    some: (name) => `ein Programm, das sich „${name}“ nennt`,
  },
};

/** `python3.11 (pid 7), calling itself “backup”; a program calling itself “git example.com”`; null where nothing is known. */
export function describeAskers(askers: readonly Asker[], language: Language): string | null {
  const { own, some } = words[language];
  const all = askers.map(({ program, application }) => {
    if (application === null) return program ?? '';
    return program === null ? some(application) : own(program, application);
  });
  return all.length === 0 ? null : all.join('; ');
}
