// The dot of an account's colour before its name in the tray's menu, as pixels. Pure.
//
// Invariant: each colour is seen on a light menu and on a dark one; nobody knows which the desktop draws.
import type { MarkColor } from '../api/account-mark.ts';

/** `clear` holds the place of a dot, so that labels begin below each other. */
export type DotColor = MarkColor | 'clear';

/** Red, green, blue. */
const colors: Readonly<Record<MarkColor, readonly [number, number, number]>> = {
  teal: [13, 148, 136],
  blue: [59, 130, 246],
  violet: [139, 92, 246],
  pink: [219, 79, 156],
  red: [226, 69, 69],
  orange: [222, 116, 24],
  olive: [128, 142, 28],
  grey: [130, 134, 141],
};

/** Points: what menus have room for beside a line of text. */
export const dotSize = 16;
/** Of the size; the rest is clear, so that the dot is no taller than small letters. */
const radius = 0.31;

/** A dot as `size` × `size` pixels of blue, green, red and alpha (premultiplied), 8 bits each: Electron's bitmap. */
export function dotBitmap(color: DotColor, size: number): Buffer {
  const pixels = Buffer.alloc(size * size * 4);
  if (color === 'clear') return pixels;
  const [red, green, blue] = colors[color];
  const middle = (size - 1) / 2;
  for (let at = 0; at < size * size; at += 1) {
    const distance = Math.hypot((at % size) - middle, Math.floor(at / size) - middle);
    const cover = Math.min(1, Math.max(0, radius * size - distance + 0.5));
    pixels.set(
      [blue * cover, green * cover, red * cover, 255 * cover].map((value) => Math.round(value)),
      at * 4,
    );
  }
  return pixels;
}
