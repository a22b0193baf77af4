/** A plot of a bench's rows: a bar for each ratio with its spread, and a mark at what is to be reached. SVG, no script. */

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** The plot of the rows that have a ratio. `header` names the machine. */
export function plotOf(name, rows, header) {
  const shown = rows.filter(({ ratio }) => typeof ratio === 'number');
  const [left, width, step, top] = [330, 420, 26, 56];
  const highest = Math.max(
    1,
    ...shown.flatMap(({ ratio, spread, target }) => [ratio, spread?.[1] ?? 0, target ?? 0]),
  );
  // Some ratios are far from the others: what is longer than the plot is cut off, and its number says what it is.
  const scale = width / Math.min(highest, 4);
  const x = (ratio) => left + Math.min(width, ratio * scale);
  const height = top + shown.length * step + 24;
  const bars = shown.map(({ what, ratio, spread, target, of }, index) => {
    const y = top + index * step;
    const middle = y + 8;
    return [
      `<text x="${left - 8}" y="${middle + 4}" text-anchor="end">${escape(what.replaceAll('`', ''))}</text>`,
      `<rect class="bar" x="${left}" y="${y}" width="${x(ratio) - left}" height="16" rx="2"/>`,
      spread ? `<path class="spread" d="M${x(spread[0])} ${middle}H${x(spread[1])}"/>` : '',
      typeof target === 'number' && of !== 'value'
        ? `<path class="target" d="M${x(target)} ${y - 3}V${y + 19}"/>`
        : '',
      `<text x="${Math.max(x(ratio), spread ? x(spread[1]) : 0) + 8}" y="${middle + 4}">${ratio} ×</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 90}" height="${height}" viewBox="0 0 ${left + width + 90} ${height}" role="img">
<title>${escape(name)}: time by the floor's</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #222 }
.small { font-size: 11px; fill: #666 }
.bar { fill: #4f8fd0 }
.spread { stroke: #173a5e; stroke-width: 2 }
.target { stroke: #c0392b; stroke-width: 2 }
.one { stroke: #999; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .small { fill: #aaa } .spread { stroke: #d5e6f7 } }
</style>
<text x="8" y="20" font-weight="bold">${escape(name)}: times its floor (dashed: 1), spread, red: to reach</text>
<text class="small" x="8" y="38">${escape(header)}</text>
<path class="one" d="M${x(1)} ${top - 6}V${height - 20}"/>
${bars.join('\n')}
</svg>
`;
}
