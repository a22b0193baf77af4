// The lifecycle of the desktop process: what is settled before Electron is ready, one instance for each home, and
// an end that waits for what has to be put down.
import { shownLines } from '../api/shown-text.ts';
import { app, BaseWindow, session } from 'electron';
import { exitOf } from '../api/codes.ts';
import path from 'node:path';
import process from 'node:process';
import { ensureHome } from '../host/home-folders.ts';
import type { HomePaths } from '../platform/paths.ts';
import { KeyfobError } from '../api/errors.ts';
import { commandTexts, windowTexts } from '../messages/index.ts';
import { hearEndSignals, limitEnd } from '../host/ending.ts';
import { endSignals } from '../platform/end-signals.ts';
import { registerWindowScheme } from './app-scheme.ts';
import { readEarlyPreferences } from './early-preferences.ts';
import { currentLanguage } from './language.ts';
import { showBox } from './message-box.ts';
import { addressIn, readOptions } from './options.ts';
import type { DesktopOptions } from './options.ts';
import { followSessionEnd } from './session-end.ts';
import { startFailure } from './start-failure.ts';

/**
 * Settles what must be settled before Electron is ready. False: this home's desktop runs already; it was told,
 * and this one is to end.
 */
function prepareApp(paths: HomePaths): boolean {
  if (app.isReady()) {
    throw new KeyfobError('loaded_too_late', {});
  }
  app.setName('Keyfob');
  // Windows ties notifications and the taskbar to it; it is the package's appId.
  app.setAppUserModelId('dev.keyfob.Keyfob');
  // Every window of ours asks for the sandbox itself. This is for all others; where Chromium's was switched off
  // on purpose (a container, root), it would take the switch from Chromium's own processes, which then fail.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  registerWindowScheme();
  ensureHome(paths);
  // Chromium's own files; also what makes an instance single: one for each home.
  app.setPath('userData', path.join(paths.configFolder, 'desktop'));
  // Settled before, from the application's name alone.
  app.setPath('crashDumps', path.join(paths.configFolder, 'desktop', 'Crashpad'));
  return app.requestSingleInstanceLock();
}

export interface LifecycleEvents {
  /** A second start of this home; or the Dock's icon was clicked. */
  onCalled(): void;
  /** An address of the scheme `keyfob:` was opened. */
  onAddress(address: string): void;
}

export interface AppLifecycle {
  /** Says who hears; what happened before is told now. */
  hear(events: LifecycleEvents): void;
  /** Puts something down at the end, before what was given earlier. */
  onEnd(step: () => unknown): void;
  /** Is given which accounts' refresh tokens are on their way to the vault: the end waits for them. */
  holdEnd(spending: () => readonly string[]): void;
}

/** Follows the process from before it is ready to its end. Without windows it lives on, in the tray. */
function createLifecycle(): AppLifecycle {
  const steps: (() => unknown)[] = [];
  const early: ((events: LifecycleEvents) => void)[] = [];
  let tell = (event: (events: LifecycleEvents) => void): void => void early.push(event);
  const called = (): void => {
    tell((events) => {
      events.onCalled();
    });
  };
  const opened = (address: string): void => {
    tell((events) => {
      events.onAddress(address);
    });
  };
  app.on('second-instance', (_event, argv) => {
    const address = addressIn(argv);
    if (address === null) called();
    else opened(address);
  });
  app.on('activate', called);
  app.on('open-url', (event, address) => {
    event.preventDefault();
    opened(address);
  });
  app.on('window-all-closed', () => undefined);

  let ending = false;
  let spending: () => readonly string[] = () => [];
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    limitEnd({
      spending: () => spending(),
      exit: () => {
        app.exit(0);
      },
    });
    for (const step of steps) {
      try {
        await step();
      } catch {
        // The next step is as needed as this one was.
      }
    }
    app.exit(0);
  };
  app.on('before-quit', (event) => {
    event.preventDefault();
    void end();
  });
  for (const signal of endSignals) {
    process.on(signal, () => void end());
  }
  if (process.platform === 'win32') {
    // Of its own, and never shown: in the tray Keyfob has no other.
    void app.whenReady().then(() => {
      followSessionEnd(new BaseWindow({ show: false, title: 'Keyfob' }), {
        spending: () => spending(),
        end: () => void end(),
      });
    });
  }
  return {
    hear(events) {
      hearEndSignals((again) => {
        if (again) app.exit(1);
        void end();
      });
      tell = (event) => {
        event(events);
      };
      for (const event of early.splice(0)) event(events);
    },
    onEnd: (step) => void steps.unshift(step),
    holdEnd: (list) => {
      spending = list;
    },
  };
}

/**
 * Tells what nobody caught on standard error and goes on. Unheard, Electron would stop everything behind a box
 * that waits for a click. The message is left out: it may be anything.
 */
function reportUncaught(): void {
  const tell = (what: string, thrown: unknown): void => {
    const { name, stack = '' } = thrown instanceof Error ? thrown : new Error();
    const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
    process.stderr.write(
      `Keyfob met an error that nobody expected and goes on: ${shownLines([`${name} (${what})`, ...frames].join('\n'))}\n`,
    );
  };
  process.on('uncaughtException', (thrown) => {
    tell('thrown', thrown);
  });
  process.on('unhandledRejection', (thrown) => {
    tell('rejected', thrown);
  });
}

/** Takes every right from what is not made by us: sessions and pages that nobody here opened. */
export function denyByDefault(): void {
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

/** Starts the desktop of a home: reads the arguments, makes sure that it is the only one, and runs it. */
export function startApp(
  paths: HomePaths,
  run: (options: DesktopOptions, lifecycle: AppLifecycle) => Promise<void>,
): void {
  const args = process.argv.slice(app.isPackaged ? 1 : 2);
  const fail = (error: unknown): void => void failStart(error, args.includes('--json'), paths.configFolder);
  try {
    const options = readOptions(args);
    if (!prepareApp(paths)) return app.exit(0);
    reportUncaught();
    const lifecycle = createLifecycle();
    void app
      .whenReady()
      .then(() => run(options, lifecycle))
      .catch(fail);
  } catch (error) {
    fail(error);
  }
}

/**
 * Says why the desktop cannot start, in English on standard error and, unless a program reads that, in the person's
 * language in a box; then ends.
 */
async function failStart(error: unknown, quiet: boolean, configFolder: string): Promise<void> {
  const { message, detail } = startFailure(error, commandTexts);
  process.stderr.write(`${shownLines([message, detail].filter(Boolean).join(' '))}\n`);
  if (!quiet && app.isReady()) {
    const language = currentLanguage(readEarlyPreferences(configFolder));
    await showBox({ type: 'error', ...startFailure(error, windowTexts[language]) });
  }
  app.exit(error instanceof KeyfobError ? exitOf(error.code) : 1);
}
