// The window's own secure scheme: served on the window's session alone, so that no sign-in page can load it.
import { net, protocol, session } from 'electron';
import type { Session } from 'electron';
import { readWindowFile } from '../host/window-files.ts';

const scheme = 'keyfob-app';

/** The address of the window's page. */
export const windowAddress = `${scheme}://window/`;

/** Makes the scheme known to Chromium. To be called before the application is ready. */
export function registerWindowScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Whether an address is of the window's page. Node gives `null` as origin of own schemes: parts are compared. */
export function isWindowAddress(address: string): boolean {
  const own = new URL(windowAddress);
  try {
    const { protocol: from, host, port, username, password } = new URL(address);
    return from === own.protocol && host === own.host && port === '' && username === '' && password === '';
  } catch {
    return false;
  }
}

/** Opens the session that the window lives in: it has our files and no way to anywhere else. */
export function openWindowSession(folder: string): Session {
  const own = session.fromPartition('window', { cache: false });
  own.setSpellCheckerEnabled(false);
  own.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false);
  });
  own.setPermissionCheckHandler(() => false);
  own.on('will-download', (event) => {
    event.preventDefault();
  });
  own.protocol.handle(scheme, async (request) => {
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

/** Whether the machine is connected to a network, as far as Chromium knows. */
export function isOnline(): boolean {
  return net.isOnline();
}
