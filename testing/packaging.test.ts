/** How Keyfob is packaged: the configuration is one that electron-builder takes, and what is in it holds. */
import { createPackage } from '@electron/asar';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { checkArchive, checkCommand, readPackaging } from '../scripts/pack-check.mjs';
import { hasModes } from './system.ts';
import { desktopName, publishOf, unsignedOf } from '../scripts/pack.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Packaging {
  readonly appId: string;
  readonly linux: Record<string, unknown>;
  readonly electronFuses: Record<string, boolean>;
  readonly mac: Record<string, unknown>;
  readonly nsis: Record<string, unknown>;
  readonly deb: { readonly depends: readonly string[] };
  readonly rpm: { readonly depends: readonly string[] };
  readonly protocols: readonly { readonly schemes: readonly string[] }[];
  readonly asarUnpack: readonly string[];
  readonly publish: null;
}

const packaging = readPackaging() as Packaging;
const folder = mkdtempSync(path.join(os.tmpdir(), 'kf-pack-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** electron-builder's own judgement; it has no name for it outside. */
function validate(configuration: unknown): Promise<void> {
  const from = createRequire(createRequire(import.meta.url).resolve('electron-builder/package.json'));
  const { validateConfiguration } = from('app-builder-lib/out/util/config/config.js') as {
    validateConfiguration: (given: unknown, log: { isEnabled: boolean; add(): void }) => Promise<void>;
  };
  return validateConfiguration(configuration, { isEnabled: false, add: () => undefined });
}

describe('the configuration', () => {
  it('is one that electron-builder takes', async () => {
    await validate(packaging);
    await expect(validate({ ...packaging, electronFuse: {} })).rejects.toThrow(/electronFuse/);
  });

  it('has every fuse set as the checklist says', () => {
    const table = read('docs/security/electron-checklist.md').matchAll(/^\| (\w+) +\| (on|off) +\|/gm);
    expect(Object.fromEntries([...table].map(([, name, is]) => [name, is === 'on']))).toEqual(
      packaging.electronFuses,
    );
  });

  it('had a desktop entry of no reverse-DNS name, to which GNOME gives no shortcut', () => {
    expect(desktopName).toBe(`${packaging.appId}.desktop`);
    expect(desktopName).toMatch(/^\w+(\.\w+){2}\.desktop$/);
    // The entry's file has the same name as the windows.
    expect(packaging.linux['syncDesktopName']).toBe(true);
  });

  it('asks for libsecret, for no administrator, and names no host', () => {
    expect(packaging.deb.depends).toContain('libsecret-1-0');
    expect(packaging.rpm.depends).toContain('libsecret');
    expect(packaging.nsis).toMatchObject({ perMachine: false, allowElevation: false });
    expect(packaging.mac).toMatchObject({ hardenedRuntime: true });
    expect(packaging.protocols.flatMap(({ schemes }) => schemes)).toEqual(['keyfob']);
    expect(packaging.publish).toBeNull();
  });
});

describe('the check of an archive', () => {
  it('finds what has no business there, and what is missing', async () => {
    const app = path.join(folder, 'app');
    for (const file of [
      'package.json',
      'dist/desktop/main.js',
      'dist/desktop/main.js.map',
      'e2e/a.test.ts',
    ]) {
      mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
      writeFileSync(path.join(app, file), '{}');
    }
    await createPackage(app, path.join(folder, 'app.asar'));
    expect(checkArchive(path.join(folder, 'app.asar'))).toEqual([
      'dist/desktop/main.js.map has no business in the package.',
      'e2e/a.test.ts has no business in the package.',
      'dist/desktop/preload.cjs is missing.',
      'dist/desktop/keychain-helper.cjs is missing.',
      'dist/renderer/index.html is missing.',
      'dist/renderer/panel.html is missing.',
      'assets/icon.png is missing.',
      'node_modules/keytar/lib/keytar.js is missing.',
      'keytar is there for no platform.',
    ]);
  });
});

describe('the command beside the application', () => {
  it('holds what is needed and nothing else, Node and its licence among it', () => {
    const command = path.join(folder, 'command');
    const files = [
      'package.json',
      'bin/keyfob',
      'bin/keyfob.cjs',
      'dist/main/cli.js',
      'dist/main/cli.js.map',
    ];
    for (const file of files) {
      mkdirSync(path.dirname(path.join(command, file)), { recursive: true });
      writeFileSync(path.join(command, file), '{}', { mode: 0o644 });
    }
    expect(checkCommand(command)).toEqual([
      'command/dist/main/cli.js.map has no business in the package.',
      'command/node_modules/node/LICENSE is missing.',
      ...(hasModes ? ['command/bin/keyfob cannot be run.'] : []),
      'Of command/node_modules/node/bin/node, node_modules/node/bin/node.exe one has to be there.',
    ]);
  });
});

describe('a package that cannot be signed', () => {
  const place = { KEYFOB_UPDATE_URL: 'https://packages.example.com/keyfob/' };
  const signed = { ...place, CSC_LINK: 'certificate.p12' };

  it('says so in its name, and on macOS is signed ad hoc, without which Apple silicon starts nothing', () => {
    for (const platform of ['win32', 'darwin'] as const) {
      expect(unsignedOf({}, platform).join(' ')).toContain('-unsigned.${ext}');
      expect(unsignedOf(signed, platform)).toEqual([]);
    }
    expect(unsignedOf({}, 'linux')).toEqual([]);
    expect(unsignedOf({}, 'darwin')).toContain('-c.mac.identity=-');
    const [, plist = ''] = /entitlements=(\S+)/.exec(unsignedOf({}, 'darwin').join(' ')) ?? [];
    expect(read(plist)).toContain('com.apple.security.cs.disable-library-validation');
    expect(read(String(packaging.mac['entitlements']))).not.toContain('disable-library-validation');
  });

  it('looks for no newer version, of which nobody could tell whose it is', () => {
    vi.spyOn(console, 'log').mockReturnValue();
    expect(publishOf(place, 'win32')).toEqual([]);
    expect(publishOf(place, 'darwin')).toEqual([]);
    for (const platform of ['win32', 'darwin'] as const)
      expect(publishOf(signed, platform).join(' ')).toContain(place.KEYFOB_UPDATE_URL);
    expect(publishOf(place, 'linux')).toHaveLength(2);
    expect(() => publishOf({ KEYFOB_UPDATE_URL: 'http://packages.example.com/' }, 'linux')).toThrow('https');
  });
});

it('the installer of Windows registers the command and the scheme, and takes both away', () => {
  const script = read(String(packaging.nsis['include']));
  const [install = '', remove = ''] = script.split('!macro customUnInstall');
  for (const part of [install, remove]) {
    expect(part).toContain('user-path.exe');
    expect(part).toContain('Software\\Classes\\keyfob');
  }
  expect(remove).toContain('${ifNot} ${isUpdated}');
});
