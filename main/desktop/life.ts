// The life of the desktop process: what is settled before Electron is ready, one instance for each home, and
// an end that waits for what has to be put down.
import { app, session } from 'electron';
import path from 'node:path';
import process from 'node:process';
import { ensureHome } from '../adapters/paths.ts';
import type { HomePaths } from '../adapters/paths.ts';
import { KeyfobError } from '../core/errors.ts';
import { registerWindowScheme } from './app-scheme.ts';
import { addressIn } from './options.ts';

/** Ms in which everything is put down at the end. */
const endLimit = 1_800;

/**
 * Settles what must be settled before Electron is ready. False: this home's desktop runs already; it was told,
 * and this one is to end.
 */
export function beginLife(paths: HomePaths): boolean {
  app.setName('Keyfob');
  app.enableSandbox();
  registerWindowScheme();
  ensureHome(paths);
  // Chromium's own files; also what makes an instance single: one for each home.
  app.setPath('userData', path.join(paths.configFolder, 'desktop'));
  return app.requestSingleInstanceLock();
}

export interface LifeEvents {
  /** A second start of this home; or the Dock's icon was clicked. */
  onCalled(): void;
  /** An address of the scheme `keyfob:` was opened. */
  onAddress(address: string): void;
  /** Puts everything down. Never throws. */
  onEnd(): Promise<void>;
}

/** Follows the process to its end. Without windows the application lives on, in the tray. */
export function followLife(events: LifeEvents): void {
  app.on('second-instance', (_event, argv) => {
    const address = addressIn(argv);
    if (address === null) events.onCalled();
    else events.onAddress(address);
  });
  app.on('activate', () => {
    events.onCalled();
  });
  app.on('open-url', (event, address) => {
    event.preventDefault();
    events.onAddress(address);
  });
  app.on('window-all-closed', () => undefined);
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    // Whatever hangs: an application that was told to end is gone within two seconds.
    const late = setTimeout(() => {
      app.exit(0);
    }, endLimit);
    void events.onEnd().finally(() => {
      clearTimeout(late);
      app.exit(0);
    });
  };
  app.on('before-quit', (event) => {
    event.preventDefault();
    end();
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    // conf brings a listener that sends each signal to this process once more.
    process.removeAllListeners(signal);
    process.on(signal, end);
  }
}

/** Takes every right from what is not made by us: sessions and pages that nobody here opened. */
export function refuseTheRest(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false);
  });
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setSpellCheckerEnabled(false);
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-attach-webview', (event) => {
      event.preventDefault();
    });
  });
}

/** Says on standard error why the desktop cannot start, and ends with 1. */
export function failStart(error: unknown): void {
  const known = error instanceof KeyfobError ? error : null;
  const text =
    known === null
      ? `Keyfob could not start: ${error instanceof Error ? error.message : 'an unknown error'}`
      : [known.message, known.hint].filter(Boolean).join(' ');
  process.stderr.write(`${text}\n`);
  app.exit(1);
}
