import { describe, expect, it } from 'vitest';

import { markColors } from '../api/account-mark.ts';
import { dotBitmap } from './account-dots.ts';

/** Contrast of two colours (WCAG 2.2). */
function contrast(one: readonly number[], other: readonly number[]): number {
  const [light = 0, dark = 0] = [one, other].map(luminance).toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
const pixel = (pixels: Buffer, at: number): number[] => [...pixels.subarray(at * 4, at * 4 + 4)];

describe('the dot of an account’s colour in the tray’s menu', () => {
  it.each(markColors)('in %s is seen on a light menu and on a dark one', (color) => {
    const [blue = 0, green = 0, red = 0, alpha] = pixel(dotBitmap(color, 16), 8 * 16 + 8);
    expect(alpha).toBe(255);
    expect(contrast([red, green, blue], [255, 255, 255])).toBeGreaterThan(3);
    expect(contrast([red, green, blue], [48, 48, 48])).toBeGreaterThan(2.5);
  });

  it('that is clear shows nothing', () => {
    expect(dotBitmap('clear', 16).equals(Buffer.alloc(16 * 16 * 4))).toBe(true);
  });

  it.each([16, 32])('of %d pixels is round, clear at its corners and premultiplied', (size) => {
    const dot = dotBitmap('red', size);
    expect(dot).toHaveLength(size * size * 4);
    for (const corner of [0, size - 1, size * (size - 1), size * size - 1])
      expect(pixel(dot, corner)).toEqual([0, 0, 0, 0]);
    for (let at = 0; at < size * size; at += 1) {
      const [blue = 0, green = 0, red = 0, alpha = 0] = pixel(dot, at);
      expect(Math.max(blue, green, red)).toBeLessThanOrEqual(alpha);
      // The same from all four sides.
      expect(pixel(dot, size * size - 1 - at)).toEqual([blue, green, red, alpha]);
    }
  });
});
