import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iconFile } from '../main/desktop/tray-icons.ts';
import { trayIcons } from '../main/desktop/tray-menu.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const kept = path.join(root, 'assets');
let drawn: string;

beforeAll(() => {
  drawn = mkdtempSync(path.join(os.tmpdir(), 'keyfob-icons-'));
  execFileSync(process.execPath, [path.join(root, 'scripts', 'icons.mjs'), drawn]);
});
afterAll(() => {
  rmSync(drawn, { recursive: true });
});

/** Width and height, from a PNG's header (RFC 2083 section 4.1.1). */
function sizeOf(file: string): [number, number] {
  const bytes = readFileSync(file);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe('the icons that are kept', () => {
  it('are what the script draws from the sources, all and none more', () => {
    const names = ['icon.png', ...readdirSync(path.join(drawn, 'icons')).map((name) => `icons/${name}`)];
    const there = ['icon.png', ...readdirSync(path.join(kept, 'icons')).map((name) => `icons/${name}`)];
    expect(there.sort()).toEqual(names.sort());
    const differing = names.filter(
      (name) => !readFileSync(path.join(kept, name)).equals(readFileSync(path.join(drawn, name))),
    );
    expect(differing).toEqual([]);
  });

  it('are there for every state on every platform, in the size that its tray wants', () => {
    for (const icon of trayIcons) {
      for (const platform of ['linux', 'win32', 'darwin']) {
        for (const dark of [true, false]) {
          const file = iconFile(path.join(kept, 'icons'), icon, { platform, dark });
          const finer = file.replace('.png', '@2x.png');
          expect([file, existsSync(file)]).toEqual([file, true]);
          const points = platform === 'linux' ? 22 : 16;
          expect(sizeOf(file)).toEqual([points, points]);
          expect(sizeOf(finer)).toEqual([2 * points, 2 * points]);
        }
      }
    }
  });

  it('tell states apart by shape, not by colour alone', () => {
    const shapes = trayIcons.map((icon) =>
      readFileSync(path.join(kept, 'icons', `${icon}-16-Template.png`)).toString('base64'),
    );
    expect(new Set(shapes).size).toBe(trayIcons.length);
  });

  it('give macOS template images by name', () => {
    const file = iconFile('/x', 'fine', { platform: 'darwin', dark: true });
    expect(file).toBe(path.join('/x', 'fine-16-Template.png'));
  });
});
