// How long something still lives, with one rounding for window, tray, panel, command line and notifications. Pure.
//
// Invariants: never more than there is (rounded down); under a minute in steps of 10 s; two units at most, and the
// text changes by the minute, or by 10 s in the last one.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

type Language = 'en' | 'de';

export interface TimeLeft {
  /** `43 min left`, by language; null when the end is not known. */
  readonly text: Readonly<Record<Language, string>> | null;
  /** Whether it has not ended; true when the end is not known. */
  readonly alive: boolean;
  /** Ms until the text changes; null: never. */
  readonly changesIn: number | null;
}

/** How each unit is written, by language. */
export const units: Readonly<Record<Language, { d: string; h: string; min: string; s: string }>> = {
  en: { d: 'd', h: 'h', min: 'min', s: 's' },
  de: { d: 'T', h: 'h', min: 'min', s: 's' },
};
const left: Readonly<Record<Language, (time: string) => string>> = {
  en: (time) => `${time} left`,
  de: (time) => `noch ${time}`,
};
const ended: Readonly<Record<Language, string>> = { en: 'expired', de: 'abgelaufen' };
const almost: Readonly<Record<Language, string>> = { en: 'a few seconds left', de: 'noch wenige Sekunden' };

/** Ms of the step in which a length of time is told. */
function stepOf(ms: number): number {
  return ms < minute ? 10 * second : ms < day ? minute : hour;
}

/** A length of time (ms, not negative): `2 h 5 min`, `43 min`, `50 s`, `3 d 4 h`; under 10 s `0 s`. */
export function span(ms: number, language: Language): string {
  const whole = ms - (ms % stepOf(ms));
  const { d, h, min, s } = units[language];
  const pieces: readonly [number, string][] =
    whole >= day
      ? [
          [whole / day, d],
          [(whole % day) / hour, h],
        ]
      : whole >= minute
        ? [
            [whole / hour, h],
            [(whole % hour) / minute, min],
          ]
        : [[whole / second, s]];
  const told = pieces
    .map(([count, unit]) => [Math.floor(count), unit] as const)
    .filter(([count]) => count > 0);
  return told.length === 0 ? `0 ${s}` : told.map(([count, unit]) => `${String(count)} ${unit}`).join(' ');
}

/** Says how long is left until `expiresAt` (Unix seconds, or null), at `now` (Unix ms). */
export function timeLeft(expiresAt: number | null, now: number): TimeLeft {
  if (expiresAt === null) return { text: null, alive: true, changesIn: null };
  const ms = expiresAt * 1000 - now;
  if (ms <= 0) return { text: ended, alive: false, changesIn: null };
  const tell = (language: Language): string =>
    ms < 10 * second ? almost[language] : left[language](span(ms, language));
  const changesIn = ms < 10 * second ? ms : (ms % stepOf(ms)) + 1;
  return { text: { en: tell('en'), de: tell('de') }, alive: true, changesIn };
}
