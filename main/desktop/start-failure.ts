// What is said when the desktop cannot start. Pure.
import { KeyfobError } from '../api/errors.ts';
import type { Texts } from '../api/window.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import { describeProblem } from '../messages/index.ts';

/** The sentence, and what to do or what is known; of an error that nobody expected, its own message. */
export function startFailure(error: unknown, texts: Texts): { message: string; detail: string } {
  if (error instanceof KeyfobError) {
    const { detail, hint } = describeProblem(texts, error.problem);
    return { message: detail, detail: hint ?? '' };
  }
  const { notStarted } = desktopTexts[texts.language];
  return { message: notStarted, detail: error instanceof Error ? error.message : '' };
}
