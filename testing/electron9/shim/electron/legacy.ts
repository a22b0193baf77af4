// The parts of Electron 9.4.1's main process that the shim stands on, as its own typings have them.
import type { EventEmitter } from 'node:events';

export interface LegacyEvent {
  readonly defaultPrevented?: boolean;
  preventDefault(): void;
  newGuest?: LegacyWindow;
}

export type Listener = (...args: never[]) => void;

export interface LegacyApp extends EventEmitter {
  readonly commandLine: { hasSwitch(name: string): boolean };
  getPath(name: string): string;
  setPath(name: string, path: string): void;
  requestSingleInstanceLock(): boolean;
  enableSandbox(): void;
  on(event: 'session-created', listener: (session: LegacySession) => void): this;
  on(event: 'web-contents-created', listener: (event: LegacyEvent, contents: LegacyContents) => void): this;
  on(event: string, listener: Listener): this;
  once(event: 'browser-window-created', listener: (event: LegacyEvent, window: LegacyWindow) => void): this;
  once(event: string, listener: Listener): this;
}

export interface LegacyContents extends EventEmitter {
  readonly id: number;
  readonly session: LegacySession;
  getURL(): string;
  getProcessId(): number;
  isDestroyed(): boolean;
  canGoBack(): boolean;
  goBack(): void;
  clearHistory(): void;
  destroy(): void;
}

export interface LegacyWindow extends EventEmitter {
  readonly webContents: LegacyContents;
  close(): void;
}

export type WindowOptions = Record<string, unknown> & { webPreferences?: Record<string, unknown> };

export interface LegacyWindowClass {
  new (options?: WindowOptions): LegacyWindow;
  fromWebContents(contents: LegacyContents): LegacyWindow | null;
}

export interface LegacyUpload {
  readonly bytes?: Buffer;
  readonly file?: string;
  readonly blobUUID?: string;
}

export interface LegacyProtocolRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly uploadData?: readonly LegacyUpload[];
}

export interface LegacyProtocolResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly mimeType?: string;
  readonly charset?: string;
  readonly data: Buffer;
}

export interface LegacyProtocol {
  registerBufferProtocol(
    scheme: string,
    handler: (
      request: LegacyProtocolRequest,
      callback: (response: LegacyProtocolResponse | { readonly error: number }) => void,
    ) => void,
  ): void;
  unregisterProtocol(scheme: string): void;
}

export interface LegacySession extends EventEmitter {
  readonly protocol: LegacyProtocol;
  getBlobData(uuid: string): Promise<Buffer>;
  setSpellCheckerLanguages(languages: string[]): void;
}

export interface LegacyClientRequest extends EventEmitter {
  setHeader(name: string, value: string): void;
  end(chunk?: Buffer): void;
  abort(): void;
}

export interface LegacyNet {
  request(options: Record<string, unknown>): LegacyClientRequest;
}

export interface LegacyClipboard {
  readText(type?: 'selection' | 'clipboard'): string;
  writeText(text: string, type?: 'selection' | 'clipboard'): void;
  availableFormats(type?: 'selection' | 'clipboard'): string[];
  clear(type?: 'selection' | 'clipboard'): void;
}

export interface LegacyElectron {
  readonly app: LegacyApp;
  readonly BrowserWindow: LegacyWindowClass;
  readonly clipboard: LegacyClipboard;
  readonly net: LegacyNet;
}
