// Newer versions, for packages whose builder named a place to look (docs/packaging.md). Without one, no line
// of the updater is loaded.
//
// Invariants: off by one setting; nothing restarts by itself: what was fetched is told once and installed when
// Keyfob is quit. A look that fails is no trouble of the person's: the next one comes.
import { app } from 'electron';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Preferences } from '../api/preferences.ts';
import { desktopTexts } from '../messages/desktop/index.ts';
import type { Notes } from './notes.ts';

/** Ms from the start to the first look, which must not be in the way of the start. */
const firstLook = 60_000;
/** Ms between looks. */
const lookEvery = 6 * 3_600_000;

/** electron-updater's `autoUpdater`, as far as it is needed. */
export interface Updater {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  checkForUpdates(): Promise<unknown>;
  on(event: 'update-downloaded', hear: (info: { readonly version: string }) => void): unknown;
  on(event: 'error', hear: (error: Error) => void): unknown;
}

export interface UpdatesOptions {
  /** Whether this package has a place to look; see `updatesPossible`. */
  readonly possible: boolean;
  /** Loads the updater; called once at most, and only when it is wanted. */
  load(): Promise<Updater>;
  /** Told once for each version that was fetched. */
  notify(version: string): void;
}

export interface Updates {
  readonly possible: boolean;
  /** Takes the setting over: looks from time to time, or no more, and then installs nothing either. */
  set(on: boolean): void;
}

/** Makes the keeper of updates. It does nothing before `set(true)`. */
export function createUpdates(options: UpdatesOptions): Updates {
  let wanted = false;
  let timer: NodeJS.Timeout | null = null;
  let updater: Updater | null = null;
  let told: string | null = null;

  const prepare = async (): Promise<Updater> => {
    const loaded = await options.load();
    loaded.on('update-downloaded', ({ version }) => {
      if (!wanted || told === version) return;
      told = version;
      options.notify(version);
    });
    // Heard here so that it is not thrown; the promise of the look says the same.
    loaded.on('error', () => undefined);
    return loaded;
  };

  const look = async (): Promise<void> => {
    updater ??= await prepare();
    if (!wanted) return;
    updater.autoDownload = true;
    updater.autoInstallOnAppQuit = true;
    await updater.checkForUpdates();
  };

  const lookIn = (ms: number): void => {
    timer = setTimeout(() => {
      void look()
        .catch(() => undefined)
        .finally(() => {
          if (wanted) lookIn(lookEvery);
        });
    }, ms);
    timer.unref();
  };

  return {
    possible: options.possible,
    set(on) {
      if (!options.possible || on === wanted) return;
      wanted = on;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (on) lookIn(firstLook);
      else if (updater !== null) updater.autoInstallOnAppQuit = false;
    },
  };
}

/** Follows the setting in this very package, and tells what was fetched. */
export function openUpdates(
  preferences: { read(): Preferences; on(listener: (now: Preferences) => void): () => void },
  notes: Pick<Notes, 'done' | 'language'>,
): Updates {
  const updates = createUpdates({
    possible: updatesPossible(),
    load: loadUpdater,
    notify(version) {
      const texts = desktopTexts[notes.language()].notes;
      notes.done(texts.updateReady(version), texts.updateReadyText);
    },
  });
  updates.set(preferences.read().updates);
  preferences.on((now) => updates.set(now.updates));
  return updates;
}

/**
 * Whether a package may update itself. `place`: the text of `app-update.yml`, which electron-builder writes beside the
 * archive where the package's builder named a place; null where there is none. On Linux the AppImage alone: what dpkg or
 * rpm has installed is theirs to replace. On Windows only where the text names whose signature is asked for: without a
 * name electron-updater installs whatever it finds. (A package for macOS has no place unless it is signed: pack.mjs.)
 */
export function mayUpdate(platform: string, place: string | null, appImage: string | undefined): boolean {
  if (place === null) return false;
  if (platform === 'linux') return Boolean(appImage);
  return platform !== 'win32' || /^publisherName:/m.test(place);
}

function updatesPossible(): boolean {
  if (!app.isPackaged) return false;
  const file = path.join(process.resourcesPath, 'app-update.yml');
  const place = existsSync(file) ? readFileSync(file, 'utf8') : null;
  return mayUpdate(process.platform, place, process.env['APPIMAGE']);
}

/** Loads electron-updater: CommonJS, whose updater is made when it is first asked for. */
async function loadUpdater(): Promise<Updater> {
  const { default: electronUpdater } = await import('electron-updater');
  return electronUpdater.autoUpdater;
}
