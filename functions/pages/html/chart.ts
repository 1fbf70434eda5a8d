import type { Series } from '../../../shared/domain/observe/stage-series.ts';
import { type Html, html } from './html.ts';

/*
 * Charts as SVG, without a style of their own, which the policy of pages does not allow. Nobody needs a colour to read
 * them: p95 is dashed, failed jobs are hatched, and lines have their names. The numbers are in a table beside them.
 */

interface Axes {
  /** What a screen reader says of the chart. */
  readonly label: string;
  /** Texts below: of the first period and of the last. */
  readonly times: readonly [string, string];
}

/** On a phone a chart is as wide as that: its texts keep their size. */
const size = { width: 320, height: 130 };
const plot = { left: 58, right: 290, top: 12, bottom: 104 };
const high = plot.bottom - plot.top;

/** What stands for failed jobs, once in a page that has bars. */
export const hatching = html`<svg class="hidden" aria-hidden="true" focusable="false"><defs><pattern id="hatching" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="paper" width="5" height="5"/><rect class="ink" width="2" height="5"/></pattern></defs></svg>`;

/** Lines of a median and of a 95th percentile. Where there is no value, a line has a gap. */
export function linesOf({ p50, p95 }: Readonly<Record<'p50' | 'p95', Series>>, axes: Axes): Html {
  const longest = Math.max(1, ...[...p50, ...p95].map((value) => value ?? 0));
  // A round number of its unit.
  const { ms } = unitOf(longest);
  const max = roundUp(longest / ms) * ms;
  const [low, top] = [endOf(p50, max), endOf(p95, max)];
  // Else the names would lie upon each other.
  const below = Math.max(low.y, top.y + 12);
  return frame(
    { ...axes, max: shortTime(max) },
    html`<path class="p50" d="${pathOf(p50, max)}"/><path class="p95" stroke-dasharray="5 3" d="${pathOf(p95, max)}"/>
<text x="${low.x}" y="${(below + 4).toFixed(1)}">p50</text><text x="${top.x}" y="${(top.y + 4).toFixed(1)}">p95</text>`,
  );
}

/** Bars of jobs that ended, those that failed on top. */
export function barsOf(succeeded: readonly number[], failed: readonly number[], axes: Axes): Html {
  const max = roundUp(Math.max(1, ...succeeded.map((count, at) => count + (failed[at] ?? 0))));
  const wide = (plot.right - plot.left) / succeeded.length;
  const bars = (counts: readonly number[], below: readonly number[]) =>
    counts
      .map((count, at) => {
        if (count === 0) return '';
        const y = plot.bottom - ((below[at] ?? 0) / max) * high;
        const tall = Math.max(1, (count / max) * high);
        return `M${(plot.left + at * wide).toFixed(1)} ${y.toFixed(1)}v-${tall.toFixed(1)}h${(wide * 0.8).toFixed(1)}v${tall.toFixed(1)}z`;
      })
      .join('');
  return frame(
    { ...axes, max: String(max) },
    html`<path class="ended" d="${bars(succeeded, [])}"/><path class="hatched" fill="url(#hatching)" d="${bars(failed, succeeded)}"/>`,
  );
}

const frame = ({ label, times: [first, last], max }: Axes & { readonly max: string }, drawn: Html): Html =>
  html`<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label}">
<path class="axis" d="M${plot.left} ${plot.top}H${plot.right}M${plot.left} ${plot.bottom}H${plot.right}"/>
<text x="${plot.left - 6}" y="${plot.top + 4}" text-anchor="end">${max}</text><text x="${plot.left - 6}" y="${plot.bottom + 4}" text-anchor="end">0</text>
<text x="${plot.left}" y="${plot.bottom + 18}">${first}</text><text x="${plot.right}" y="${plot.bottom + 18}" text-anchor="end">${last}</text>
${drawn}</svg>`;

/** 1, 2 or 5, and zeros. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((each) => each * power >= value) ?? 10);
}

const placeOf = (series: Series, at: number, max: number) => ({
  x: plot.left + ((at + 0.5) / series.length) * (plot.right - plot.left),
  y: plot.bottom - ((series[at] ?? 0) / max) * high,
});

const timeUnits = [
  { ms: 3_600_000, unit: 'h' },
  { ms: 60_000, unit: 'min' },
  { ms: 1_000, unit: 's' },
] as const;
const unitOf = (time: number) => timeUnits.find(({ ms }) => time >= ms) ?? { ms: 1, unit: 'ms' };

/** `350 ms`, `1.2 s`, `5 min`, `2.5 h`. */
export function shortTime(time: number): string {
  const { ms, unit } = unitOf(Math.round(time));
  return `${ms === 1 ? Math.round(time) : Math.round((time / ms) * 10) / 10} ${unit}`;
}

/** Where the name of a line stands: right of its last value. */
function endOf(series: Series, max: number) {
  const last = series.findLastIndex((value) => value !== undefined);
  const { x, y } = placeOf(series, Math.max(0, last), max);
  return { x: (x + 5).toFixed(1), y };
}

/** A value with gaps at both of its sides is a short line. */
const pathOf = (series: Series, max: number): string =>
  series
    .map((value, at) => {
      if (value === undefined) return '';
      const { x, y } = placeOf(series, at, max);
      const [goesOn, isEnd] = [at > 0 && series[at - 1] !== undefined, series[at + 1] === undefined];
      return `${goesOn ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}${goesOn || !isEnd ? '' : 'm-3 0h6'}`;
    })
    .join('');
