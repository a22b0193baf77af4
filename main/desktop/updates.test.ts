import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createUpdates, mayUpdate } from './updates.ts';
import type { Updater, Updates } from './updates.ts';

// Outside Electron its package is the path of a binary that need not be there.
vi.mock('electron', () => ({ app: { isPackaged: false } }));

type Heard = (info: { version: string }) => void;

class HandUpdater implements Updater {
  autoDownload = false;
  autoInstallOnAppQuit = true;
  looks = 0;
  fails = false;
  #downloaded: Heard = () => undefined;
  async checkForUpdates(): Promise<void> {
    this.looks += 1;
    if (this.fails) throw new Error('offline');
  }
  on(event: string, hear: (given: never) => void): void {
    if (event === 'update-downloaded') this.#downloaded = hear as Heard;
  }
  download(version: string): void {
    this.#downloaded({ version });
  }
}

const minute = 60_000;
const day = 24 * 60 * minute;
let updater: HandUpdater;
let told: string[];
let loads: number;

function make(possible = true): Updates {
  return createUpdates({
    possible,
    load: async () => {
      loads += 1;
      return updater;
    },
    notify: (version) => void told.push(version),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  updater = new HandUpdater();
  told = [];
  loads = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

describe('updates', () => {
  it('are not even loaded where there is no place to look, or nobody wants them', async () => {
    make(false).set(true);
    make().set(false);
    make();
    await vi.advanceTimersByTimeAsync(day);
    expect(loads).toBe(0);
  });

  it('are looked for a minute after the start and four times a day, whatever a look comes to', async () => {
    make().set(true);
    await vi.advanceTimersByTimeAsync(minute - 1);
    expect(updater.looks).toBe(0);
    updater.fails = true;
    await vi.advanceTimersByTimeAsync(1);
    expect(updater.looks).toBe(1);
    await vi.advanceTimersByTimeAsync(day);
    expect({ looks: updater.looks, loads }).toEqual({ looks: 5, loads: 1 });
  });

  it('are told once for each version, and installed at the end', async () => {
    make().set(true);
    await vi.advanceTimersByTimeAsync(minute);
    updater.download('2.0.0');
    updater.download('2.0.0');
    updater.download('2.0.1');
    expect(told).toEqual(['2.0.0', '2.0.1']);
    expect(updater.autoInstallOnAppQuit).toBe(true);
  });

  it('are neither looked for, told nor installed once they were switched off', async () => {
    const updates = make();
    updates.set(true);
    await vi.advanceTimersByTimeAsync(minute);
    updates.set(false);
    updater.download('2.0.0');
    await vi.advanceTimersByTimeAsync(day);
    expect({ told, looks: updater.looks, installs: updater.autoInstallOnAppQuit }).toEqual({
      told: [],
      looks: 1,
      installs: false,
    });
  });

  it('were offered on Windows where nobody’s signature would be asked for', () => {
    const place = 'provider: generic\nurl: https://packages.example.com/keyfob/\n';
    expect(mayUpdate('win32', place, undefined)).toBe(false);
    expect(mayUpdate('win32', `${place}publisherName:\n  - Example\n`, undefined)).toBe(true);
    expect(mayUpdate('win32', null, undefined)).toBe(false);
    expect(mayUpdate('darwin', place, undefined)).toBe(true);
    expect(mayUpdate('linux', place, undefined)).toBe(false);
    expect(mayUpdate('linux', place, '/home/ada/Keyfob.AppImage')).toBe(true);
  });
});
