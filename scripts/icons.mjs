// Draws every icon from the two SVG sources in assets/: the tray's states in the sizes that trays want, and the
// application's picture. `node scripts/icons.mjs [FOLDER]` writes them, into assets/ when no folder is named.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';

const assets = fileURLToPath(new URL('../assets', import.meta.url));
const states = ['fine', 'refreshing', 'sign-in-needed', 'locked', 'offline'];
/** Points, each with the finer ones that Electron looks for beside it. */
const sizes = [
  { points: 16, scales: [1, 1.5, 2] },
  { points: 22, scales: [1, 2] },
];
/** What the mark is drawn in: on a light panel, on a dark one, and for macOS, which colours it itself. */
const looks = { 'on-light': '#24292e', 'on-dark': '#f4f6f6', Template: '#000000' };
const pictures = { 'icon.png': 1024 };

/** @returns {Map<string, Buffer>} the bytes of each icon by its path in assets/ */
function draw() {
  const icons = new Map();
  const tray = readFileSync(path.join(assets, 'tray.svg'), 'utf8');
  for (const state of states) {
    for (const [look, colour] of Object.entries(looks)) {
      const svg = inState(tray, state).replaceAll('currentColor', colour);
      for (const { points, scales } of sizes) {
        for (const scale of scales) {
          const finer = scale === 1 ? '' : `@${scale}x`;
          icons.set(`icons/${state}-${points}-${look}${finer}.png`, render(svg, points * scale));
        }
      }
    }
  }
  const tile = readFileSync(path.join(assets, 'keyfob.svg'), 'utf8');
  for (const [name, size] of Object.entries(pictures)) icons.set(name, render(tile, size));
  return icons;
}

/** Leaves out what belongs to other states, and names this one in references. */
function inState(svg, state) {
  return svg
    .replaceAll(/<g data-state="([^"]*)"[\s\S]*?<\/g>/g, (group, names) =>
      names.split(' ').includes(state) ? group : '',
    )
    .replaceAll('STATE', state);
}

function render(svg, size) {
  return new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render().asPng();
}

const folder = process.argv[2] ?? assets;
mkdirSync(path.join(folder, 'icons'), { recursive: true });
for (const [name, bytes] of draw()) writeFileSync(path.join(folder, name), bytes);
