import { expect, test } from 'vitest';
import { span, timeLeft } from './time-left.ts';

const now = 1_000_000_000_000;
const tell = (seconds: number, language: 'en' | 'de' = 'en'): string | undefined =>
  timeLeft(now / 1000 + seconds, now).text?.[language];

test('time left is rounded down, by the minute and by ten seconds in the last one', () => {
  expect([0, 9, 10, 59, 60, 119, 3599, 3600, 7500].map((one) => tell(one))).toEqual([
    'expired',
    'a few seconds left',
    '10 s left',
    '50 s left',
    '1 min left',
    '1 min left',
    '59 min left',
    '1 h left',
    '2 h 5 min left',
  ]);
  expect(tell(2 * 86_400 + 3_601)).toBe('2 d 1 h left');
  expect(tell(7500, 'de')).toBe('noch 2 h 5 min');
  expect(timeLeft(null, now)).toEqual({ text: null, alive: true, changesIn: null });
  expect(span(86_400_000 + 60_000, 'en')).toBe('1 d');
});

test('the text of the time left is another one when it is said to change, and not before', () => {
  for (const seconds of [5, 10, 35, 60, 61, 3_600, 86_400, 200_000]) {
    const end = now / 1000 + seconds;
    const { text, changesIn } = timeLeft(end, now);
    expect(timeLeft(end, now + (changesIn ?? 0)).text).not.toEqual(text);
    expect(timeLeft(end, now + (changesIn ?? 0) - 2).text).toEqual(text);
  }
});
