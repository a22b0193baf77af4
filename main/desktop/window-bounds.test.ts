import { describe, expect, it } from 'vitest';

import { onDisplay, toKeep } from './window-bounds.ts';

const size = { width: 440, height: 720 };
const displays = [
  { x: 0, y: 27, width: 1280, height: 773 },
  { x: 1280, y: 0, width: 1920, height: 1080 },
];

describe('a position of the window', () => {
  it('is taken where a display shows it, in part too', () => {
    for (const [x, y] of [
      [0, 27],
      [1200, 400],
      [-360, 27],
      [3100, 900],
    ] as const) {
      expect(onDisplay({ x, y, ...size }, displays)).toEqual({ x, y, ...size });
    }
  });

  it('is left to the system where the window could not be taken hold of', () => {
    for (const [x, y] of [
      [-400, 27],
      [100, 0],
      [100, 760],
      [5000, 100],
    ] as const) {
      expect(onDisplay({ x, y, ...size }, displays)).toEqual(size);
    }
    expect(onDisplay(size, displays)).toEqual(size);
  });
});

describe('the position that is kept', () => {
  const asked = { x: 120, y: 60, ...size };
  const settled = { x: 121, y: 80 };

  it('is where the window was asked to stand, when nobody moved it', () => {
    expect(toKeep({ ...settled, ...size }, asked, settled)).toEqual(asked);
    expect(toKeep({ x: 0, y: 0, ...size }, asked, null)).toEqual(asked);
  });

  it('is where it was moved to, and its new size', () => {
    const now = { x: 301, y: 220, width: 1000, height: 660 };
    expect(toKeep(now, asked, settled)).toEqual({ x: 300, y: 200, width: 1000, height: 660 });
    expect(toKeep(now, size, settled)).toEqual(now);
  });
});
