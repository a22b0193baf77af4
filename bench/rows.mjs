/**
 * The rows that each bench gives (`measure(options)`), made and printed.
 *
 * A row: `{ id, what, value, unit, floor, ratio, target, spread, of }`. `value` and `floor` are medians in `unit`; `ratio`
 * is the median of value by floor, round by round, `spread` its middle half (first and third quartile); null where there
 * is no floor, the spread also where there was one round. `target` is what to reach, in the ratio, or (`of: 'value'`, or without a floor) in the value; a row of
 * requests a second reaches it from above, every other from below. In place of a row `{ missing }` says what could not be
 * measured, and why.
 */
import process from 'node:process';

export function quantile(values, share) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const two = (value) => Math.round(value * 100) / 100;

/** A row from a value of each round, ours and the floor's. */
export function rowOf(id, what, unit, values, floors, target) {
  const row = {
    id,
    what,
    value: two(quantile(values, 0.5)),
    unit,
    floor: null,
    ratio: null,
    target,
    spread: null,
  };
  if (floors === null) return row;
  const ratios = values.map((value, round) => value / floors[round]);
  return {
    ...row,
    floor: two(quantile(floors, 0.5)),
    ratio: two(quantile(ratios, 0.5)),
    spread: ratios.length > 1 ? [two(quantile(ratios, 0.25)), two(quantile(ratios, 0.75))] : null,
  };
}

/** Whether a row reaches its target; null without one. */
export function reaches({ target, ratio, value, unit, of }) {
  if (target === null || target === undefined) return null;
  const reached = of === 'value' || ratio === null ? value : ratio;
  return unit === '1/s' ? reached >= target : reached <= target;
}

/** A row's target in words. */
export function targetText(row) {
  if (row.target === null || row.target === undefined) return '';
  const unit = row.of === 'value' || row.ratio === null ? ` ${row.unit}` : ' ×';
  return `${row.unit === '1/s' ? '≥' : '≤'} ${row.target}${unit}`;
}

/** The cells of a row, for a table. */
export function cellsOf(row) {
  const { what, value, unit, floor, ratio, spread } = row;
  const reached = reaches(row);
  return [
    what,
    `${value} ${unit}`,
    floor === null || floor === undefined ? '' : `${floor} ${unit}`,
    ratio === null || ratio === undefined ? '' : `${ratio} ×`,
    spread === null || spread === undefined ? '' : `${spread[0]} to ${spread[1]}`,
    targetText(row),
    reached === null ? '' : reached ? 'yes' : 'no',
  ];
}

export const headings = ['what', 'Keyfob', 'floor or peer', 'ratio', 'spread', 'to reach', 'reached'];

/** The rows as a table of Markdown. */
export function tableOf(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [headings, headings.map(() => '---'), ...rows.map(cellsOf)].map(line).join('\n');
}

/** The rows of a bench that is run by itself: prints them; the process ends with 1 when a target is missed. */
export function tellRows(rows) {
  printRows(rows);
  if (rows.some((row) => reaches(row) === false)) process.exitCode = 1;
}

/** Prints rows for a terminal, and a line for each that is missing. */
export function printRows(all) {
  for (const { missing } of all) if (missing !== undefined) console.log(`Left out: ${missing}`);
  const rows = all.filter(({ missing }) => missing === undefined);
  if (rows.length === 0) return;
  const cells = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}
