import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/v4/core';
import { contracts } from '../job-types/contracts.ts';
import type { JobResponse } from '../shared/http/job-response.ts';
import type { PayloadOf } from '../shared/job/handler.ts';
import { DemoError } from './demo-error.ts';
import { textTable } from './text-table.ts';

export interface DemoJob {
  readonly type: keyof typeof contracts;
  readonly payload: unknown;
  /** What came out, for people. @throws DemoError if it is not what it must be */
  report(job: JobResponse): string;
}

const dataSet = 'vega-datasets/data/seattle-weather.csv';

/** Four years of weather in Seattle, from the npm package `vega-datasets`: a figure or four for each kind. */
export async function weatherJob(): Promise<DemoJob> {
  const csv = await readFile(fileURLToPath(new URL(`../node_modules/${dataSet}`, import.meta.url)), 'utf8');
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
      if (rows !== days) throw new DemoError(`Of ${days} records, ${rows} were read.`);
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

/** Five seconds, and a first attempt that fails. */
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
    return `  countdown, as its history tells it\n\n${textTable(['after', 'event', 'attempt', 'error'], cells)}`;
  },
};

const figure = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '-';
