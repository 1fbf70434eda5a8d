import { describe, expect, it } from '@jest/globals';
import type { Aggregate } from '../../../../job-types/csv-aggregate/aggregate.ts';
import type { csvAggregate as contract } from '../../../../job-types/csv-aggregate/contract.ts';
import { csvAggregate } from '../../../../job-types/csv-aggregate/handler.ts';
import { PermanentError } from '../../../../shared/job/errors.ts';
import type { PayloadOf } from '../../../../shared/job/handler.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';

const doNothing = () => undefined;

/** A context that records the reported progress, and calls `onProgress` for each report. */
function recordingJob({ signal = new AbortController().signal, onProgress = doNothing as () => void } = {}) {
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

async function errorOf(payload: PayloadOf<typeof contract>): Promise<PermanentError> {
  const ended: unknown = await Promise.resolve(csvAggregate(payload, recordingJob().job)).catch(
    (error) => error,
  );
  if (ended instanceof PermanentError) return ended;
  throw new Error('no PermanentError was thrown', { cause: ended });
}

describe('the result of a CSV aggregation', () => {
  it('has the groups of a CSV text that uses everything in RFC 4180', async () => {
    const csv = '\ufeffkey,"n",note\r\n"a ""b"", c",1.5,"two\r\nlines"\r\nd,,\r\n"a ""b"", c"," 2 ",x';
    expect(await csvAggregate(sumOf(csv), recordingJob().job)).toEqual({
      rows: 3,
      groups: [
        { key: 'a "b", c', values: [3.5] },
        { key: 'd', values: [0] },
      ],
    });
  });

  it('has no groups if the CSV text is only a header', async () => {
    expect(await csvAggregate(sumOf('key,n'), recordingJob().job)).toEqual({ rows: 0, groups: [] });
  });
});

describe('a CSV aggregation fails with a PermanentError', () => {
  it.each(['\ufeff', '\n', '""', ',,\r\n1,2,3'])('if the CSV text has no column names: %j', async (csv) => {
    expect(await errorOf(sumOf(csv))).toMatchObject({ name: 'EmptyCsvError' });
  });

  it('if a column is missing, even if there are no records', async () => {
    const { message } = await errorOf(sumOf('key,m'));
    expect(message).toBe('there is no column "n", only "key", "m"');
  });

  it('about the first of two errors, whether it is in the CSV format or in a field', async () => {
    expect((await errorOf(sumOf('key,n\nk,1\nk,x\nk\n'))).message).toBe(
      'row 2, column "n": "x" is not a number',
    );
    expect((await errorOf(sumOf('key,n\nk,1\nk\nk,x\n'))).message).toBe('row 2: 1 instead of 2 fields');
  });

  it('that counts records, not lines, in its row number', async () => {
    const { message } = await errorOf(sumOf('"key",n\r\n"a\nb",1\r\n"c\n\nd",x\r\n'));
    expect(message).toBe('row 2, column "n": "x" is not a number');
  });
});

describe('a CSV aggregation', () => {
  it('reports every 1,000 rows which part of the text is done, and 100 percent at the end', async () => {
    const { job, reports } = recordingJob();
    await csvAggregate(sumOf(tableOf(2500)), job);
    expect(reports).toEqual([
      [expect.closeTo((5006 / 12_506) * 100, 9), '1000 rows'],
      [expect.closeTo((10_006 / 12_506) * 100, 9), '2000 rows'],
      [100, '2500 rows'],
    ]);
  });

  it('lets other code run before every 16 KiB', async () => {
    let turns = 0;
    let running = true;
    const takeTurn = () => {
      turns += 1;
      if (running) setImmediate(takeTurn);
    };
    takeTurn();
    await csvAggregate(sumOf(tableOf(10 * 3_277)), recordingJob().job);
    running = false;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it('stops at the end of its chunk if it is aborted, and throws the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('canceled');
    const { job, reports } = recordingJob({
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(csvAggregate(sumOf(tableOf(100_000)), job)).rejects.toBe(reason);
    expect(reports.at(-1)?.[1]).toBe('3000 rows');
  });

  it('does not start if it is aborted already, and throws the reason', async () => {
    const reason = new Error('canceled');
    const { job, reports } = recordingJob({ signal: AbortSignal.abort(reason) });
    await expect(csvAggregate(sumOf(tableOf(1)), job)).rejects.toBe(reason);
    expect(reports).toEqual([]);
  });
});
