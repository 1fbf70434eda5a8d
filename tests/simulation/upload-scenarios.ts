import { ObjectsUnavailableError } from '../../shared/domain/objects/object-errors.ts';
import { uploadNameFor } from '../../shared/domain/objects/upload-name.ts';
import { anId, uploadRules } from '../set-ups/samples.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const body = Buffer.alloc(100_000, 'some bytes;');

/** For three minutes from the first read on: a policy that was wrong, and is corrected. */
export function refuseForMinutes(world: World): void {
  const { bucket } = world;
  const [read, size] = [bucket.read.bind(bucket), bucket.size.bind(bucket)];
  let since: number | undefined;
  const refuse = (): void => {
    since ??= world.time.now;
    if (world.time.now - since < 180_000) throw new ObjectsUnavailableError('403 AccessDenied');
  };
  bucket.size = async (...asked) => {
    refuse();
    return size(...asked);
  };
  bucket.read = async function* refusing(...asked) {
    refuse();
    yield* read(...asked);
  };
}

const reading = (
  name: string,
  { maxAttempts, arrange = () => {} }: { readonly maxAttempts: number } & Pick<Scenario, 'arrange'>,
): Scenario => ({
  name,
  arrange: (world) => {
    arrange(world);
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
    await client.submit({ type: 'csv-sums', payload, maxAttempts });
  },
  assert: (world) => {
    // A crash takes the only attempt.
    expectStatus(world, 'succeeded', ...(world.settings.plan && maxAttempts === 1 ? ['failed'] : []));
    const whole = JSON.stringify({
      rows: body.length,
      groups: [{ key: 'bytes', values: [body.length] }],
    });
    for (const { status, result } of world.table.items.values())
      if (status === 'succeeded' && result !== whole)
        throw new Violation('an object is read as a whole', String(result));
  },
});

export const refused = reading('the bucket refuses to be read for minutes, and the job has one attempt', {
  maxAttempts: 1,
  arrange: refuseForMinutes,
});

/** Of jobs that read what was uploaded. */
export const uploadScenarios: readonly Scenario[] = [
  reading('a job that reads an uploaded object', { maxAttempts: 5 }),
  refused,
];
