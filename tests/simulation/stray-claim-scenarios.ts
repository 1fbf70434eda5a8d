import { isInLine, type JobItem } from '../../shared/domain/state/job/item.ts';
import { isPausedPart } from '../../shared/domain/state/job/list-keys.ts';
import { readMessage } from '../../shared/domain/state/job/message.ts';
import { isWaiting } from '../../shared/domain/state/job/transitions.ts';
import { claimWrite } from '../../shared/domain/state/writes/message-writes.ts';
import { contracts } from '../job-types/contracts.ts';
import { order, withParent } from './children-scenarios.ts';
import type { Client } from './client.ts';
import { noFaults } from './faults.ts';
import { before } from './interposed-scenarios.ts';
import { longFigures, waitingFigures } from './limits.ts';
import { dropping, type Mutant, type Ports, spoiled } from './mutant.ts';
import { pause, resume } from './pause-scenarios.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { withBooking, yes } from './signal-scenarios.ts';
import { Violation } from './violation.ts';
import { job } from './waiting-scenarios.ts';
import { places } from './work-place-scenarios.ts';
import type { World } from './world.ts';

/*
 * A copy of a job's message is claimed while the job waits, or before. The claim is refused, and the copy is deleted, since the item has the
 * message. Then the job goes on, its message cannot be sent yet, and the request of that claim is carried out once more.
 */

const minuteMs = 60_000;
/** The clock of who has made the claim may be ahead. */
const aheadMs = 10 * minuteMs;

interface Copy {
  readonly id: string;
  /** Undefined if a fault has kept the scenario from finding one in time. */
  readonly copy: string | undefined;
}

/** The message of a job as a queue has it now. */
const copyOf = (world: World, id: string): string | undefined =>
  world.queue.bodies.find((body) => body.startsWith(`{"id":"${id}"`));

/** The worlds in which the claim has come. */
const came = new WeakSet<World>();

/** The copy of a job's message that a worker is about to claim next. */
const nextClaimed = (world: World, id: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const isIt = (call: string, which: string) => call === 'claim' && which === id;
    before(world, isIt, async () => resolve(copyOf(world, id)), 'worker');
  });

/** What lets the job go on has done so, and its item still has the message. */
const goesOn = (item: JobItem | undefined, now: number): boolean =>
  item?.message !== undefined &&
  !isPausedPart(item.dueKey) &&
  !isInLine(item) &&
  (item.notBefore ?? 0) <= now;

/**
 * From now on: when admission is about to send the job on, all queues are out of reach for half a minute, and the claim of the copy comes a second
 * later. By the clock of who has made it, it was made ten minutes from now.
 */
function claimLate(client: Client, world: World, { id, copy }: Copy): void {
  if (copy === undefined) return;
  const message = readMessage(copy);
  if (message instanceof Error) throw message;
  const now = world.time.now + aheadMs;
  const write = claimWrite(message, { now, claimId: 'of a delayed request', leaseMs: minuteMs });
  const { interpose } = world;
  let isOver = false;
  world.interpose = async (role, call, which) => {
    await interpose?.(role, call, which);
    if (isOver || role !== 'admission' || which !== id) return;
    if (call !== 'startParent' && (call !== 'read' || !goesOn(world.table.items.get(id), now))) return;
    isOver = true;
    came.add(world);
    world.meterRule.onTrouble();
    world.outages.set('queue', world.time.now + 30_000);
    const { store } = world.portsOf(world.instance('worker'));
    void client.pause(1_000).then(() => store.write(write).catch(() => undefined));
  };
}

async function untilWaiting(client: Client, world: World, id: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { status = 'queued' } = world.table.items.get(id) ?? {};
    if (isWaiting(status)) return;
    await client.pause(1_000);
  }
}

/** A copy of the message comes while the job waits. A worker claims it in vain, and deletes it. */
async function claimInVain(client: Client, world: World, one: Copy): Promise<void> {
  await untilWaiting(client, world, one.id);
  if (one.copy !== undefined) world.queue.send(one.copy);
  await client.pause(5_000);
  claimLate(client, world, one);
}

/** An outage is part of each of these, so nobody expects that what waits is never in flight. */
const settings = { net: true, maxAdmissions: 6, plan: noFaults };
function succeeds(world: World): void {
  expectStatus(world, 'succeeded');
  if (world.settings.plan === noFaults && !came.has(world))
    throw new Violation('the claim of the scenario comes', 'it has not');
}

const children: Scenario = {
  name: 'the claim of a stray copy comes late, when the children of its job have ended',
  settings: { ...settings, figures: longFigures },
  arrange: withParent(async (_payload, job) => {
    await job.call('one', contracts.counting, { seconds: 20 });
    return { seats: [], charge: null };
  }),
  act: async (client, world) => {
    const id = (await client.insist({ ...order, key: 'parent' })).job?.id ?? '';
    await claimInVain(client, world, { id, copy: copyOf(world, id) });
  },
  assert: succeeds,
};

const [first, second] = ['first', 'second'];

/** It waits for each of these. */
const asks =
  (...keys: readonly string[]): World['handlers']['booking'] =>
  async (_payload, job) => {
    for (const key of keys) await job.waitFor(key, { signal: 'approve', until: 24 * 3_600 });
    return { seats: [], charge: null };
  };

const answer: Scenario = {
  name: 'the claim of a stray copy comes late, when its job was answered',
  settings: { ...settings, figures: longFigures },
  arrange: withBooking(asks(first)),
  act: async (client, world) => {
    const id = (await client.insist({ ...order, key: 'order' })).job?.id ?? '';
    await claimInVain(client, world, { id, copy: copyOf(world, id) });
    await client.signal(id, { ...yes, key: first });
  },
  assert: succeeds,
};

/** The copy was made from the item when the first wait had ended. Its worker has deleted it when it stored the second one. */
const answeredTwice: Scenario = {
  name: 'the claim of a copy from the first wait of a job comes late, when its second wait has ended',
  settings: { ...settings, figures: longFigures },
  arrange: withBooking(asks(first, second)),
  act: async (client, world) => {
    const id = (await client.insist({ ...order, key: 'order' })).job?.id ?? '';
    await untilWaiting(client, world, id);
    const copy = nextClaimed(world, id);
    await client.signal(id, { ...yes, key: first });
    const one = { id, copy: await copy };
    await client.pause(1_000);
    await untilWaiting(client, world, id);
    claimLate(client, world, one);
    await client.signal(id, { ...yes, key: second });
  },
  assert: succeeds,
};

/** The copy that is held back was claimed a moment before, by a worker that has not heard of the pause. */
const paused: Scenario = {
  name: 'the claim of a copy comes late, when the pause that holds its job has ended',
  settings: { ...settings, figures: waitingFigures, pauses: true },
  act: async (client, world) => {
    await pause(world, 'type:counting');
    await client.pause(4_000);
    const id = (await job(client, 'a', 1)).job?.id ?? '';
    const copy = copyOf(world, id);
    await untilWaiting(client, world, id);
    claimLate(client, world, { id, copy });
    await client.pause(minuteMs);
    await resume(world, 'type:counting');
  },
  assert: succeeds,
};

/** The copy that is held back was claimed a moment before, by a worker that has found a free place. */
const place: Scenario = {
  name: 'the claim of a copy comes late, when the place is free that its job waits for',
  settings: { ...settings, figures: waitingFigures },
  arrange: places({ key: 'api', running: 1 }),
  act: async (client, world) => {
    await job(client, 'a', 20);
    await client.pause(1_000);
    const id = (await job(client, 'b', 1)).job?.id ?? '';
    const copy = copyOf(world, id);
    await untilWaiting(client, world, id);
    claimLate(client, world, { id, copy });
  },
  assert: succeeds,
};

export const strayClaimScenarios: readonly Scenario[] = [children, answer, answeredTwice, paused, place];

export const strayClaimMutants: readonly Mutant[] = [
  {
    name: 'a claim does not prove that its copy is no stray',
    shownBy: children.name,
    write: dropping(['claim'], ({ attribute }) => attribute === 'left'),
  },
  {
    name: 'the end of a wait forgets that the message has left its queue',
    shownBy: children.name,
    write: spoiled(['startParent'], ({ remove = [] }) => ({ remove: [...remove, 'left'] })),
  },
  {
    name: 'an answer forgets that the message has left its queue',
    shownBy: answer.name,
    write: spoiled(['answerWait'], ({ remove = [] }) => ({ remove: [...remove, 'left'] })),
  },
  {
    name: 'the end of a wait for a pause or a place forgets that the message has left its queue',
    shownBy: paused.name,
    write: spoiled(['lookAgain'], ({ remove = [] }) => ({ remove: [...remove, 'left'] })),
  },
  {
    name: 'a claim forgets how often the message has left its queue',
    shownBy: answeredTwice.name,
    write: spoiled(['claim'], ({ remove = [] }) => ({ remove: [...remove, 'stamp'] })),
  },
  {
    name: 'a copy that is made from the item does not say how often the message has left its queue',
    shownBy: answer.name,
    ports: (ports, role) => (role === 'admission' ? { ...ports, queue: unnumbered(ports.queue) } : ports),
  },
];

const unnumbered = (queue: Ports['queue']): Ports['queue'] => ({
  ...queue,
  send: ({ left: _, ...message }, delaySeconds) => queue.send(message, delaySeconds),
});
