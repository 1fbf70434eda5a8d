import type { JobType } from '../../../shared/jobs/catalog.ts';
import { countdown } from './countdown.ts';
import { csvAggregate } from './csv-aggregate.ts';
import type { Work } from './work.ts';

/** Every job type's work. The compiler refuses a contract without one, and a result that does not fit. */
export const works: { readonly [Type in JobType]: Work<Type> } = {
  countdown,
  'csv-aggregate': csvAggregate,
};
