// The application's menu. On macOS it stands at the top of the screen, and nothing can be copied or pasted by keys without
// its Edit menu; elsewhere the Alt key shows it in the window, and its keys change the size of what is shown.
import { Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { DesktopTexts } from '../messages/desktop/index.ts';

/** Puts it in the place of Electron's own, which leads to Electron's pages and reloads the page. Electron must be ready. */
export function setAppMenu(platform: string, texts: DesktopTexts['menu']): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu(platform, texts)));
}

/** What it holds. Pure. */
export function appMenu(platform: string, texts: DesktopTexts['menu']): MenuItemConstructorOptions[] {
  const onMac = platform === 'darwin';
  const menu = (
    label: string,
    ...roles: (keyof typeof texts.items | null)[]
  ): MenuItemConstructorOptions => ({
    label,
    submenu: roles.map((role) =>
      role === null ? { type: 'separator' } : { role, label: texts.items[role] },
    ),
  });
  return [
    ...(onMac ? [menu('Keyfob', 'about', null, 'hide', 'hideOthers', 'unhide', null, 'quit')] : []),
    menu(texts.edit, 'undo', 'redo', null, 'cut', 'copy', 'paste', 'selectAll'),
    menu(texts.view, 'resetZoom', 'zoomIn', 'zoomOut', null, 'togglefullscreen'),
    menu(texts.window, 'minimize', 'close'),
  ];
}
