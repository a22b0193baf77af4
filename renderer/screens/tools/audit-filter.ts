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
  /** A date (ISO 8601) of the person's own time zone. */
  readonly day: string;
  readonly refusedOnly: boolean;
}

export function wantedOf({ who, account, day, refusedOnly }: AuditFilters): AuditWanted {
  return {
    ...(who === '' ? {} : whoWanted(who)),
    ...(account === '' ? {} : { account }),
    ...(day === '' ? {} : dayWanted(day)),
    ...(refusedOnly ? { refused: true } : {}),
  };
}

function whoWanted(who: string): AuditWanted {
  if (who === 'you' || who === 'tray') return { via: byPerson[who] };
  if (who === 'nobody') return { client: null, via: byPrograms };
  return { client: who.slice('client '.length) };
}

/** From midnight to midnight, be it 23 hours or 25. */
function dayWanted(day: string): AuditWanted {
  const begin = new Date(`${day}T00:00`);
  const end = new Date(begin);
  end.setDate(end.getDate() + 1);
  return { since: Math.floor(begin.getTime() / 1000), until: Math.floor(end.getTime() / 1000) };
}
