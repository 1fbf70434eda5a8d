import { PermanentError } from '../../shared/job/errors.ts';
import type { JobContext, JobHandler, PayloadOf, ResultOf } from '../../shared/job/handler.ts';
import { type Aggregate, addRecord, emptyAggregate, type Plan, planFor, toResult } from './aggregate.ts';
import type { csvAggregate as contract } from './contract.ts';
import { type CsvRecord, type ReadingStart, readRecords } from './csv-records.ts';

/** The CSV has no header, so there is nothing to group. */
export class EmptyCsvError extends PermanentError {
  override name = 'EmptyCsvError';
}

const rowsPerReport = 1000;
const maxSaved = 60 * 1024;

export const csvAggregate: JobHandler<typeof contract> = (payload, job) =>
  continueAggregate(job.resume ?? emptyAggregate(), payload, job);

interface Reading extends Pick<JobContext<Aggregate>, 'signal' | 'progress' | 'checkpoint'> {
  /** How much is read before the state is offered for saving. */
  readonly chunkBytes?: number;
}

/** Reads the CSV from the aggregate's position to the end, and adds each record to the aggregate. */
export async function continueAggregate(
  aggregate: Aggregate,
  payload: PayloadOf<typeof contract>,
  job: Reading,
): Promise<ResultOf<typeof contract>> {
  const text = Buffer.from(payload.csv);
  let plan: Plan | undefined = hasHeader(aggregate) ? planFor(aggregate, payload) : undefined;
  for await (const records of readRecords(text, startOf(aggregate), job)) {
    for (const record of records) {
      if (plan) addRecord(aggregate, plan, record);
      else {
        takeHeader(aggregate, record);
        plan = planFor(aggregate, payload);
      }
      if (record.row > 0 && record.row % rowsPerReport === 0)
        job.progress((aggregate.position / text.length) * 100, `${aggregate.rows} rows`);
    }
    if (canBeSaved(aggregate)) await job.checkpoint(aggregate);
  }
  if (!plan) throw new EmptyCsvError('the CSV is empty');
  job.progress(100, `${aggregate.rows} rows`);
  return toResult(aggregate, plan);
}

/** With very many groups it is too large to save. Then an interrupted aggregation starts from the beginning. */
const canBeSaved = (aggregate: Aggregate): boolean =>
  Buffer.byteLength(JSON.stringify(aggregate)) <= maxSaved;

const hasHeader = ({ header }: Aggregate): boolean => header.length > 0;

const startOf = (aggregate: Aggregate): ReadingStart =>
  hasHeader(aggregate)
    ? { position: aggregate.position, row: aggregate.rows + 1, width: aggregate.header.length }
    : { position: 0, row: 0 };

function takeHeader(aggregate: Aggregate, { fields, end }: CsvRecord): void {
  if (fields.join('') === '') throw new EmptyCsvError('the first line of the CSV has no names');
  aggregate.header = [...fields];
  aggregate.position = end;
}
