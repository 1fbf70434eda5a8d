import { isAnyRefusing } from '../../shared/domain/state/limits/pause.ts';
import { SubmissionsPausedError } from '../../shared/domain/state/limits/submissions-paused-error.ts';
import { longFigures } from './limits.ts';
import { inSteps } from './long-scenarios.ts';
import type { Mutant, Ports } from './mutant.ts';
import { check, checkEnds, pause, resume, settings } from './pause-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { job } from './waiting-scenarios.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
const refusing = { submissions: 'refuse' } as const;

/** Undisturbed, this is how a call is answered. */
const expectAnswer = (world: World, wanted: unknown, answered: unknown): void => {
  if (!world.settings.plan && !world.settings.chaos) check(answered === wanted, `${answered}, not ${wanted}`);
};

const refused: Scenario = {
  name: 'a type is paused, and submissions of it are refused, but for one that is repeated',
  settings: { ...settings, refuses: true },
  act: async (client, world) => {
    const first = { key: 'first', payload: { seconds: 1 } };
    await client.insist(first);
    await pause(world, 'type:counting', refusing);
    await client.pause(4_000);
    expectAnswer(world, 202, (await client.insist(first)).status);
    const second = { key: 'second', payload: { seconds: 1 } };
    expectAnswer(world, true, (await client.insist(second)).isPaused);
    expectAnswer(world, true, (await client.insist({ key: 'third', group: 'g' })).isPaused);
    await client.pause(minuteMs);
    await resume(world, 'type:counting');
    await client.insistUntilResumed(second);
  },
  assert: (world) => {
    checkEnds(world);
    expectAnswer(world, 2, world.table.items.size);
  },
};

/** What comes from the wait is held, although nothing new is accepted. */
const waitsBefore: Scenario = {
  name: 'a queue is paused, and refuses submissions, while a job waits for its time; the pause ends by itself',
  settings: { ...settings, refuses: true },
  act: async (client, world) => {
    await client.insist({ key: 'delayed', delaySeconds: 30, payload: { seconds: 1 } });
    await pause(world, 'queue:long', { ...refusing, forMs: 2 * minuteMs });
    await client.insistUntilResumed({ key: 'second', payload: { seconds: 1 } });
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

const handedOver: Scenario = {
  name: 'a long job is handed over while its type is paused, and goes on after that',
  // A worker that crashes leaves a job that is taken over after the pause.
  settings: { ...settings, figures: longFigures, takenOverWithinMs: 60 * minuteMs },
  arrange: (world) => {
    world.handlers = { ...world.handlers, counting: inSteps(170) };
  },
  act: async (client, world) => {
    await job(client, 'long', 1_500);
    await client.pause(minuteMs);
    await pause(world, 'type:counting');
    await client.pause(40 * minuteMs);
    const [item] = world.table.items.values();
    if (!world.settings.plan) check(item?.paused !== undefined && item.attempt === 0, 'the job is not held');
    await resume(world, 'type:counting');
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const [item] = world.table.items.values();
    if (!world.settings.plan) check(item?.attempt === 1, `it has attempt ${item?.attempt}`);
  },
};

export const pauseDoorScenarios: readonly Scenario[] = [refused, waitsBefore, handedOver];

const ofSubmit =
  (spoil: (ports: Ports, world: World) => Partial<Ports>) =>
  (ports: Ports, role: string, world: World): Ports =>
    role === 'submit' ? { ...ports, ...spoil(ports, world) } : ports;

async function refuse({ pauses }: Ports, { time }: World): Promise<void> {
  if (isAnyRefusing(await pauses.read(), time.now))
    throw new SubmissionsPausedError({ name: 'type:counting', retryAfterSeconds: 1 });
}
const nothing = { read: async () => new Map() };

export const pauseDoorMutants: readonly Mutant[] = [
  {
    name: 'a submission does not ask whether a pause refuses it',
    shownBy: refused.name,
    ports: ofSubmit(({ pauses }) => ({ pauses: { ...pauses, ...nothing } })),
  },
  {
    name: 'a submission is refused when its message is sent',
    shownBy: refused.name,
    ports: ofSubmit((ports, world) => ({
      pauses: { ...ports.pauses, ...nothing },
      queue: {
        ...ports.queue,
        send: async (message, delaySeconds) => {
          await ports.queue.send(message, delaySeconds);
          await refuse(ports, world);
        },
      },
    })),
  },
  {
    name: 'a replay is refused',
    shownBy: refused.name,
    ports: ofSubmit((ports, world) => ({
      store: {
        ...ports.store,
        read: async (id) => {
          await refuse(ports, world);
          return ports.store.read(id);
        },
      },
    })),
  },
];
