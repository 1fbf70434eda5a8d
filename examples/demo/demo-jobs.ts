import { readFile } from 'node:fs/promises';
import * as z from 'zod/v4/core';
import type { PayloadOf } from '../../shared/author/handler.ts';
import type { JobResponse } from '../../shared/http/responses/job-response.ts';
import { contracts } from '../contracts.ts';

/** Why the demo failed. Its message is all that is printed. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

export interface DemoJob {
  readonly type: keyof typeof contracts;
  readonly payload: unknown;
  /** Formats the result for people. @throws DemoError if the result is wrong */
  report(job: JobResponse): string;
}

const dataSet = 'vega-datasets/data/seattle-weather.csv';
/** Four years of weather in Seattle, from the npm package `vega-datasets`. */
export const weatherFile = new URL(`../../node_modules/${dataSet}`, import.meta.url);

/** Aggregates it: four figures per kind of weather. */
export async function weatherJob(): Promise<DemoJob> {
  const csv = await readFile(weatherFile, 'utf8');
  const days = csv.trim().split('\n').length - 1;
  const payload: PayloadOf<(typeof contracts)['csv-aggregate']> = {
    csv,
    groupBy: 'weather',
    metrics: [
      { column: 'date', op: 'count' },
      { column: 'temp_max', op: 'mean' },
      { column: 'temp_max', op: 'max' },
      { column: 'precipitation', op: 'sum' },
    ],
  };
  return {
    type: 'csv-aggregate',
    payload,
    report({ result }) {
      const { rows, groups } = z.parse(contracts['csv-aggregate'].result, result);
      if (rows !== days) throw new DemoError(`The job read ${rows} of ${days} records.`);
      const cells = groups.map(({ key, values: [count, mean, max, sum] }) => [
        key,
        figure(count, 0),
        figure(mean, 1),
        figure(max, 1),
        figure(sum, 1),
      ]);
      const head = ['weather', 'days', 'mean high °C', 'highest °C', 'precipitation mm'];
      return `  ${dataSet}, ${rows} days\n\n${textTable(head, cells)}`;
    },
  };
}

/** Counts down five seconds, after a first attempt that fails. */
export const countdownJob: DemoJob = {
  type: 'countdown',
  payload: { seconds: 5, failFirst: 1 } satisfies PayloadOf<typeof contracts.countdown>,
  report({ history, createdAt }) {
    const cells = history.map(({ event, at, attempt, error = '' }) => [
      `${((Date.parse(at) - Date.parse(createdAt)) / 1000).toFixed(1)} s`,
      event,
      String(attempt),
      error,
    ]);
    return `  countdown, from its history\n\n${textTable(['after', 'event', 'attempt', 'error'], cells)}`;
  },
};

const figure = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '-';

const isNumeric = (cell: string): boolean => /^[-+]?[\d.,]+( \S+)?$/.test(cell);

/** Formats a table for a terminal. Columns of numbers are aligned to the right. */
function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = head.map((title, column) => {
    const cells = rows.map((row) => row[column] ?? '');
    const width = Math.max(title.length, ...cells.map((cell) => cell.length));
    const toRight = cells.length > 0 && cells.every((cell) => cell === '' || isNumeric(cell));
    return { width, pad: (cell: string) => (toRight ? cell.padStart(width) : cell.padEnd(width)) };
  });
  const line = (cells: readonly string[]) =>
    `  ${columns.map(({ pad }, column) => pad(cells[column] ?? '')).join('   ')}`.trimEnd();
  const rule = columns.map(({ width }) => '─'.repeat(width));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
