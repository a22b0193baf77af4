// `keyfob command`: the command on the PATH of its user.
//
// Invariants: what is written is the launcher of this very Keyfob (bin/keyfob) with its place filled in, whole or not at
// all; a file that does not bear our mark is neither replaced nor removed.
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { shellArgument, shellQuoted } from '../platform/shell-quoting.ts';
import { commandError } from './fail.ts';

/** Stands in each file that is ours: another one is not touched. */
const MARK = 'Written by `keyfob command install`';

/** Where this Keyfob is: the folder of a checkout, or the program of an application's package. */
interface Installation {
  /** The launcher's text, to be filled in (bin/keyfob). */
  readonly launcher: string;
  readonly root: string | null;
  readonly program: string | null;
  /** Whether the program is an AppImage, which has to be told that it is to read a command line. */
  readonly isAppImage?: boolean;
}

/** What stands before the arguments of an AppImage, as in packaging/bin/linux/keyfob for the program inside. */
const APPIMAGE_ARGUMENTS =
  '--no-sandbox --no-zygote --disable-gpu --ozone-platform=headless --log-level=3 --keyfob-command --';

/** Writes the launcher into a folder (when omitted, the user's own), and says what the PATH lacks. */
export async function installCommand(dir: string | undefined): Promise<void> {
  const { folder, file } = placeOf(dir);
  const text = launcherText(await findInstallation(), process.platform);
  await inFolder(folder, async () => {
    await checkOurs(file);
    await mkdir(folder, { recursive: true });
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
  process.stdout.write(removed ? `Removed: ${file}\n` : `No command of Keyfob's is in ${folder}.\n`);
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
      'Name a folder of your own with `--dir DIR`.',
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
    'Move it away first, or name another folder with `--dir DIR`.',
  );
}

async function findInstallation(): Promise<Installation> {
  if (process.versions['electron'] !== undefined) {
    const resources = process.resourcesPath;
    const launcher = await readFile(path.join(resources, 'launcher'), 'utf8');
    return { launcher, root: null, ...packagedProgram(resources, process.env, process.platform) };
  }
  const script = realpathSync(process.argv[1] ?? '');
  for (let root = path.dirname(script); ; root = path.dirname(root)) {
    const file = path.join(root, 'bin', 'keyfob');
    if (existsSync(path.join(root, 'package.json')) && existsSync(file))
      return { launcher: await readFile(file, 'utf8'), root, program: null };
    if (root === path.dirname(root))
      throw commandError(
        'unexpected',
        `There is no launcher beside ${script}.`,
        'Run `npm ci` in its folder.',
      );
  }
}

/**
 * The program of the package whose resources these are: of an AppImage its file, for what it is mounted at is another
 * place each time. `APPIMAGE` and `APPDIR` may also be those of an application that started us (a terminal, say).
 */
export function packagedProgram(
  resources: string,
  { APPIMAGE: file, APPDIR: mount }: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): { readonly program: string; readonly isAppImage: boolean } {
  const mounts = mount && existsSync(mount) ? [mount, realpathSync(mount)] : [];
  const isAppImage = Boolean(file) && mounts.some((each) => resources.startsWith(`${each}/`));
  const inside = path.join(resources, 'bin', platform === 'win32' ? 'keyfob.cmd' : 'keyfob');
  return { program: isAppImage && file ? file : inside, isAppImage };
}

/** The file's whole text. */
export function launcherText(installation: Installation, platform: NodeJS.Platform): string {
  const { launcher, root, program, isAppImage = false } = installation;
  if (platform === 'win32') {
    const whole =
      program === null
        ? `"${path.win32.join(root ?? '', 'node_modules', 'node', 'bin', 'node.exe')}" "${path.win32.join(root ?? '', 'bin', 'keyfob.cjs')}"`
        : `"${program}"`;
    return `@rem ${MARK}; \`keyfob command remove\` takes it away.\r\n@${whole.replaceAll('%', '%%')} %*\r\n`;
  }
  const fill = (text: string, name: string, value: string | null): string =>
    value === null
      ? text
      : text.replace(new RegExp(`^${name}=$`, 'm'), () => `${name}=${shellQuoted(value)}`);
  const filled = fill(fill(launcher, 'root', root), 'program', program);
  const [first = '', ...lines] = fill(filled, 'before', isAppImage ? APPIMAGE_ARGUMENTS : null).split('\n');
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
  return `Another one comes before it on your PATH: ${path.join(first, name)}\n`;
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
