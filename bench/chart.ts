interface Bar {
  /** Whose it is. */
  readonly of: string;
  readonly median: number;
  readonly smallest: number;
  readonly greatest: number;
}

export interface BarChart {
  readonly title: string;
  readonly groups: readonly { readonly label: string; readonly bars: readonly Bar[] }[];
}

/** Those that people with a weakness for red or green tell apart, in the order of the bars. */
const colours: Readonly<Record<string, string>> = {
  ours: '#0072b2',
  bare: '#999999',
  stock: '#e69f00',
  bullmq: '#d55e00',
  'pg-boss': '#009e73',
};
const colourOf = (of: string): string => colours[of] ?? '#333333';
const placeOf = ({ of }: Bar): number => Object.keys(colours).indexOf(of);

const [width, labels, values, bar, gap] = [860, 230, 60, 13, 12];
const top = 64;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const textAt = (x: number, y: number, text: string, more = ''): string =>
  `<text x="${x}" y="${y}"${more}>${escaped(text)}</text>`;

/** Bars side by side, group by group, each with its figure and a line from its smallest to its greatest round. */
export function barChart({ title, groups }: BarChart): string {
  const sorted = groups.map(({ label, bars }) => ({
    label,
    bars: [...bars].sort((one, other) => placeOf(one) - placeOf(other)),
  }));
  const all = sorted.flatMap(({ bars }) => bars);
  const scale = (width - labels - values) / Math.max(1, ...all.map(({ greatest }) => greatest));
  const long = (value: number): number => Number((value * scale).toFixed(1));
  const lines: string[] = [];
  let y = top;
  for (const { label, bars } of sorted) {
    lines.push(textAt(labels - 8, y + (bars.length * bar) / 2 + 4, label, ' text-anchor="end"'));
    for (const { of, median, smallest, greatest } of bars) {
      const middle = y + (bar - 1) / 2;
      lines.push(
        `<rect x="${labels}" y="${y}" width="${long(median)}" height="${bar - 1}" fill="${colourOf(of)}"/>`,
        `<path d="M${labels + long(smallest)} ${middle}H${labels + long(greatest)}" stroke="#000"/>`,
        textAt(labels + long(greatest) + 6, y + bar - 3, median.toFixed(2)),
      );
      y += bar;
    }
    y += gap;
  }
  const legend = [...new Set(all.map(({ of }) => of))].map(
    (of, index) =>
      `<rect x="${labels + 90 * index}" y="38" width="10" height="10" fill="${colourOf(of)}"/>` +
      textAt(labels + 90 * index + 15, 47, of),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${y}" rx="6" fill="#fff"/>`,
    textAt(labels, 24, title, ' font-size="15"'),
    ...legend,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}
