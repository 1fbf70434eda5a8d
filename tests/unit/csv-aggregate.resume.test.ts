import { describe, expect, it } from '@jest/globals';
import { readCheckpoint, writeCheckpoint } from '../../functions/worker/checkpoint-text.ts';
import type { Aggregate } from '../../functions/worker/jobs/aggregate.ts';
import { csvAggregate } from '../../functions/worker/jobs/csv-aggregate.ts';
import { catalog, type Payload } from '../../shared/jobs/catalog.ts';
import { aJobContext } from '../fakes/job-context.ts';

const payloadOf = (csv: string): Payload<'csv-aggregate'> => ({
  csv,
  groupBy: 'key',
  metrics: [
    { column: 'n', op: 'sum' },
    { column: 'n', op: 'min' },
    { column: 'n', op: 'mean' },
  ],
});

/** Does the whole work, and keeps every state that was saved, as the text it is stored as. */
async function run(payload: Payload<'csv-aggregate'>, resume?: Aggregate) {
  const saved: string[] = [];
  const job = aJobContext<Aggregate>({
    resume,
    checkpoint: async (state) => {
      saved.push(writeCheckpoint('csv-aggregate', state));
    },
  });
  return { result: await csvAggregate(payload, job), saved };
}

const restored = (text: string) =>
  catalog['csv-aggregate'].checkpoint?.parse(readCheckpoint('csv-aggregate', text));

describe('an aggregation that was interrupted', () => {
  it('comes to the same result from every state that it saved', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `${at % 7},${at / 10}`);
    const payload = payloadOf(`key,n\n${lines.join('\n')}\n`);
    const { result, saved } = await run(payload);
    expect(saved.length).toBeGreaterThan(5);
    for (const text of saved) expect((await run(payload, restored(text))).result).toEqual(result);
  });

  it('saves nothing that is too large to be saved, and comes to its result all the same', async () => {
    const lines = Array.from({ length: 5_000 }, (_, at) => `${at},1`);
    const { result, saved } = await run(payloadOf(`key,n\n${lines.join('\n')}`));
    expect(saved).toEqual([]);
    expect(result.groups).toHaveLength(5_000);
  });

  it('goes on even from before the header', async () => {
    const header = `key,n,${'x'.repeat(20_000)}`;
    const { result, saved } = await run(payloadOf(`${header}\nk,1,\n`));
    expect(saved[0]).toContain('"header":[]');
    expect(result.rows).toBe(1);
  });
});
