// Draws every icon from the SVG sources in assets/: the tray's states in the sizes that trays want, and the
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
  const [mark, tile, picture] = ['tray.svg', 'tray-tile.svg', 'keyfob.svg'].map((name) =>
    readFileSync(path.join(assets, name), 'utf8'),
  );
  for (const state of states) {
    for (const { points, scales } of sizes) {
      for (const scale of scales) {
        const size = points * scale;
        const put = (look, svg) => {
          const finer = scale === 1 ? '' : `@${scale}x`;
          icons.set(`icons/${state}-${points}-${look}${finer}.png`, render(inState(svg, state), size));
        };
        for (const [look, colour] of Object.entries(looks))
          put(look, mark.replaceAll('currentColor', colour));
        put('tile', withEdge(tile, 32 / size));
      }
    }
  }
  for (const [name, size] of Object.entries(pictures)) icons.set(name, render(picture, size));
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

/** Gives the tile an edge of one pixel, which is `pixel` units. */
function withEdge(svg, pixel) {
  return svg
    .replaceAll('EDGE_AT', pixel / 2)
    .replaceAll('EDGE_SIZE', 32 - pixel)
    .replaceAll('EDGE_RADIUS', 8 - pixel / 2)
    .replaceAll('EDGE_WIDTH', pixel);
}

function render(svg, size) {
  return new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render().asPng();
}

const folder = process.argv[2] ?? assets;
mkdirSync(path.join(folder, 'icons'), { recursive: true });
for (const [name, bytes] of draw()) writeFileSync(path.join(folder, name), bytes);
