// Opens an address in the person's browser, and says which, so that nothing opens unseen.
//
// Invariant: no log or pipe is told an address that nobody asked for, unless it cannot be opened otherwise.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { webAddress } from '../oauth/url.ts';

/**
 * Opens the address of a web page; what is none is said and left alone. Never throws, for the person can always
 * open it by hand. `printed` says that the address stands on standard output already.
 */
export async function openAddress(address: string, printed = false): Promise<void> {
  const url = webAddress(address);
  if (url === null) {
    process.stderr.write('This is not the address of a web page, so it is not opened.\n');
    return;
  }
  const here = printed ? 'the address above' : url;
  if (!hasDisplay(process.env)) {
    process.stderr.write(`There is no display here. Open ${here} in your browser.\n`);
    return;
  }
  process.stderr.write(
    process.stderr.isTTY
      ? `Opening ${url}\nIf nothing opens, use: ${here}\n`
      : 'Opening the browser. If nothing opens, use --no-open to print the address.\n',
  );
  try {
    await (process.platform === 'darwin' ? openByScript(url) : openByArgument(url));
  } catch {
    // Said above: the address can be opened by hand.
  }
}

async function openByArgument(url: string): Promise<void> {
  const { default: open } = await import('open');
  const child = await open(url);
  child.on('error', () => undefined);
  child.unref();
}

/** On macOS every user sees every argument, so the address goes through standard input. */
function openByScript(url: string): Promise<void> {
  const child = spawn('/usr/bin/osascript', ['-'], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.end(openLocation(url));
  return new Promise((resolve) => child.once('close', () => resolve()));
}

/** AppleScript that opens an address; quotes and backslashes in it end no text. */
export function openLocation(url: string): string {
  const { href } = new URL(url);
  return `open location "${href.replaceAll(/["\\]/g, '\\$&')}"\n`;
}

/** Whether a browser could show itself. */
export function hasDisplay(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  const given = ['DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER', 'WSL_DISTRO_NAME'] as const;
  return given.some((name) => (env[name] ?? '') !== '');
}
