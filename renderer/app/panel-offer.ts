// Whether the person is asked about a shortcut for the quick panel. Pure.
import type { Overview } from '../../main/api/window.ts';

/** Once: where there is a panel without a shortcut, until it was answered. */
export function offersPanel({
  abilities,
  preferences,
}: Pick<Overview, 'abilities' | 'preferences'>): boolean {
  return abilities.panel && preferences.shortcut_panel === null && !preferences.panel_offered;
}
