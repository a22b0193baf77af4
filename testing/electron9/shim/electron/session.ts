// Newer sessions: protocol.handle (25) over registerBufferProtocol, setSpellCheckerEnabled (10), fetch (25),
// and handlers for kinds of permissions that 9.4.1 has not.
import { addMissing } from '../assign.ts';
import type { LegacyElectron, LegacyProtocolRequest, LegacySession } from './legacy.ts';
import { fetchOver } from './net.ts';

type Handler = (request: Request) => Response | Promise<Response>;

async function bodyOf(request: LegacyProtocolRequest, session: LegacySession): Promise<Buffer | undefined> {
  if (request.uploadData === undefined || /^(GET|HEAD)$/i.test(request.method)) return undefined;
  const parts = request.uploadData.map(async ({ bytes, blobUUID, file }) => {
    if (bytes !== undefined) return bytes;
    if (blobUUID !== undefined) return session.getBlobData(blobUUID);
    throw new Error(`A file is not read for a page (${String(file)}).`);
  });
  return Buffer.concat(await Promise.all(parts));
}

/** Adds what a session of 9.4.1 lacks. */
export function patchSession(session: LegacySession, electron: LegacyElectron): void {
  const { protocol } = session;
  const failed = -2; // net::ERR_FAILED
  addMissing(protocol, {
    handle(scheme: string, handler: Handler) {
      const answer = async (request: LegacyProtocolRequest) => {
        const { url, method, headers } = request;
        const body = await bodyOf(request, session);
        const response = await handler(
          new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }),
        );
        const type = response.headers.get('content-type');
        const charset = /charset=([^;]+)/i.exec(type ?? '')?.[1];
        return {
          statusCode: response.status,
          headers: Object.fromEntries(response.headers),
          ...(type === null ? {} : { mimeType: type.split(';', 1)[0]?.trim() ?? type }),
          ...(charset === undefined ? {} : { charset }),
          data: Buffer.from(await response.arrayBuffer()),
        };
      };
      protocol.registerBufferProtocol(scheme, (request, callback) => {
        answer(request).then(callback, (error: unknown) => {
          console.error(error);
          callback({ error: failed });
        });
      });
    },
    unhandle: (scheme: string) => protocol.unregisterProtocol(scheme),
  });
  addMissing(session, {
    setSpellCheckerEnabled(enabled: boolean) {
      if (!enabled) session.setSpellCheckerLanguages([]);
    },
    fetch: fetchOver(electron.net, session),
    // Devices, screens and their like ask through nothing here: 9.4.1 cannot give them at all.
    setDevicePermissionHandler: () => undefined,
    setDisplayMediaRequestHandler: () => undefined,
    setBluetoothPairingHandler: () => undefined,
    setUSBProtectedClassesHandler: () => undefined,
    // 9.4.1 has no way to end connections; they end with the session's last request.
    closeAllConnections: async () => undefined,
  });
}
