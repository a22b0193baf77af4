import { expect, it } from 'vitest';
import { lang } from '../i18n/lang.svelte.ts';
import { shownKeys } from './shown-keys.ts';

it('keys were told in Electron’s writing, in German too', async () => {
  await lang.choose('en');
  expect(shownKeys('Control+Alt+K')).toBe('Ctrl+Alt+K');
  await lang.choose('de');
  expect(shownKeys('Control+Shift+Alt+Space')).toBe('Strg+Umschalt+Alt+Leertaste');
});
