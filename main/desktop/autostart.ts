// Starting with the person's session: the system's login items on macOS and Windows, a file in the autostart
// folder elsewhere (Desktop Application Autostart Specification).
//
// Invariants: Keyfob starts hidden then; what is read back is what the system holds, not what was last wished.
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../platform/atomic-file.ts';
import { KeyfobError } from '../api/errors.ts';

/** Electron's `app`, as far as it is needed. */
export interface LoginItems {
  getLoginItemSettings(options: { path: string; args: string[] }): {
    readonly openAtLogin: boolean;
    /** On Windows: false where the Task Manager has switched the item off. */
    readonly executableWillLaunchAtLogin?: boolean;
  };
  setLoginItemSettings(settings: { openAtLogin: boolean; path: string; args: string[] }): void;
}

export interface AutostartOptions {
  /** `process.platform`. */
  readonly platform: string;
  /** The program and its arguments, without `--hidden`; null: there is none that would still be there later. */
  readonly command: readonly [string, ...string[]] | null;
  readonly loginItems: LoginItems;
  /** XDG_CONFIG_HOME or `~/.config`. */
  readonly configHome: string;
}

export interface Autostart {
  /** Whether it can be set here. */
  readonly possible: boolean;
  read(): Promise<boolean>;
  /** Throws `bad_request` where it is not possible, `unexpected` when the system does not take it. */
  set(on: boolean): Promise<void>;
}

const hidden = '--hidden';

/** Whether a start opens no window: as it was told, or, on macOS, whose login items have no arguments, at login. */
export function startsHidden(
  told: boolean,
  platform: string,
  loginItems: { getLoginItemSettings(): { readonly wasOpenedAtLogin: boolean } },
): boolean {
  return told || (platform === 'darwin' && loginItems.getLoginItemSettings().wasOpenedAtLogin);
}

export function createAutostart(options: AutostartOptions): Autostart {
  const { command, platform } = options;
  if (command === null) {
    return {
      possible: false,
      read: async () => false,
      async set(on) {
        if (!on) return;
        throw new KeyfobError('no_autostart', {});
      },
    };
  }
  const [program, ...args] = command;
  // What Windows keeps is a line, in which a path with blanks stands in quotes (app.setLoginItemSettings).
  if (platform === 'win32') return loginItem(options.loginItems, `"${program}"`, [...args, hidden]);
  return platform === 'darwin'
    ? loginItem(options.loginItems, program, [...args, hidden])
    : autostartFile(path.join(options.configHome, 'autostart', 'keyfob.desktop'), [program, ...args, hidden]);
}

function loginItem(items: LoginItems, program: string, args: string[]): Autostart {
  const read = async (): Promise<boolean> => {
    const { openAtLogin, executableWillLaunchAtLogin: launches = true } = items.getLoginItemSettings({
      path: program,
      args,
    });
    return openAtLogin && launches;
  };
  return {
    possible: true,
    read,
    async set(on) {
      items.setLoginItemSettings({ openAtLogin: on, path: program, args });
      if ((await read()) === on) return;
      throw new KeyfobError('login_items_refused', {});
    },
  };
}

function autostartFile(file: string, command: readonly string[]): Autostart {
  return {
    possible: true,
    async read() {
      const text = await readFile(file, 'utf8').catch(() => '');
      // Desktops switch an entry off by writing into it.
      return text !== '' && !/^(Hidden=true|X-GNOME-Autostart-enabled=false)\s*$/m.test(text);
    },
    async set(on) {
      try {
        if (!on) return await rm(file, { force: true });
        await mkdir(path.dirname(file), { recursive: true });
        await writeAtomically(file, desktopEntry(command));
      } catch (cause) {
        throw new KeyfobError('autostart_unwritable', { file }, { cause });
      }
    },
  };
}

/** The file's text (Desktop Entry Specification). */
export function desktopEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.0',
    'Name=Keyfob',
    'Comment=OAuth 2.0 tokens for workplace APIs, in the tray',
    `Exec=${command.map(quoted).join(' ')}`,
    'Icon=keyfob',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * An argument of the Exec key: quoted where it has to be ("The Exec key"), `%` doubled so that it is no field
 * code, and then every backslash doubled, since the value is a string of the file ("Possible value types").
 */
function quoted(argument: string): string {
  if (/[\n\r\0]/.test(argument)) {
    throw new KeyfobError('path_with_line_end', {});
  }
  const plain = /^[A-Za-z0-9_./:=@+,-]+$/.test(argument);
  const exec = (plain ? argument : `"${argument.replaceAll(/["`$\\]/g, '\\$&')}"`).replaceAll('%', '%%');
  return exec.replaceAll('\\', '\\\\');
}
