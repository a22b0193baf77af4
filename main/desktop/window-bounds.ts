// Where the window stands, from one start to the next.
//
// Invariants: a place that no display shows is not taken; a window that nobody moved is kept where it was asked
// to stand, although X11 tells the place of its content and takes the place of its frame (else it would walk
// down the screen by its title bar at each start).

/** A part of the screen, in its pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Bounds {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels of a window that have to be seen, each way, so that it can be taken hold of. */
const minSeen = 80;

/** The bounds, without their place where too little of it would be seen on any display. */
export function onDisplay({ x, y, width, height }: Bounds, displays: readonly Area[]): Bounds {
  const size = { width, height };
  if (x === undefined || y === undefined) return size;
  const seen = displays.some(
    (area) =>
      Math.min(x + width, area.x + area.width) - Math.max(x, area.x) >= minSeen &&
      y >= area.y &&
      area.y + area.height - y >= minSeen,
  );
  return seen ? { x, y, ...size } : size;
}

/**
 * What to keep of a window: its bounds as told now, less what the system had added to the place it was asked to
 * stand at. `settled`: what was told once it stood there; null while that is not known.
 */
export function toKeep(now: Area, asked: Bounds, settled: Pick<Area, 'x' | 'y'> | null): Bounds {
  const { x, y } = asked;
  if (x === undefined || y === undefined) return now;
  if (settled === null) return { ...now, x, y };
  return { ...now, x: now.x - (settled.x - x), y: now.y - (settled.y - y) };
}
