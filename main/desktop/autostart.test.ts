import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAutostart, startsHidden, desktopEntry } from './autostart.ts';
import type { Autostart, LoginItems } from './autostart.ts';

let configHome: string;
let file: string;
beforeEach(() => {
  configHome = mkdtempSync(path.join(os.tmpdir(), 'keyfob-autostart-'));
  file = path.join(configHome, 'autostart', 'keyfob.desktop');
});
afterEach(() => {
  rmSync(configHome, { recursive: true });
});

const noItems: LoginItems = {
  getLoginItemSettings: () => ({ openAtLogin: false }),
  setLoginItemSettings: () => undefined,
};

function onLinux(command: readonly [string, ...string[]] | null = ['/opt/Keyfob/keyfob']): Autostart {
  return createAutostart({ platform: 'linux', command, loginItems: noItems, configHome });
}

/** The Exec key's arguments as a desktop reads them: the file's string escapes, then the key's own quoting. */
function argumentsIn(entry: string): string[] {
  const value = /^Exec=(.*)$/m.exec(entry)?.[1] ?? '';
  const text = value.replaceAll('\\\\', '\\');
  const command = text.match(/"(?:\\.|[^"\\])*"|[^\s"]+/g) ?? [];
  return command.map((argument) =>
    (argument.startsWith('"') ? argument.slice(1, -1).replaceAll(/\\(.)/g, '$1') : argument).replaceAll(
      '%%',
      '%',
    ),
  );
}

describe('starting with the session on Linux', () => {
  it('is a file in the autostart folder that starts Keyfob hidden', async () => {
    const autostart = onLinux();
    expect([autostart.possible, await autostart.read()]).toEqual([true, false]);
    await autostart.set(true);
    expect(await autostart.read()).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('Exec=/opt/Keyfob/keyfob --hidden\n');
    await autostart.set(false);
    expect([existsSync(file), await autostart.read()]).toEqual([false, false]);
    await autostart.set(false);
  });

  it.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])(
    'is off when the desktop wrote %s',
    async (line) => {
      await onLinux().set(true);
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^X-GNOME.*$/m, line));
      expect(await onLinux().read()).toBe(false);
    },
  );

  it('starts a program of any path', () => {
    for (const program of [
      '/home/a b/Key fob.AppImage',
      `/x/"quoted" 'and' $HOME \`id\` \\back\\`,
      '/x/100%/%f',
    ]) {
      const entry = desktopEntry([program, '--hidden']);
      expect(argumentsIn(entry)).toEqual([program, '--hidden']);
      expect(entry.split('\n').filter((line) => line.startsWith('Exec='))).toHaveLength(1);
    }
    expect(() => desktopEntry(['/x\nExec=evil'])).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it('says which file cannot be written', async () => {
    mkdirSync(path.join(configHome, 'autostart', 'keyfob.desktop'), { recursive: true });
    await expect(onLinux().set(true)).rejects.toMatchObject({
      code: 'unexpected',
      problem: { reason: 'autostart_unwritable', params: { file } },
    });
  });

  it('is not possible from a checkout', async () => {
    const autostart = onLinux(null);
    expect([autostart.possible, await autostart.read()]).toEqual([false, false]);
    await autostart.set(false);
    await expect(autostart.set(true)).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('starting with the session on macOS and Windows', () => {
  it('is a login item, read back from the system; on Windows its path stands in quotes', async () => {
    const asked: unknown[] = [];
    let [on, launches] = [false, true];
    const autostart = createAutostart({
      platform: 'win32',
      command: ['C:\\Program Files\\Keyfob\\Keyfob.exe'],
      configHome,
      loginItems: {
        getLoginItemSettings: (options) => ({
          openAtLogin: asked.push(options) > 0 && on,
          executableWillLaunchAtLogin: launches,
        }),
        setLoginItemSettings: ({ openAtLogin, ...settings }) => {
          asked.push(settings);
          on = openAtLogin;
        },
      },
    });
    await autostart.set(true);
    expect(await autostart.read()).toBe(true);
    const item = { path: '"C:\\Program Files\\Keyfob\\Keyfob.exe"', args: ['--hidden'] };
    expect(asked).toEqual([item, item, item]);
    expect(existsSync(file)).toBe(false);
    launches = false;
    expect(await autostart.read(), 'switched off in the Task Manager').toBe(false);
  });

  it('says when the system did not take it', async () => {
    const autostart = createAutostart({
      platform: 'darwin',
      command: ['/Applications/Keyfob.app'],
      configHome,
      loginItems: noItems,
    });
    await expect(autostart.set(true)).rejects.toMatchObject({ code: 'unexpected' });
  });
});

describe('a start at login', () => {
  it('opens no window on macOS either, whose login items have no arguments', () => {
    const asked = (wasOpenedAtLogin: boolean) => ({ getLoginItemSettings: () => ({ wasOpenedAtLogin }) });
    expect(startsHidden(false, 'darwin', asked(true))).toBe(true);
    expect(startsHidden(false, 'darwin', asked(false))).toBe(false);
    expect(startsHidden(true, 'darwin', asked(false))).toBe(true);
    expect(startsHidden(false, 'win32', asked(true))).toBe(false);
  });
});
