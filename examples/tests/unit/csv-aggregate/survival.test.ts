import { describe, expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aJobContext } from '../../../../tests/set-ups/job-context.ts';
import type { Aggregate } from '../../../csv-aggregate/aggregate.ts';
import { csvAggregate as contract } from '../../../csv-aggregate/contract.ts';
import { csvAggregate, csvAggregateWith } from '../../../csv-aggregate/handler.ts';

const deployed = { contract, handler: csvAggregate };
/** It saves its state after every chunk, so that a small text has many places to cut it. */
const type = { contract, handler: csvAggregateWith({ checkpointMs: 0 }) };
const metrics = [
  { column: 'n', op: 'sum' as const },
  { column: 'n', op: 'mean' as const },
];

describe('a CSV aggregation', () => {
  it('survives every cut', async () => {
    const lines = Array.from({ length: 3_000 }, (_, at) => `"k ${at % 7}",${at / 10}`);
    const { cuts } = await cutEverywhere(type, {
      csv: `key,n\n${lines.join('\n')}`,
      groupBy: 'key',
      metrics,
    });
    expect(cuts).toBeGreaterThan(20);
  });

  it('reads an uploaded object as it reads a text, and survives every cut', async () => {
    const lines = Array.from({ length: 7_000 }, (_, at) => `"k ${at % 7}",${at / 10}`);
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

  it('survives every cut with a state and a result that are kept in objects', async () => {
    const lines = Array.from({ length: 3_000 }, (_, at) => `customer ${(at * 7) % 1_500},${at / 10}`);
    const object = uploadedObject('customers.csv');
    const payload = { object, groupBy: 'key', metrics };
    const csv = `key,n\n${lines.join('\n')}`;
    const options = { objects: { [object]: csv } };
    const { result } = await runJob(type, payload, options);
    expect(JSON.stringify(result).length).toBeGreaterThan(32 * 1024);
    const sizes: number[] = [];
    const checkpoint = async (state: Aggregate) => void sizes.push(JSON.stringify(state).length);
    await type.handler({ ...payload, object: undefined, csv }, aJobContext<Aggregate>({ checkpoint }));
    expect(Math.max(...sizes)).toBeGreaterThan(64 * 1024);
    const { cuts } = await cutEverywhere(type, payload, { ...options, maxCuts: 20 });
    expect(cuts).toBe(20);
  });

  it('survives every cut as it is deployed', async () => {
    await cutEverywhere(deployed, { csv: 'key,n\na,1\nb,2', groupBy: 'key', metrics });
  });

  it('fails in the same way wherever it is cut', async () => {
    await cutEverywhere(type, { csv: 'key,n\na,1,2', groupBy: 'key', metrics }, { endsAs: 'failed' });
  });
});
