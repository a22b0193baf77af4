// The hours that the audit's chart shows.

/** Seconds of a day. */
export const day = 86_400;

/** Where the chart ends: the next full hour; Unix seconds. */
export const chartEnd = (now: number): number => (Math.floor(now / 3600) + 1) * 3600;
