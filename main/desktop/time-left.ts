// How long a token still lives, in words that change by the minute and no faster. Pure.
import type { TimeLeft } from '../messages/time-left.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

type EnglishTimeLeft = Omit<TimeLeft, 'text'> & { readonly text: string | null };

/** Says how long is left until `expiresAt` (Unix seconds, or null), at `now` (Unix ms). */
export function timeLeft(expiresAt: number | null, now: number): EnglishTimeLeft {
  if (expiresAt === null) return { text: null, alive: true, changesIn: null };
  const left = expiresAt * 1000 - now;
  if (left <= 0) return { text: 'ended', alive: false, changesIn: null };
  if (left < minute) return { text: 'less than a minute left', alive: true, changesIn: left };
  const [unit, name] =
    left < 2 * hour ? [minute, 'min'] : left < 2 * day ? [hour, 'h'] : ([day, 'days'] as const);
  const whole = Math.floor(left / unit);
  // One ms behind the boundary, where the next lower number begins.
  return { text: `${whole} ${name} left`, alive: true, changesIn: left - whole * unit + 1 };
}
