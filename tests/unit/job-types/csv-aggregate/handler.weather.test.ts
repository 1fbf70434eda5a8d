import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { emptyAggregate } from '../../../../job-types/csv-aggregate/aggregate.ts';
import type { csvAggregate as contract } from '../../../../job-types/csv-aggregate/contract.ts';
import { sourceOf } from '../../../../job-types/csv-aggregate/csv-records.ts';
import { continueAggregate } from '../../../../job-types/csv-aggregate/handler.ts';
import type { PayloadOf } from '../../../../shared/job/handler.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';

const file = new URL('../../../../node_modules/vega-datasets/data/seattle-weather.csv', import.meta.url);

const metrics: PayloadOf<typeof contract>['metrics'] = [
  { column: 'date', op: 'count' },
  { column: 'precipitation', op: 'sum' },
  { column: 'temp_max', op: 'mean' },
  { column: 'temp_min', op: 'min' },
  { column: 'wind', op: 'max' },
];

it('the CSV aggregation of four years of weather data gives the same values as integer arithmetic in tenths', async () => {
  const csv = readFileSync(file, 'utf8');
  const days = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const expected = ['drizzle', 'fog', 'rain', 'snow', 'sun'].map((key) => {
    const group = days.filter((day) => day[5] === key);
    const tenths = (at: number) => group.map((day) => Math.round(Number(day[at]) * 10));
    const sum = (at: number) => tenths(at).reduce((before, value) => before + value, 0);
    const [precipitation, maxTemperatures] = [sum(1) / 10, sum(2) / 10];
    const values = [
      group.length,
      precipitation,
      maxTemperatures / group.length,
      Math.min(...tenths(3)) / 10,
      Math.max(...tenths(4)) / 10,
    ];
    return { key, values };
  });

  const payload = { source: sourceOf(csv), groupBy: 'weather', metrics, checkpointMs: 0 };
  const result = await continueAggregate(emptyAggregate(), payload, aJobContext());
  expect(result).toEqual({ rows: 1461, groups: expected });
});
