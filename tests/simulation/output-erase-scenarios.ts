import { largeResult } from './output-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const erased = (world: World): void => {
  for (const item of world.table.items.values())
    if (!item.erased) throw new Violation('jobs end as they should', 'it is not erased');
};

const resultIsErased: Scenario = {
  name: 'a job with a large result succeeds, and is erased',
  arrange: (world) => largeResult.arrange?.(world),
  act: async (client) => {
    const payload = { csv: 'a\n1', groupBy: 'a', metrics: [{ column: 'a', op: 'count' }] };
    const answer = await client.insist({ key: 'large', type: 'csv-sums', payload, maxAttempts: 6 });
    const id = answer.job?.id ?? '';
    await client.until(id, 'succeeded');
    await client.erase(id);
  },
  assert: erased,
};

/** Nobody is left who could have aborted its upload. */
const outputIsErased: Scenario = {
  name: 'a job streams, crashes in its last attempt, and is erased',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      counting: async (_payload, job) => {
        const output = job.output({ contentType: 'text/plain' });
        if (!job.resume) await output.write('more than fits one part;');
        await job.checkpoint({ passed: 1 }, { flush: true });
        world.crash(job.id);
        await job.pause(1);
        return { seconds: 0 };
      },
    };
  },
  act: async (client) => {
    const answer = await client.insist({ key: 'streams', maxAttempts: 1 });
    const id = answer.job?.id ?? '';
    await client.until(id, 'failed');
    await client.erase(id);
  },
  assert: erased,
};

/** Jobs that are erased with what they have streamed or stored. */
export const outputEraseScenarios: readonly Scenario[] = [resultIsErased, outputIsErased];
