import type { Meter } from '../../shared/domain/observe/metrics.ts';
import type { Mutant } from './mutant.ts';

const counting =
  (of: Parameters<Meter['count']>[0], times: number) =>
  (meter: Meter): Meter => ({
    ...meter,
    count: (metric, type) => {
      for (let time = 0; time < (metric === of ? times : 1); time += 1) meter.count(metric, type);
    },
  });

export const meterMutants: readonly Mutant[] = [
  { name: 'a success that is counted twice', meter: counting('JobsSucceeded', 2) },
  { name: 'a failure that is not counted', meter: counting('JobsFailed', 0) },
  { name: 'an attempt that is counted twice', meter: counting('AttemptsStarted', 2) },
];
