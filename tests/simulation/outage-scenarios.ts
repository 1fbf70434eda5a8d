import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { uploadNameFor } from '../../shared/domain/objects/upload-name.ts';
import { anId, uploadRules } from '../set-ups/samples.ts';
import { faults } from './faults.ts';
import { waitingFigures } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
const lastsMs = 10 * minuteMs;

const settings = { figures: waitingFigures };

/** All that `work` calls fails for ten minutes from its first step on. The job has one attempt. */
const duringOutage = (
  name: string,
  begin: (world: World, id: string) => void,
  work: World['handlers']['counting'],
): Scenario => ({
  name,
  settings,
  // Each of the others may end the only attempt in a way that nobody can tell from a crash.
  faults: faults.filter((fault) => fault === 'throttle' || fault === 'repeat'),
  arrange: (world) => {
    let hasBegun = false;
    world.handlers = {
      ...world.handlers,
      counting: async (payload, job) => {
        if (!hasBegun) begin(world, job.id);
        hasBegun = true;
        return work(payload, job);
      },
    };
  },
  act: async (client) => void (await client.submit({ payload: { seconds: 3 }, maxAttempts: 1 })),
  assert: (world) => expectStatus(world, 'succeeded'),
});

const bucketIsOut = ({ outages, time }: World): void => void outages.set('bucket', time.now + lastsMs);

const streams = duringOutage(
  'the bucket refuses for ten minutes while a job with one attempt streams its result',
  bucketIsOut,
  async ({ seconds }, job) => {
    const output = job.output({ contentType: 'text/plain' });
    for (let line = 0; line < seconds; line += 1) await output.write('a line that is a part;');
    return { seconds };
  },
);

const reads = duringOutage(
  'the bucket refuses for ten minutes, and a handler wraps that',
  bucketIsOut,
  async ({ seconds }, job) => {
    try {
      await job
        .object(uploadNameFor({ tenant: job.tenant, id: anId(1), now: job.now() }, uploadRules))
        .size();
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'MissingObjectError') return { seconds };
      throw new Error('the input could not be read', { cause });
    }
    return { seconds };
  },
);

/** The item takes no write of its worker for a while, and is read as ever. */
const isThrottled = (id: string, world: World, forMs: number): void => {
  const until = world.time.now + forMs;
  world.interpose = async (_role, call, of) => {
    if (call !== 'read' && of === id && world.time.now < until) throw new StoreUnavailableError('throttled');
  };
};

const flushes = (forMs: number): Scenario =>
  duringOutage(
    `the item of a job with one attempt is throttled for ${forMs / 1000} s when it flushes`,
    (world, id) => isThrottled(id, world, forMs),
    async ({ seconds }, job) => {
      await job.checkpoint({ passed: 1 }, { flush: true });
      return { seconds };
    },
  );

const ends: Scenario = duringOutage(
  'the item of a job with one attempt is throttled for 6 s when it ends',
  (world, id) => isThrottled(id, world, 6_000),
  async ({ seconds }) => ({ seconds }),
);

export const outageScenarios: readonly Scenario[] = [streams, reads, flushes(100), flushes(3_000), ends];

export const outageMutants: readonly Mutant[] = [
  {
    name: 'the end of an attempt is written once',
    shownBy: ends.name,
    ports: (ports) => {
      const write: typeof ports.store.write = (made) =>
        ports.store.write(made).catch((error: unknown) => {
          throw made.transition === 'succeed' ? new Error('not written again', { cause: error }) : error;
        });
      return { ...ports, store: { ...ports.store, write } };
    },
  },
  {
    name: 'a wait for an outage uses an attempt',
    shownBy: streams.name,
    write: (write, before) =>
      write.transition === 'release' && before && write.set.waitedMs !== undefined
        ? { ...write, set: { ...write.set, attempt: before.attempt } }
        : write,
  },
];
