// Where the quick panel stands on a screen. Pure.
import type { Area } from './window-bounds.ts';

const size = { width: 560, height: 420 };
/** The part of the free height that is above it: where eyes are first. */
const above = 0.4;

/** In the middle of an area (pixels), a little above it; smaller where the area is. */
export function panelBounds({ x, y, width, height }: Area): Area {
  const own = { width: Math.min(size.width, width), height: Math.min(size.height, height) };
  return {
    x: x + Math.round((width - own.width) / 2),
    y: y + Math.round((height - own.height) * above),
    ...own,
  };
}
