import { expect, it, vi } from 'vitest';
import { desktopTexts } from '../messages/desktop/index.ts';
import { appMenu } from './app-menu.ts';

// Outside Electron its package is the path of a binary that need not be there.
vi.mock('electron', () => ({ Menu: {} }));

const rolesIn = (platform: string): (string | undefined)[] =>
  appMenu(platform, desktopTexts.de.menu).flatMap(({ submenu }) =>
    Array.isArray(submenu) ? submenu.flatMap(({ role }) => role ?? []) : [],
  );

it('the menu has the keys of the clipboard on every system, and nothing that leaves or reloads the page', () => {
  for (const platform of ['darwin', 'win32', 'linux']) {
    const roles = rolesIn(platform);
    expect(roles).toEqual(
      expect.arrayContaining(['cut', 'copy', 'paste', 'selectAll', 'undo', 'zoomIn', 'close']),
    );
    for (const role of ['reload', 'forceReload', 'toggleDevTools', 'help']) expect(roles).not.toContain(role);
  }
  expect(rolesIn('darwin')).toEqual(expect.arrayContaining(['about', 'hide', 'quit']));
  expect(rolesIn('win32')).not.toContain('quit');
});

it('the menu speaks German where the person does', () => {
  const labels = appMenu('darwin', desktopTexts.de.menu).map(({ label }) => label);
  expect(labels).toEqual(['Keyfob', 'Bearbeiten', 'Darstellung', 'Fenster']);
});
