// Keys as they stand on this person's keyboard.
import { lang } from '../i18n/lang.svelte.ts';

/** `Ctrl+Alt+K` of `Control+Alt+K`, which is Electron's writing (an accelerator). */
export function shownKeys(accelerator: string): string {
  const texts = lang.texts.common;
  const names: Readonly<Record<string, string>> = {
    Control: texts.control,
    CommandOrControl: navigator.platform.startsWith('Mac') ? '⌘' : texts.control,
    Shift: texts.shift,
    Space: texts.space,
  };
  return accelerator
    .split('+')
    .map((key) => names[key] ?? key)
    .join('+');
}
