import { expect, it } from 'vitest';
import { isWanted } from '../../../main/api/audit-filter.ts';
import type { AuditLine } from '../../../main/api/audit.ts';
import { wantedOf } from './audit-filter.ts';
import { whoOf } from './audit-texts.ts';

const any = { who: '', account: '', day: '', refusedOnly: false };
const line: AuditLine = {
  at: Math.floor(new Date(2026, 2, 1, 12).getTime() / 1000),
  client: null,
  via: 'window',
  account: 'hq',
  provider: null,
  route: 'account.copy',
  outcome: 'ok',
};

it('the filters of the audit ask for whom their choices name', () => {
  const lines: AuditLine[] = [
    line,
    { ...line, via: 'console' },
    { ...line, via: 'tray' },
    { ...line, via: 'tcp' },
    { ...line, via: 'tcp', client: 'nightly' },
    { ...line, via: 'socket', client: 'local' },
  ];
  const found = (who: string): string[] =>
    lines.filter((one) => isWanted(one, wantedOf({ ...any, who }))).map(whoOf);
  expect(found('')).toHaveLength(6);
  expect(found('you')).toEqual(['You, in the window', 'You, in the window']);
  expect(found('tray')).toEqual(['You, in the tray']);
  expect(found('nobody')).toEqual(['Not known']);
  expect(found('client nightly')).toEqual(['nightly']);
  expect(found('client local')).toEqual(['A program of this user']);
});

it('the filters of the audit take a day from midnight to midnight', () => {
  const on = (...moment: [number, number, number, number, number]): boolean =>
    isWanted(
      { ...line, at: Math.floor(new Date(...moment).getTime() / 1000) },
      wantedOf({ ...any, day: '2026-03-01' }),
    );
  expect([on(2026, 1, 28, 23, 59), on(2026, 2, 1, 0, 0)]).toEqual([false, true]);
  expect([on(2026, 2, 1, 23, 59), on(2026, 2, 2, 0, 0)]).toEqual([true, false]);
});
