// What the filters of the audit ask the host for, which looks through all of it. Pure.
import type { AuditWanted, Listener } from '../../../main/api/audit.ts';

/** Ways by which a person asks, and those by which programs do. */
const byPerson: Readonly<Record<'you' | 'tray', readonly Listener[]>> = {
  you: ['window', 'console'],
  tray: ['tray'],
};
const byPrograms: readonly Listener[] = ['socket', 'tcp', 'guest', 'oidc-agent', 'keyfob'];

/** A person's choices; empty: any. */
export interface AuditFilters {
  /** `you`, `tray`, `nobody`, or `client NAME`. */
  readonly who: string;
  readonly account: string;
  /** A day (`2026-11-29`) or a month (`2026-11`) of the person's own time zone. */
  readonly time: string;
  readonly refusedOnly: boolean;
}

export function wantedOf({ who, account, time, refusedOnly }: AuditFilters): AuditWanted {
  return {
    ...(who === '' ? {} : whoWanted(who)),
    ...(account === '' ? {} : { account }),
    ...(time === '' ? {} : timeWanted(time)),
    ...(refusedOnly ? { refused: true } : {}),
  };
}

function whoWanted(who: string): AuditWanted {
  if (who === 'you' || who === 'tray') return { via: byPerson[who] };
  if (who === 'nobody') return { client: null, via: byPrograms };
  return { client: who.slice('client '.length) };
}

/** When the day of a time began; both in Unix seconds. */
export function midnightBefore(time: number): number {
  return new Date(time * 1000).setHours(0, 0, 0, 0) / 1000;
}

/** The times that may be chosen: the last thirty days and twelve months, up to a day (Unix seconds). */
export function timesBefore(today: number): readonly string[] {
  const day = new Date(today * 1000);
  const [year, month, date] = [day.getFullYear(), day.getMonth(), day.getDate()];
  return [
    ...Array.from({ length: 30 }, (_, n) => written(new Date(year, month, date - n))),
    ...Array.from({ length: 12 }, (_, n) => written(new Date(year, month - n, 1)).slice(0, 'YYYY-MM'.length)),
  ];
}

function written(day: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** From midnight to midnight, be a day 23 hours or 25. */
function timeWanted(time: string): AuditWanted {
  const isMonth = time.length === 'YYYY-MM'.length;
  const begin = new Date(isMonth ? `${time}-01T00:00` : `${time}T00:00`);
  const end = new Date(begin);
  if (isMonth) end.setMonth(end.getMonth() + 1);
  else end.setDate(end.getDate() + 1);
  return { since: Math.floor(begin.getTime() / 1000), until: Math.floor(end.getTime() / 1000) };
}
