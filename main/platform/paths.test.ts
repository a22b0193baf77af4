import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasSymlinks, hasUnixSockets } from '../../testing/system.ts';
import { homePaths } from './paths.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'kf-paths-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const linux = { platform: 'linux', userHome: '/home/alice', uid: 1000 } as const;

describe('homePaths', () => {
  it('puts everything into KEYFOB_HOME', () => {
    const home = path.join(folder, 'home');
    const paths = homePaths({ KEYFOB_HOME: home });
    const hash = createHash('sha256').update(home).digest('hex').slice(0, 12);
    expect(paths).toEqual({
      home,
      configFolder: home,
      profiles: path.join(home, 'profiles'),
      audit: path.join(home, 'audit'),
      history: path.join(home, 'history.jsonl'),
      logs: path.join(home, 'logs'),
      vaultFile: path.join(home, 'vault.json'),
      socket: hasUnixSockets ? path.join(home, 'keyfob.sock') : `\\\\.\\pipe\\keyfob-${hash}`,
      socketFolder: hasUnixSockets ? home : null,
      serviceName: `Keyfob (${hash})`,
    });
  });

  it.runIf(hasSymlinks)('gives two ways to one folder one service name, before and after it exists', () => {
    const home = path.join(folder, 'home');
    symlinkSync(folder, path.join(folder, 'link'));
    const before = homePaths({ KEYFOB_HOME: path.join(folder, 'link', 'home') });
    mkdirSync(home);
    expect(homePaths({ KEYFOB_HOME: `${home}/` }).serviceName).toBe(before.serviceName);
    expect(homePaths({ KEYFOB_HOME: path.join(folder, 'other') }).serviceName).not.toBe(before.serviceName);
  });

  it('follows XDG on Linux and ignores relative values', () => {
    const paths = homePaths(
      { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: 'd', XDG_RUNTIME_DIR: '/run/user/1000' },
      linux,
    );
    expect(paths.configFolder).toBe('/c/keyfob');
    expect(paths.vaultFile).toBe('/home/alice/.local/share/keyfob/vault.json');
    expect(paths.audit).toBe('/home/alice/.local/state/keyfob/audit');
    expect(paths.socket).toBe('/run/user/1000/keyfob/keyfob.sock');
    expect(paths.serviceName).toBe('Keyfob');
    expect(homePaths({}, linux).socket).toBe('/home/alice/.local/state/keyfob/keyfob.sock');
  });

  it("takes macOS's and Windows' own places", () => {
    const mac = homePaths({}, { platform: 'darwin', userHome: '/Users/alice', uid: 501 });
    expect(mac.configFolder).toBe('/Users/alice/Library/Application Support/Keyfob');
    expect(mac.socket).toBe('/Users/alice/Library/Application Support/Keyfob/keyfob.sock');
    const windows = homePaths(
      { LOCALAPPDATA: 'C:\\Users\\alice\\AppData\\Local', APPDATA: 'C:\\Users\\alice\\AppData\\Roaming' },
      { platform: 'win32', userHome: 'C:\\Users\\alice', uid: null },
    );
    expect(windows.configFolder).toBe('C:\\Users\\alice\\AppData\\Local\\Keyfob');
    expect(windows.socket).toMatch(/^\\\\\.\\pipe\\keyfob-[0-9a-f]{12}$/);
    expect(windows.socketFolder).toBeNull();
  });

  it('takes a short private folder for a socket whose path would be too long', () => {
    const home = path.join(folder, 'x'.repeat(120));
    const inRuntime = homePaths({ KEYFOB_HOME: home, XDG_RUNTIME_DIR: '/run/user/1000' }, linux);
    expect(inRuntime.socket).toMatch(/^\/run\/user\/1000\/keyfob-[0-9a-f]{12}\/keyfob\.sock$/);
    const inTmp = homePaths({ KEYFOB_HOME: home }, linux);
    expect(inTmp.socket).toMatch(/^\/tmp\/keyfob-1000-[0-9a-f]{12}\/keyfob\.sock$/);
    expect(homePaths({ KEYFOB_HOME: `${home}y` }, linux).socket).not.toBe(inTmp.socket);
    // 103 bytes fit, counted in bytes and not in characters.
    const fits = path.join(folder, 'x'.repeat(103 - folder.length - '//keyfob.sock'.length));
    expect(Buffer.byteLength(homePaths({ KEYFOB_HOME: fits }, linux).socket)).toBe(103);
    expect(homePaths({ KEYFOB_HOME: `${fits.slice(0, -1)}ü` }, linux).socket).toMatch(/^\/tmp\//);
  });
});
