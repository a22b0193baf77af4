import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iconFile, iconLook } from '../main/desktop/tray-icons.ts';
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

/** What is light in a tile, bit by bit: all that a person sees who tells no colours apart. */
function tileWithoutColour(icon: string): string {
  const { pixels } = new Resvg(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="16" height="16"><image width="16" height="16" xlink:href="data:image/png;base64,${readFileSync(path.join(kept, 'icons', `${icon}-16-tile.png`)).toString('base64')}"/></svg>`,
  ).render();
  const light: number[] = [];
  for (let at = 0; at < pixels.length; at += 4) light.push((pixels[at + 1] ?? 0) > 160 ? 1 : 0);
  return light.join('');
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
        for (const look of ['tile', 'on-dark', 'on-light', 'Template'] as const) {
          const file = iconFile(path.join(kept, 'icons'), icon, platform, look);
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
    expect(new Set(trayIcons.map((icon) => tileWithoutColour(icon))).size).toBe(trayIcons.length);
  });

  it('carry their own contrast where nobody knows the panel, and follow the person anywhere', () => {
    const looks = (platform: string, dark: boolean): string[] =>
      (['system', 'light', 'dark', 'color'] as const).map((chosen) => iconLook(platform, { chosen, dark }));
    expect(looks('linux', true)).toEqual(['tile', 'on-dark', 'on-light', 'tile']);
    expect(looks('linux', false)).toEqual(looks('linux', true));
    expect(looks('darwin', true)[0]).toBe('Template');
    expect([looks('win32', true)[0], looks('win32', false)[0]]).toEqual(['on-dark', 'on-light']);
    expect(iconFile('/x', 'fine', 'darwin', 'Template')).toBe(path.join('/x', 'fine-16-Template.png'));
  });
});
