import { expect, it } from 'vitest';
import { isWanted } from '../../../main/api/audit-filter.ts';
import type { AuditLine } from '../../../main/api/audit.ts';
import { timesBefore, wantedOf } from './audit-filter.ts';
import { whoOf } from './audit-texts.ts';

const any = { who: '', account: '', time: '', refusedOnly: false };
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
  expect(found('client local')).toEqual(['Local program']);
});

it('the filters of the audit take a day, or a month, from midnight to midnight', () => {
  const isIn = (time: string, ...moment: [number, number, number, number, number]): boolean =>
    isWanted({ ...line, at: Math.floor(new Date(...moment).getTime() / 1000) }, wantedOf({ ...any, time }));
  for (const time of ['2026-03-01', '2026-03']) {
    expect([isIn(time, 2026, 1, 28, 23, 59), isIn(time, 2026, 2, 1, 0, 0)]).toEqual([false, true]);
  }
  expect([isIn('2026-03-01', 2026, 2, 1, 23, 59), isIn('2026-03-01', 2026, 2, 2, 0, 0)]).toEqual([
    true,
    false,
  ]);
  expect([isIn('2026-03', 2026, 2, 31, 23, 59), isIn('2026-03', 2026, 3, 1, 0, 0)]).toEqual([true, false]);
});

it('the filters of the audit offer each day of the last month, and the months of a year', () => {
  const times = timesBefore(new Date(2026, 2, 31).getTime() / 1000);
  expect(times.slice(0, 2)).toEqual(['2026-03-31', '2026-03-30']);
  expect(times.at(29)).toBe('2026-03-02');
  expect(times.slice(30)).toEqual([
    ...['2026-03', '2026-02', '2026-01', '2025-12', '2025-11', '2025-10', '2025-09'],
    ...['2025-08', '2025-07', '2025-06', '2025-05', '2025-04'],
  ]);
});
