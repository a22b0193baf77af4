// Opens an address in the person's browser, and says which, so that nothing opens unseen.

/**
 * Opens an address; never throws, for the person can always open it by hand. `printed` says that the address
 * stands on standard output already.
 */
export async function openAddress(url: string, printed = false): Promise<void> {
  const here = printed ? 'the address above' : url;
  if (!hasDisplay(process.env)) {
    process.stderr.write(`There is no display here: open ${here} in a browser of yours.\n`);
    return;
  }
  process.stderr.write(`Opening ${url}\nIf nothing opens, use: ${here}\n`);
  try {
    const { default: open } = await import('open');
    const child = await open(url);
    child.on('error', () => undefined);
    child.unref();
  } catch {
    // Said above: the address can be opened by hand.
  }
}

/** Whether a browser could show itself. */
export function hasDisplay(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  const given = ['DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER', 'WSL_DISTRO_NAME'] as const;
  return given.some((name) => (env[name] ?? '') !== '');
}
