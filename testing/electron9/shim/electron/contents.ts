// Newer web contents: setWindowOpenHandler and `did-create-window` (12), mainFrame and event.senderFrame (12,
// 16), navigation events that carry their details (22), `will-frame-navigate` (25), navigationHistory (33),
// close() (21).
import { addMissing, isRecord } from '../assign.ts';
import { Frames } from './frames.ts';
import type { LegacyContents, LegacyElectron, LegacyEvent, LegacyWindow, WindowOptions } from './legacy.ts';

interface OpenAnswer {
  readonly action: 'allow' | 'deny';
  readonly overrideBrowserWindowOptions?: WindowOptions;
  readonly createWindow?: (options: WindowOptions) => LegacyContents;
}

type OpenHandler = (details: Record<string, unknown>) => OpenAnswer;

/** Adds what the contents of a window of 9.4.1 lack. */
export function patchContents(contents: LegacyContents, electron: LegacyElectron): void {
  const frames = new Frames(contents);
  const emit = contents.emit.bind(contents);
  const tellFrame = (event: object, frameId: unknown): void => {
    if (typeof frameId !== 'number') return;
    Object.defineProperty(event, 'senderFrame', { value: frames.find(frameId), configurable: true });
  };
  Object.assign(contents, {
    emit(name: string, event: unknown, ...args: unknown[]): boolean {
      if (isRecord(event)) {
        if (name.startsWith('-ipc-')) tellFrame(event, event['frameId']);
        else if (navigations.has(name)) tellNavigation(event, name, args, frames);
      }
      try {
        if (name === 'will-navigate') emit('will-frame-navigate', event, ...args);
        return emit(name, event, ...args);
      } catch (error) {
        // Electron tells of a listener's error as uncaught; 9.4.1 would stop running promises at all.
        setImmediate(() => {
          throw error;
        });
        return true;
      }
    },
  });
  if (!('mainFrame' in contents)) Object.defineProperty(contents, 'mainFrame', { get: () => frames.main() });

  let stopListening: () => void = () => undefined;
  addMissing(contents, {
    setWindowOpenHandler(handler: OpenHandler) {
      stopListening();
      const listener = openListener(contents, electron, handler);
      contents.on('new-window', listener);
      stopListening = () => contents.off('new-window', listener);
    },
    close: () => electron.BrowserWindow.fromWebContents(contents)?.close(),
    navigationHistory: {
      canGoBack: () => contents.canGoBack(),
      goBack: () => contents.goBack(),
      clear: () => contents.clearHistory(),
    },
  });
}

const navigations = new Set([
  'will-navigate',
  'will-redirect',
  'did-start-navigation',
  'did-redirect-navigation',
]);

/** Puts the details onto the event that carried only its own two methods. */
function tellNavigation(event: object, name: string, args: readonly unknown[], frames: Frames): void {
  const [url, isSameDocument, isMainFrame, , routingId] = args;
  const main = name === 'will-navigate' || isMainFrame === true;
  Object.assign(event, {
    url,
    isSameDocument: isSameDocument === true,
    isInPlace: isSameDocument === true,
    isMainFrame: main,
    frame: main ? frames.main() : typeof routingId === 'number' ? frames.find(routingId) : null,
  });
}

function openListener(contents: LegacyContents, electron: LegacyElectron, handler: OpenHandler) {
  return (
    event: LegacyEvent,
    url: string,
    frameName: string,
    disposition: string,
    options: WindowOptions,
    features: readonly string[] | undefined,
    referrer: unknown,
    postBody: unknown,
  ): void => {
    const details = { url, frameName, disposition, features: (features ?? []).join(','), referrer, postBody };
    const { action, overrideBrowserWindowOptions: override, createWindow } = handler(details);
    if (action === 'deny') return event.preventDefault();
    const webPreferences = { ...options.webPreferences, ...override?.webPreferences };
    Object.assign(options, override, { webPreferences });
    if (createWindow !== undefined) {
      event.preventDefault();
      const created = electron.BrowserWindow.fromWebContents(createWindow(options));
      if (created !== null) event.newGuest = created;
      return;
    }
    // 9.4.1 makes the window right after this event, and tells of it by no event of the opener.
    electron.app.once('browser-window-created', (_event, window: LegacyWindow) => {
      setImmediate(() => contents.emit('did-create-window', window, { ...details, options }));
    });
  };
}
