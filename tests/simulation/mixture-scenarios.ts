import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { contracts } from '../job-types/contracts.ts';
import {
  type Booking,
  bookedOf,
  childrenOf,
  order,
  parentOf,
  settings,
  slow,
  submitParent,
  withParent,
} from './children-scenarios.ts';
import type { Client } from './client.ts';
import { allButRepeat } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { expectRate, limited, rated, startsIn } from './limit-scenarios.ts';
import { waitingFigures } from './limits.ts';
import { type Mutant, spoiled } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { twice, yes } from './signal-scenarios.ts';
import { Violation } from './violation.ts';
import { places } from './work-place-scenarios.ts';
import type { World } from './world.ts';

/** Where two features meet: in each of them alone, the rules had seen nothing like it. */

const minuteMs = 60_000;
const { counting } = contracts;
const hasFailed = ({ status }: JobItem): boolean => status === 'failed';

/** One of them has been claimed when it finds that it has no place, and is as it was before. */
const lateInLine: Scenario = {
  name: 'two jobs come for one place at the same time, and the second must start before it is free',
  settings: { figures: waitingFigures, net: true, maxAdmissions: 12 },
  arrange: places({ key: 'api', running: 1 }),
  act: async (client, world) => {
    const startBefore = world.time.now + 5_000;
    const come = (key: string) =>
      client.insist({ key, startBefore, payload: { seconds: 9 }, maxAttempts: 4 });
    await Promise.all([come('a'), come('b')]);
  },
  assert: (world) => {
    expectStatus(world, 'succeeded', 'failed');
    if (!world.settings.plan && !world.calls.includes('giveBack'))
      throw new Violation('the scenario shows what it is for', 'no claim was given back');
  },
};

/** Its message is in the queue all the time, and what somebody has retried may start late for good. */
const revivedInLine: Scenario = {
  name: 'two jobs come for one place at the same time, and the second was canceled and retried, and must start before it is free',
  settings: lateInLine.settings ?? {},
  arrange: places({ key: 'api', running: 1 }),
  act: async (client, world) => {
    world.queue.backlogMs = 9_000;
    const startBefore = world.time.now + 14_000;
    const come = (key: string) =>
      client.insist({ key, startBefore, payload: { seconds: 9 }, maxAttempts: 4 });
    const both = await Promise.all([come('a'), come('b')]);
    for (const { job } of both) {
      await client.cancel(job?.id ?? '');
      await client.retry(job?.id ?? '');
    }
    world.queue.backlogMs = 0;
  },
  assert: (world) => {
    if (world.settings.plan) return;
    expectStatus(world, 'succeeded');
    if (!world.calls.includes('giveBack'))
      throw new Violation('the scenario shows what it is for', 'no claim was given back');
  },
};

/** Cancels a job right before a worker starts one of its children. */
function cancelBeforeChild(
  id: string,
  isIt: (child: JobItem | undefined) => boolean,
  { client, world }: { readonly client: Client; readonly world: World },
): void {
  let canceling: Promise<unknown> | undefined;
  world.interpose = async (role, call, of) => {
    if (role !== 'worker' || call !== 'claim' || of === id || !isIt(world.table.items.get(of))) return;
    canceling ??= client.until(id, 'waiting').then(() => client.cancel(id));
    await canceling;
  };
}

/** Its children are canceled with it, and made again by its retry. It is canceled once more when a worker is about to start one of them. */
const endedTwice: Scenario = {
  name: 'a job is canceled with its children, is retried, and is canceled again right before one of them starts',
  settings,
  // Nobody holds up a second copy of the message of a child.
  faults: allButRepeat,
  arrange: withParent(slow),
  act: async (client, world) => {
    const id = await submitParent(client);
    await client.pause(8_000);
    await client.cancel(id);
    await client.pause(20 * minuteMs);
    cancelBeforeChild(id, (child) => child?.run === 2, { client, world });
    await client.retry(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'canceled');
  },
};

/** The batch that its cancel ends is not there yet: the job has named it, and was cut off. */
const endedBeforeItsRoot: Scenario = {
  name: 'a job crashes before it makes its batch, is canceled, is retried, and is canceled again right before one of its children starts',
  settings,
  faults: allButRepeat,
  arrange: withParent(slow),
  act: async (client, world) => {
    const crash = async () => world.crash([...world.table.items.keys()][0] ?? '');
    before(world, (call) => call === 'read a batch', crash, 'worker');
    const id = await submitParent(client);
    await client.until(id, 'running', 'waiting');
    await client.pause(4_000);
    await client.cancel(id);
    await client.until(id, 'canceled');
    await client.pause(20 * minuteMs);
    cancelBeforeChild(id, () => true, { client, world });
    await client.retry(id);
  },
  assert: (world) => {
    if (!world.settings.plan) expectStatus(world, 'canceled');
  },
};

/** One fails at once, and the other takes its time. The answer comes first, and its parent does not look at them. */
const answered: Booking = async (_payload, job) => {
  const children = await job.spawn('pages', counting, {
    count: 2,
    payload: (index) => (index === 0 ? { seconds: 0, failFirst: 1 } : { seconds: 50 }),
    whenParentEnds: 'leave',
  });
  const { by } = await job.waitFor('first', { children, signal: 'approve', until: 24 * 3600 });
  return { seats: [by], charge: null };
};

const askedInVain: Scenario = {
  name: 'children are asked for again, and their parent goes on by an answer and ends',
  settings: twice,
  arrange: withParent(answered),
  act: async (client, world) => {
    const id = await submitParent(client);
    await client.until(id, 'waiting');
    for (let tries = 0; tries < 100 && !childrenOf(world).some(hasFailed); tries += 1)
      await client.pause(200);
    await client.retryChildren(id, 'pages');
    await client.signal(id, { ...yes, key: 'first' });
  },
  assert: (world) => {
    if (!world.settings.plan && bookedOf(parentOf(world))?.seats[0] !== 'signal')
      throw new Violation('a job goes on with what came first', `${parentOf(world)?.result}`);
  },
};

const onceAMinute = { perSecond: 1 / 60 };

/** Who has a copy of its message has seen that it runs, and would claim it without a start. */
const leaseEnds: Scenario = {
  name: 'a job with a limit crashes in a batch with another one, and its lease ends right before a copy of its message starts it alone',
  settings: { figures: waitingFigures, maxAdmissions: 12 },
  // A second copy of a message is received with the first.
  faults: allButRepeat,
  arrange: (world) => {
    limited(onceAMinute)(world);
    world.handlers = { ...world.handlers, booking: async () => ({ seats: [], charge: null }) };
  },
  act: async (client, world) => {
    const [{ job }] = await Promise.all([
      client.insist({ key: 'a', payload: { seconds: 9 }, maxAttempts: 4 }),
      client.insist({ ...order, key: 'b' }),
    ]);
    const message = world.queue.bodies.find((body) => body.includes(job?.id ?? '')) ?? '';
    await client.until(job?.id ?? '', 'running', 'succeeded');
    world.crash(job?.id ?? '');
    const { leaseMs } = world.figures;
    world.queue.send(message, { delayMs: leaseMs - 1_000 });
    before(
      world,
      (call) => call === 'claim',
      () => client.pause(2_000),
      'worker',
    );
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    expectRate(startsIn(world, { type: 'counting' }), onceAMinute);
  },
};

/** The place is not one that an attempt before has left. */
const claimedMeanwhile: Scenario = {
  name: 'a job starts again and takes its place while who has a copy of its message, and has seen it wait, looks at the places',
  settings: { figures: waitingFigures, net: true, maxAdmissions: 12 },
  faults: allButRepeat,
  arrange: places({ key: 'api', running: 1 }),
  act: async (client, world) => {
    const { job } = await client.insist({ key: 'a', payload: { seconds: 9, failFirst: 1 }, maxAttempts: 6 });
    const id = job?.id ?? '';
    const hasFailed = () => world.table.items.get(id)?.error !== undefined;
    for (let tries = 0; tries < 100 && !hasFailed(); tries += 1) await client.pause(50);
    before(
      world,
      (call) => call === 'look at places',
      async () => {
        await client.until(id, 'running', 'succeeded');
        await client.insist({ key: 'b', payload: { seconds: 1 }, maxAttempts: 4 });
        await client.pause(1_000);
      },
      'worker',
    );
    for (const message of world.queue.bodies) world.queue.send(message);
  },
  assert: (world) => expectStatus(world, 'succeeded'),
};

export const mixtureScenarios: readonly Scenario[] = [
  lateInLine,
  revivedInLine,
  endedTwice,
  endedBeforeItsRoot,
  askedInVain,
  leaseEnds,
  claimedMeanwhile,
];

export const mixtureMutants: readonly Mutant[] = [
  {
    name: 'a job whose claim was given back may start late',
    shownBy: lateInLine.name,
    write: spoiled(['giveBack'], ({ remove = [] }) => ({
      remove: remove.filter((one) => one !== 'mayStartLate'),
    })),
  },
  {
    name: 'a job that was retried may not start late any more once its claim was given back',
    shownBy: revivedInLine.name,
    write: spoiled(['giveBack'], ({ remove = [] }) => ({ remove: [...remove, 'mayStartLate'] })),
  },
  {
    name: 'a job that crashed in a batch with others starts alone without a start',
    shownBy: leaseEnds.name,
    ports: (ports) => {
      let last: JobItem | undefined;
      const { store, startRates } = ports;
      const read: typeof store.read = async (id) => {
        last = await store.read(id);
        return last;
      };
      const take: typeof startRates.take = async (rate, now) =>
        last?.inCompany ? { at: now, arrivesAt: 0, givenBack: 0 } : startRates.take(rate, now);
      return { ...rated(() => ({ take }))(ports), store: { ...store, read } };
    },
  },
  {
    name: 'whose place it is is judged by the item that was read before the places',
    shownBy: claimedMeanwhile.name,
    ports: (ports) => {
      let [last, isAfterLook]: [JobItem | undefined, boolean] = [undefined, false];
      const { store, workPlaces } = ports;
      const look: typeof workPlaces.look = (room) => {
        isAfterLook = true;
        return workPlaces.look(room);
      };
      const read: typeof store.read = async (id) => {
        if (!isAfterLook || last?.id !== id) last = await store.read(id);
        isAfterLook = false;
        return last;
      };
      return { ...ports, store: { ...store, read }, workPlaces: { ...workPlaces, look } };
    },
  },
];
