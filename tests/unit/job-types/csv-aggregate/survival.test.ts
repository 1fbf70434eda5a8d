import { describe, expect, it } from '@jest/globals';
import { csvAggregate as contract } from '../../../../job-types/csv-aggregate/contract.ts';
import { csvAggregate as handler } from '../../../../job-types/csv-aggregate/handler.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';

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
