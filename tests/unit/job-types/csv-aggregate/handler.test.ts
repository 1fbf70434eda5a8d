import { describe, expect, it } from '@jest/globals';
import type { Aggregate } from '../../../../job-types/csv-aggregate/aggregate.ts';
import type { csvAggregate as contract } from '../../../../job-types/csv-aggregate/contract.ts';
import { csvAggregate } from '../../../../job-types/csv-aggregate/handler.ts';
import { PermanentError } from '../../../../shared/job/errors.ts';
import type { PayloadOf } from '../../../../shared/job/handler.ts';
import { aJobContext } from '../../../fakes/job-context.ts';

const ignore = () => undefined;

/** A context that keeps what is reported, and lets a test step in when something is. */
function fakeJob({ signal = new AbortController().signal, onProgress = ignore as () => void } = {}) {
  const reports: [percent: number, message?: string][] = [];
  const job = aJobContext<Aggregate>({
    signal,
    progress(percent, message) {
      reports.push([percent, message]);
      onProgress();
    },
  });
  return { job, reports };
}

const sumOf = (csv: string): PayloadOf<typeof contract> => ({
  csv,
  groupBy: 'key',
  metrics: [{ column: 'n', op: 'sum' }],
});

/** A header of 6 bytes and records of 5. */
const tableOf = (rows: number) => `key,n\n${'é,1\n'.repeat(rows)}`;

async function refusal(payload: PayloadOf<typeof contract>): Promise<PermanentError> {
  const ended: unknown = await Promise.resolve(csvAggregate(payload, fakeJob().job)).catch((error) => error);
  if (ended instanceof PermanentError) return ended;
  throw new Error('not refused', { cause: ended });
}

describe('the result', () => {
  it('has the groups of a CSV with all that RFC 4180 allows', async () => {
    const csv = '\ufeffkey,"n",note\r\n"a ""b"", c",1.5,"two\r\nlines"\r\nd,,\r\n"a ""b"", c"," 2 ",x';
    expect(await csvAggregate(sumOf(csv), fakeJob().job)).toEqual({
      rows: 3,
      groups: [
        { key: 'a "b", c', values: [3.5] },
        { key: 'd', values: [0] },
      ],
    });
  });

  it('has no groups if the CSV is a header only', async () => {
    expect(await csvAggregate(sumOf('key,n'), fakeJob().job)).toEqual({ rows: 0, groups: [] });
  });
});

describe('the job fails for good', () => {
  it.each(['\ufeff', '\n', '""', ',,\r\n1,2,3'])('if there are no names in the CSV: %j', async (csv) => {
    expect(await refusal(sumOf(csv))).toMatchObject({ name: 'EmptyCsvError' });
  });

  it('if a column is missing, even though there are no records', async () => {
    const { message } = await refusal(sumOf('key,m'));
    expect(message).toBe('there is no column "n", only "key", "m"');
  });

  it('at the first of two errors, be they in the CSV or in a field', async () => {
    expect((await refusal(sumOf('key,n\nk,1\nk,x\nk\n'))).message).toBe(
      'row 2, column "n": "x" is not a number',
    );
    expect((await refusal(sumOf('key,n\nk,1\nk\nk,x\n'))).message).toBe('row 2: 1 instead of 2 fields');
  });

  it('and tells the row by records, whatever the lines', async () => {
    const { message } = await refusal(sumOf('"key",n\r\n"a\nb",1\r\n"c\n\nd",x\r\n'));
    expect(message).toBe('row 2, column "n": "x" is not a number');
  });
});

describe('while it runs', () => {
  it('tells each thousand rows how much of the text is done, and 100 at the end', async () => {
    const { job, reports } = fakeJob();
    await csvAggregate(sumOf(tableOf(2500)), job);
    expect(reports).toEqual([
      [expect.closeTo((5006 / 12_506) * 100, 9), '1000 rows'],
      [expect.closeTo((10_006 / 12_506) * 100, 9), '2000 rows'],
      [100, '2500 rows'],
    ]);
  });

  it('lets others have their turn before every 16 KiB', async () => {
    let turns = 0;
    let going = true;
    const take = () => {
      turns += 1;
      if (going) setImmediate(take);
    };
    take();
    await csvAggregate(sumOf(tableOf(10 * 3_277)), fakeJob().job);
    going = false;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it('stops with the reason it is aborted with, at the end of its chunk', async () => {
    const controller = new AbortController();
    const reason = new Error('canceled');
    const { job, reports } = fakeJob({
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(csvAggregate(sumOf(tableOf(100_000)), job)).rejects.toBe(reason);
    expect(reports.at(-1)?.[1]).toBe('3000 rows');
  });

  it('does not begin if it is aborted already', async () => {
    const reason = new Error('canceled');
    const { job, reports } = fakeJob({ signal: AbortSignal.abort(reason) });
    await expect(csvAggregate(sumOf(tableOf(1)), job)).rejects.toBe(reason);
    expect(reports).toEqual([]);
  });
});
