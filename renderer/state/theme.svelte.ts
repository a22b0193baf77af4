// How the page looks: the theme and the language that are set, at its root, for the styles and for screen readers.
import { MediaQuery } from 'svelte/reactivity';
import { lang } from '../i18n/lang.svelte.ts';
import { session } from './index.ts';

/** Keeps the root of the page at what is set; called where its first component begins. */
export function followTheme(): void {
  const systemDark = new MediaQuery('prefers-color-scheme: dark');
  $effect.pre(() => {
    const theme = session.overview?.preferences.theme ?? 'system';
    const dark = theme === 'system' ? systemDark.current : theme === 'dark';
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
    document.documentElement.lang = lang.language;
  });
}
