import { uploadNameFor } from '../../shared/domain/objects/upload-name.ts';
import { anId, uploadRules } from '../set-ups/samples.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

const body = Buffer.alloc(100_000, 'some bytes;');

const reads: Scenario = {
  name: 'a job that reads an uploaded object',
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      // Without a parser of CSV, whose streams take turns of the event loop that virtual time does not give.
      'csv-sums': async ({ object = '' }, job) => {
        const file = job.object(object);
        const bytes = await file.size();
        let position = 0;
        for await (const chunk of file.stream()) position += chunk.length;
        await job.pause(2);
        return { rows: position, groups: [{ key: 'bytes', values: [bytes] }] };
      },
    };
  },
  act: async (client, world) => {
    const object = uploadNameFor({ tenant: 'someone', id: anId(1), now: world.time.now }, uploadRules);
    world.bucket.objects.set(object, body);
    const payload = { object, groupBy: 'a', metrics: [{ column: 'a', op: 'count' }] };
    await client.submit({ type: 'csv-sums', payload, maxAttempts: 5 });
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const whole = JSON.stringify({
      rows: body.length,
      groups: [{ key: 'bytes', values: [body.length] }],
    });
    for (const { result } of world.table.items.values())
      if (result !== whole) throw new Violation('an object is read as a whole', String(result));
  },
};

/** Of jobs that read what was uploaded. */
export const uploadScenarios: readonly Scenario[] = [reads];
