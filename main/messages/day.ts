// A day as people write it, of a moment in Unix seconds. Pure but for this machine's own zone.

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-03-01`, and `01.03.2026` in German. */
export function dayText(unixSeconds: number, language: 'en' | 'de'): string {
  const date = new Date(unixSeconds * 1000);
  const year = String(date.getFullYear());
  const [month, day] = [two(date.getMonth() + 1), two(date.getDate())];
  return language === 'de' ? `${day}.${month}.${year}` : `${year}-${month}-${day}`;
}
