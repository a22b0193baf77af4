// Where the desktop's own files are, beside the running bundle: the same from a checkout and from a package.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

export const ownFiles = {
  preload: path.join(here, 'preload.cjs'),
  keychainHelper: path.join(here, 'keychain-helper.cjs'),
  renderer: path.join(here, '..', 'renderer'),
  icon: path.join(here, '..', '..', 'assets', 'icon.png'),
  tray: {
    icons: path.join(here, '..', '..', 'assets', 'icons'),
    platform: process.platform,
  },
} as const;
