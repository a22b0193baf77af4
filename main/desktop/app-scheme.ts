// The window's own secure scheme: served on the window's session alone, so that no sign-in page can load it.
import { app, protocol, session } from 'electron';
import type { Session } from 'electron';
import path from 'node:path';
import { readWindowFile } from '../host/window-files.ts';
import { isWindowAddress, isWindowFile, windowScheme } from './window-address.ts';

/** Makes the scheme known to Chromium. To be called before the application is ready. */
export function registerWindowScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: windowScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** What the window's buttons need: Copy of what is no token, and Paste beside a field. */
const permitted = new Set(['clipboard-read', 'clipboard-sanitized-write']);

/** Opens the session that the window lives in: it has our files and no way to anywhere else. */
export function openWindowSession(folder: string): Session {
  const own = session.fromPartition('window', { cache: false });
  own.setSpellCheckerEnabled(false);
  own.setPermissionRequestHandler((contents, permission, answer) => {
    answer(permitted.has(permission) && isWindowAddress(contents.getURL()));
  });
  own.setPermissionCheckHandler(
    (contents, permission) =>
      permitted.has(permission) && contents !== null && isWindowAddress(contents.getURL()),
  );
  own.setDevicePermissionHandler(() => false);
  // The page's own export, to where the person says; nothing else is ever downloaded.
  own.on('will-download', (event, item) => {
    if (isWindowFile(item.getURL())) {
      item.setSaveDialogOptions({
        title: item.getFilename(),
        defaultPath: path.join(app.getPath('downloads'), item.getFilename()),
      });
    } else event.preventDefault();
  });
  own.protocol.handle(windowScheme, async (request) => {
    const { pathname } = new URL(request.url);
    const file =
      isWindowAddress(request.url) && request.method === 'GET'
        ? await readWindowFile(folder, pathname)
        : null;
    if (file === null) return new Response('There is nothing here.', { status: 404 });
    return new Response(new Uint8Array(file.body), { headers: { ...file.headers } });
  });
  return own;
}
