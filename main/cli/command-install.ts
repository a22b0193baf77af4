// `keyfob command`: the command on the PATH of its user.
//
// Invariants: what is written is the launcher of this very Keyfob (bin/keyfob) with its place filled in, whole or not at
// all; a file that does not bear our mark is neither replaced nor removed.
import { existsSync, lstatSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { appImageOf, findInstallation } from '../platform/installation.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { shellArgument, shellQuoted } from '../platform/shell-quoting.ts';
import { commandError } from './fail.ts';

/** Stands in each file that is ours: another one is not touched. */
const MARK = 'Written by `keyfob command install`';

/** Where this Keyfob is. */
interface Place {
  /** The launcher's text, to be filled in (bin/keyfob); of no use on Windows. */
  readonly launcher: string;
  /** The folder of a checkout, or of the command of an application's package. */
  readonly root: string;
  /** The file of the AppImage that it is in. */
  readonly appImage: string | null;
}

/** What stands before the arguments of an AppImage: main/desktop/command.ts needs no page, no display and no sandbox. */
const APPIMAGE_ARGUMENTS =
  '--no-sandbox --no-zygote --disable-gpu --ozone-platform=headless --log-level=3 --keyfob-command --';

/** Writes the launcher into a folder (when omitted, the user's own), and says what the PATH lacks. */
export async function installCommand(dir: string | undefined): Promise<void> {
  const { folder, file } = placeOf(dir);
  const text = launcherText(await findPlace(), process.platform);
  await inFolder(folder, async () => {
    await checkOurs(file);
    makeFolder(folder, 0o777);
    const fresh = `${file}.${process.pid}.new`;
    try {
      await writeFile(fresh, text, { flag: 'wx', mode: 0o755 });
      await rename(fresh, file);
    } finally {
      await rm(fresh, { force: true }).catch(() => undefined);
    }
  });
  process.stdout.write(`Written: ${file}\n${pathAdvice(folder, file)}`);
}

export async function removeCommand(dir: string | undefined): Promise<void> {
  const { folder, file } = placeOf(dir);
  const removed = await inFolder(folder, async () => {
    const there = await checkOurs(file);
    if (there) await rm(file);
    return there;
  });
  process.stdout.write(removed ? `Removed: ${file}\n` : `There is no command of Keyfob in ${folder}.\n`);
}

/** Does what needs the folder. Throws `bad_request`, with the system's code, where the system does not let us. */
async function inFolder<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw commandError(
      'bad_request',
      `The folder ${folder} cannot be used (${code ?? 'no code'}).`,
      'Choose a folder of your own with `--dir DIR`.',
      error,
    );
  }
}

function placeOf(dir: string | undefined): { folder: string; file: string } {
  const windows = process.platform === 'win32';
  const local = process.env['LOCALAPPDATA'] ?? path.join(os.homedir(), 'AppData', 'Local');
  const own = windows ? path.join(local, 'Keyfob', 'bin') : path.join(os.homedir(), '.local', 'bin');
  const folder = dir === undefined ? own : path.resolve(dir);
  return { folder, file: path.join(folder, windows ? 'keyfob.cmd' : 'keyfob') };
}

/** Whether a file of ours is there. Throws `already_exists` for another one. */
async function checkOurs(file: string): Promise<boolean> {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (stats.isFile() && (await readFile(file, 'utf8')).includes(MARK)) return true;
  throw commandError(
    'already_exists',
    `${file} was not written by \`keyfob command install\`.`,
    'Move it away first, or choose another folder with `--dir DIR`.',
  );
}

async function findPlace(): Promise<Place> {
  const found = findInstallation();
  if (found === null)
    throw commandError(
      'unexpected',
      'This command is part of no installation.',
      'Run `npm ci` in its folder.',
    );
  const { root } = found;
  const onWindows = process.platform === 'win32';
  const launcher = onWindows ? '' : await readFile(path.join(root, 'bin', 'keyfob'), 'utf8');
  return { launcher, root, appImage: appImageOf(root, process.env) };
}

/** The file's whole text. */
export function launcherText({ launcher, root, appImage }: Place, platform: NodeJS.Platform): string {
  if (platform === 'win32') {
    const inRoot = (...names: string[]): string => `"${path.win32.join(root, ...names)}"`;
    const whole = `${inRoot('node_modules', 'node', 'bin', 'node.exe')} ${inRoot('bin', 'keyfob.cjs')}`;
    return `@rem ${MARK}; \`keyfob command remove\` takes it away.\r\n@${whole.replaceAll('%', '%%')} %*\r\n`;
  }
  const fill = (text: string, name: string, value: string): string =>
    text.replace(new RegExp(`^${name}=$`, 'm'), () => `${name}=${shellQuoted(value)}`);
  const filled =
    appImage === null
      ? fill(launcher, 'root', root)
      : fill(fill(launcher, 'program', appImage), 'before', APPIMAGE_ARGUMENTS);
  const [first = '', ...lines] = filled.split('\n');
  return [first, `# ${MARK}; \`keyfob command remove\` takes it away.`, ...lines].join('\n');
}

/** What there is to do about the PATH, if anything. */
function pathAdvice(folder: string, file: string): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((each) => each !== '');
  const name = path.basename(file);
  const at = folders.findIndex((each) => path.resolve(each) === folder);
  if (at < 0) return `${folder} is not on your PATH. ${howToAdd(folder)}\n`;
  // npm puts its own folders first, for as long as it runs.
  const first = folders
    .slice(0, at)
    .filter((each) => !each.split(path.sep).includes('node_modules'))
    .find((each) => existsSync(path.join(each, name)));
  if (first === undefined) return 'It is on your PATH: `keyfob token` prints a token.\n';
  return `Another \`keyfob\` comes before it on your PATH: ${path.join(first, name)}\n`;
}

function howToAdd(folder: string): string {
  if (process.platform === 'win32') {
    return 'Add it: Settings, "Edit environment variables for your account", Path. Then open a new terminal.';
  }
  const shell = path.basename(process.env['SHELL'] ?? '');
  if (shell === 'fish') return `Run: fish_add_path ${shellArgument(folder)}`;
  return `Add this line to ~/${profileOf(shell)}, then log out and in again:\nexport PATH=${shellArgument(folder)}:"$PATH"`;
}

/** The file that a login shell reads; bash reads the first that is there. */
function profileOf(shell: string): string {
  if (shell === 'zsh') return '.zprofile';
  const own = ['.bash_profile', '.bash_login'].find((name) => existsSync(path.join(os.homedir(), name)));
  return (shell === 'bash' ? own : undefined) ?? '.profile';
}
