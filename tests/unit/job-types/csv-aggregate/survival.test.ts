import { describe, expect, it } from '@jest/globals';
import { csvAggregate as contract } from '../../../../job-types/csv-aggregate/contract.ts';
import { csvAggregate as handler } from '../../../../job-types/csv-aggregate/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import { runJob } from '../../../../testkit/run-job.ts';

const type = { contract, handler };
const metrics = [
  { column: 'n', op: 'sum' as const },
  { column: 'n', op: 'mean' as const },
];

describe('a CSV aggregation', () => {
  it('survives every cut', async () => {
    const lines = Array.from({ length: 7_000 }, (_, at) => `"k ${at % 7}",${at / 10}`);
    const { cuts } = await cutEverywhere(type, {
      csv: `key,n\n${lines.join('\n')}`,
      groupBy: 'key',
      metrics,
    });
    expect(cuts).toBeGreaterThan(30);
  });

  it('reads an uploaded object as it reads a text, and survives every cut', async () => {
    const lines = Array.from({ length: 12_000 }, (_, at) => `"k ${at % 7}",${at / 10}`);
    const csv = `key,n\n${lines.join('\n')}`;
    const object = uploadedObject('numbers.csv');
    const payload = { object, groupBy: 'key', metrics };
    const options = { objects: { [object]: csv } };
    const { result } = await runJob(type, payload, options);
    expect(result).toEqual((await runJob(type, { csv, groupBy: 'key', metrics })).result);
    const { cuts } = await cutEverywhere(type, payload, { ...options, maxCuts: 40 });
    expect(cuts).toBe(40);
  });

  it('fails for good if the object is not there', async () => {
    const payload = { object: uploadedObject('none.csv'), groupBy: 'key', metrics };
    const { status, attempts, error } = await runJob(type, payload);
    expect({ status, attempts, error: error?.name }).toEqual({
      status: 'failed',
      attempts: 1,
      error: 'MissingObjectError',
    });
  });

  it('survives every cut if its state is too large to be saved', async () => {
    const lines = Array.from({ length: 3_000 }, (_, at) => `key ${at},1`);
    const payload = { csv: `key,n\n${lines.join('\n')}`, groupBy: 'key', metrics };
    const { calls } = await cutEverywhere(type, payload);
    expect(calls).toBeLessThan(3);
  });

  it('fails in the same way wherever it is cut', async () => {
    await cutEverywhere(type, { csv: 'key,n\na,1,2', groupBy: 'key', metrics }, { endsAs: 'failed' });
  });
});
