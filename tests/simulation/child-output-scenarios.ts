import { text } from 'node:stream/consumers';
import { contracts } from '../job-types/contracts.ts';
import { type Booking, parentOf, settings, submitParent } from './children-scenarios.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';

const { counting } = contracts;

/** A child of no seconds writes nothing. */
const reading: Booking = async (_payload, job) => {
  const batch = await job.spawn('pages', counting, {
    count: 3,
    payload: (seconds) => ({ seconds }),
    // The first has none.
    tags: ({ seconds }) => (seconds > 0 ? [`page ${seconds}`] : []),
  });
  const seats: string[] = [];
  for await (const child of batch.results()) {
    const output = 'result' in child ? child.output : undefined;
    seats.push(output ? `${output.contentType} ${await text(output.stream())}` : 'none');
  }
  return { seats, charge: null };
};

const reads: Scenario = {
  name: 'a job reads what its children have streamed',
  settings,
  arrange: (world) => {
    world.handlers = {
      ...world.handlers,
      booking: reading,
      counting: async ({ seconds }, job) => {
        if (seconds > 0) await job.output({ contentType: 'text/plain' }).write(`page ${seconds}`);
        return { seconds };
      },
    };
  },
  act: async (client) => void (await submitParent(client)),
  assert: (world) => {
    const result = parentOf(world)?.result;
    if (!world.settings.plan) expectStatus(world, 'succeeded');
    if (
      result !== undefined &&
      result !== '{"seats":["none","text/plain page 1","text/plain page 2"],"charge":null}'
    )
      throw new Violation('a parent reads what its children have streamed', result);
  },
};

export const childOutputScenarios: readonly Scenario[] = [reads];

export const childOutputMutants: readonly Mutant[] = [
  {
    name: 'a child with tags is in no list',
    shownBy: reads.name,
    write: ({ setOnce: { listKey: _, ...setOnce } = {}, ...write }, before) =>
      write.set.parent || before?.parent ? { ...write, setOnce } : write,
  },
  {
    name: 'a parent does not see that a child has streamed its result',
    shownBy: reads.name,
    ports: (ports, role) =>
      role === 'worker'
        ? {
            ...ports,
            store: {
              ...ports.store,
              read: async (id) => {
                const { resultObject: _, ...item } = (await ports.store.read(id)) ?? {};
                return 'id' in item ? item : undefined;
              },
            },
          }
        : ports,
  },
];
