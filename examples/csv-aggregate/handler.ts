import {
  type JobContext,
  type JobHandler,
  type PayloadOf,
  PermanentError,
  type ResultOf,
} from '../../shared/author/index.ts';
import { type Aggregate, addRecord, emptyAggregate, type Plan, planFor, toResult } from './aggregate.ts';
import type { csvAggregate as contract } from './contract.ts';
import { type CsvRecord, type CsvSource, type ReadingStart, readRecords, sourceOf } from './csv-records.ts';

/** The CSV has no header, so there is nothing to group. */
export class EmptyCsvError extends PermanentError {
  override name = 'EmptyCsvError';
}

const rowsPerReport = 1000;

interface Settings {
  /** How long it reads before it saves its state again. */
  readonly checkpointMs: number;
}

export const csvAggregateWith =
  (settings: Settings): JobHandler<typeof contract> =>
  (payload, job) => {
    const { csv = '', object } = payload;
    const source = object === undefined ? sourceOf(csv) : job.object(object);
    return continueAggregate(job.resume ?? emptyAggregate(), { ...payload, ...settings, source }, job);
  };

/**
 * Not for every chunk: to save a state of MBs takes as long as to read some MB. And not every so many MB: then a slice
 * of a slow worker might have too few places to end at.
 */
export const csvAggregate = csvAggregateWith({ checkpointMs: 1_000 });

type Reading = Pick<JobContext<Aggregate>, 'signal' | 'now' | 'progress' | 'checkpoint'>;

interface Request extends Pick<PayloadOf<typeof contract>, 'groupBy' | 'metrics'>, Settings {
  readonly source: CsvSource;
}

/** Reads the CSV from the aggregate's position to the end, and adds each record to the aggregate. */
export async function continueAggregate(
  aggregate: Aggregate,
  { source, checkpointMs, ...request }: Request,
  job: Reading,
): Promise<ResultOf<typeof contract>> {
  const bytes = await source.size();
  let savedAt = job.now();
  let plan: Plan | undefined = hasHeader(aggregate) ? planFor(aggregate, request) : undefined;
  for await (const records of readRecords(source, startOf(aggregate), job)) {
    for (const record of records) {
      if (plan) addRecord(aggregate, plan, record);
      else {
        takeHeader(aggregate, record);
        plan = planFor(aggregate, request);
      }
      if (record.row > 0 && record.row % rowsPerReport === 0)
        job.progress((aggregate.position / bytes) * 100, `${aggregate.rows} rows`);
    }
    if (job.now() - savedAt >= checkpointMs) {
      await job.checkpoint(aggregate);
      savedAt = job.now();
    }
  }
  if (!plan) throw new EmptyCsvError('the CSV is empty');
  job.progress(100, `${aggregate.rows} rows`);
  return toResult(aggregate, plan);
}

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
