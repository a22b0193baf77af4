// The environment of a hook's command: what the person's session says of itself, and nothing of Keyfob's own.
//
// Invariant: what Keyfob was started with for itself (options of Node, Electron and an AppImage, and whatever a shell's
// profile exports, secrets too) reaches no command that runs by itself months later.

/** Of POSIX systems; those that begin with `LC_` and `XDG_` come too. */
const session = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'DBUS_SESSION_BUS_ADDRESS',
  'KEYFOB_HOME',
];
/** Without which programs of Windows do not start. */
const windows = [
  'APPDATA',
  'COMSPEC',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'PATHEXT',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERDOMAIN',
  'USERNAME',
  'USERPROFILE',
  'WINDIR',
];

/** What of an environment a hook's command gets. Windows writes names as it likes. */
export function hookEnvironment(
  environment: NodeJS.ProcessEnv,
  isWindows: boolean = process.platform === 'win32',
): NodeJS.ProcessEnv {
  const wanted = new Set(isWindows ? [...session, ...windows] : session);
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => {
      const known = isWindows ? name.toUpperCase() : name;
      return wanted.has(known) || /^(?:LC|XDG)_/.test(known);
    }),
  );
}
