import type { SQSEvent } from 'aws-lambda';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { recordsOf } from '../../shared/domain/state/stored/notifications-of.ts';
import { brokenScenarios } from './broken-scenarios.ts';
import { cancelScenarios } from './cancel-scenarios.ts';
import { eraseScenarios } from './erase-scenarios.ts';
import { faults } from './faults.ts';
import { groupSleepScenarios } from './group-sleep-scenarios.ts';
import { before, interposedScenarios } from './interposed-scenarios.ts';
import { lateScenarios } from './late-scenarios.ts';
import { dropping, type Mutant, type Ports, withMessages } from './mutant.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { troubleScenarios } from './trouble-scenarios.ts';

/** Scenarios with every kind of end, and of what may come after it. All their jobs tell somebody of their end. */
const notified: readonly (readonly [name: string, times: 'once' | 'at least once'])[] = [
  ['one job', 'once'],
  ['a job that fails for good', 'once'],
  ['cancel while running', 'once'],
  ['a dead letter of a running job', 'once'],
  ['a dependency fails, and so do its dependents and theirs', 'once'],
  ['a waiting dependency is canceled', 'once'],
  ['the first job of a group is handed over and sleeps, and the second waits for it', 'once'],
  // The job goes on, or is erased, before it could be recorded that somebody was told.
  ['a job expires, and its key is used again', 'at least once'],
  ['cancel while waiting for another attempt, then retry', 'at least once'],
  ['retry by the user while old copies are in the queue', 'at least once'],
  ['a job is erased as soon as it has ended, and another waits for it', 'at least once'],
  ['a client cancels, retries and erases jobs as it saw them in a list', 'at least once'],
  ['a retried dependency is canceled before its claim, by a cancel call that dies', 'at least once'],
  ['a job is canceled while others run, and revived when it is too late', 'at least once'],
];

const all = [
  ...scenarios,
  ...cancelScenarios,
  ...troubleScenarios,
  ...eraseScenarios,
  ...brokenScenarios,
  ...interposedScenarios,
  ...lateScenarios,
  ...groupSleepScenarios,
];

/** The first attempt fails, and the second follows after seconds. */
const soonMs = 30_000;

const notify = [{ url: 'https://receiver.example/' }, { email: 'ada@example.com' }];
/** Only one scenario needs both: two who record at the same time. */
const forName = (name: string) => (name === 'one job' ? notify : notify.slice(0, 1));

const notifiedScenarios: readonly Scenario[] = notified.map(([name, times]) => {
  const scenario = all.find((one) => one.name === name);
  if (!scenario) throw new Error(`there is no scenario "${name}"`);
  return {
    ...scenario,
    name: `${name}; all are told`,
    settings: { ...scenario.settings, notify: forName(name) },
    assert: (world, client) => {
      scenario.assert?.(world, client);
      if (times === 'once' && !world.settings.plan) world.notifyRule.expectOnce(world.table.items, soonMs);
    },
  };
});

/** What was found out of the first end is about to be recorded when the job has just ended again, in the same run. */
const endsAgain: Scenario = {
  name: 'a canceled job goes on and succeeds before it is recorded that its cancel was told',
  settings: { notify: notify.slice(0, 1) },
  act: async (client, world) => {
    const { job } = await client.submit({ payload: { seconds: 1, failFirst: 1 } });
    if (!job) return;
    const succeeding = Promise.withResolvers<void>();
    before(
      world,
      (call) => call === 'succeed',
      async () => succeeding.resolve(),
      'worker',
    );
    before(
      world,
      (call) => call === 'recordNotification',
      async (id) => {
        await client.retry(id);
        await Promise.race([succeeding.promise, client.pause(10_000)]);
        await client.pause(2);
      },
      'notify',
    );
    await client.pause(300);
    await client.cancel(job.id);
  },
};

/** There is no event bus. */
const impossible: Scenario = {
  name: 'a job asks for what cannot be told',
  settings: { notify: [{ event: true }] },
  act: async (client) => void (await client.submit()),
  assert: (world) => {
    if (!world.settings.plan) world.notifyRule.expectOnce(world.table.items);
  },
};

/** Of the waits between its attempts, the last two are longer than SQS can delay a message. */
const longDown: Scenario = {
  name: 'a target is down for more than an hour',
  settings: { notify: notify.slice(0, 1) },
  arrange: (world) => {
    world.targets.failures = 6;
  },
  act: async (client) => void (await client.submit()),
  assert: (world) => {
    if (!world.settings.plan) world.notifyRule.expectOnce(world.table.items);
  },
};

/** What is held back is in the job's item until somebody has it sent again. */
const heldBack: Scenario = {
  name: 'a job ends while its tenant is suspended, and its notifications are sent again after that',
  settings: { notify },
  act: async (client, { suspended, table }) => {
    const { job } = await client.submit();
    suspended.add('someone');
    const isRecorded = (): boolean => {
      const item = job && table.items.get(job.id);
      return item !== undefined && recordsOf(item).every((record) => record !== null);
    };
    for (let tries = 0; job && tries < 600 && !isRecorded(); tries += 1) await client.pause(1_000);
    suspended.clear();
    if (job) await client.notifyAgain(job.id);
  },
  assert: (world) => {
    if (!world.settings.plan) world.notifyRule.expectOnce(world.table.items);
  },
};

/** The process that ends the job may die before it tells. The message that comes again does not say that it comes again. */
const miscounted: Scenario = {
  name: 'SQS says of each message that it is delivered for the first time',
  settings: { notify: notify.slice(0, 1), miscount: 1 },
  // The pauses of an outage grow with the count. One that never grows is more than approximate.
  faults: faults.filter((fault) => fault !== 'outage'),
  act: async (client) => {
    await Promise.all([
      client.submit({ payload: { seconds: 1 } }),
      client.submit({ payload: { seconds: 1, failFirst: 9 }, maxAttempts: 1 }),
    ]);
  },
  assert: (world) => {
    if (!world.settings.plan) world.notifyRule.expectOnce(world.table.items, soonMs);
  },
};

export const notifyScenarios: readonly Scenario[] = [
  ...notifiedScenarios,
  miscounted,
  endsAgain,
  impossible,
  longDown,
  heldBack,
];

/** Says that it has recorded what is held back, and has not. */
const forgetting = (ports: Ports, role: string): Ports => {
  if (role !== 'notify') return ports;
  const { store } = ports;
  return {
    ...ports,
    store: {
      ...store,
      write: (write) =>
        write.set.notification?.includes('suspended') ? store.read(write.id) : store.write(write),
    },
  };
};

/** Sends nothing to the queue of notifications. */
const silent =
  (...roles: readonly string[]) =>
  (ports: Ports, role: string): Ports =>
    roles.includes(role) ? { ...ports, notifications: { send: async () => {} } } : ports;

/** Records a failed attempt first, and sends the next message only after it. */
const recordingFirst = (ports: Ports, role: string): Ports => {
  if (role !== 'notify') return ports;
  const { store, notifications } = ports;
  const unsent: (() => Promise<void>)[] = [];
  return {
    ...ports,
    notifications: {
      send: async (message, delaySeconds) => {
        unsent.push(() => notifications.send(message, delaySeconds));
      },
    },
    store: {
      ...store,
      write: async (write) => {
        const item = await store.write(write);
        await Promise.all(unsent.splice(0).map((send) => send()));
        return item;
      },
    },
  };
};

/** A worker tells only of an end that it has stored itself, if its messages say that they are delivered for the first time. */
const believingTheCount = (ports: Ports, { event }: { readonly event: SQSEvent }): Ports => {
  if (event.Records.some(({ attributes }) => attributes.ApproximateReceiveCount !== '1')) return ports;
  const { store, notifications } = ports;
  const ended = new Set<string>();
  return {
    ...ports,
    store: {
      ...store,
      write: async (write) => {
        const item = await store.write(write);
        if (item && isTerminal(item.status)) ended.add(item.id);
        return item;
      },
    },
    notifications: {
      send: async (message, delaySeconds) => {
        if (ended.has(message.jobId)) await notifications.send(message, delaySeconds);
      },
    },
  };
};

export const notifyMutants: readonly Mutant[] = [
  withMessages(
    'what SQS delivers for the first time, as it says, tells nobody of an end that is stored',
    miscounted.name,
    (ports, role, received) => (role === 'worker' ? believingTheCount(ports, received) : ports),
  ),
  {
    name: 'a notification that is given up is no dead letter',
    shownBy: impossible.name,
    ports: (ports) => ({ ...ports, givenUp: { send: async () => {} } }),
  },
  {
    name: 'what is recorded of one end is recorded of another',
    shownBy: endsAgain.name,
    write: dropping(['recordNotification'], ({ attribute }) => attribute === 'finishedAt'),
  },
  {
    name: 'what was recorded of one target is forgotten with the next',
    shownBy: 'one job; all are told',
    write: dropping(['recordNotification'], ({ attribute }) => attribute === 'notification'),
  },
  {
    name: 'the message of a job is deleted before its notifications are sent',
    shownBy: 'one job; all are told',
    deliver: ({ Records }, queue) => {
      if (!queue.name.startsWith('notify'))
        for (const { receiptHandle } of Records) queue.delete(receiptHandle);
    },
  },
  {
    name: 'a failed attempt is recorded before the next message is sent',
    shownBy: 'one job; all are told',
    ports: recordingFirst,
  },
  {
    name: 'after a failed attempt no message is sent',
    shownBy: 'one job; all are told',
    ports: silent('notify'),
  },
  {
    name: 'what is held back is recorded nowhere',
    shownBy: heldBack.name,
    ports: forgetting,
  },
  {
    name: 'what was held back is not sent again',
    shownBy: heldBack.name,
    ports: silent('notify again'),
  },
  {
    name: 'a cancel call tells nobody, and leaves that to its pointer',
    shownBy: 'a waiting dependency is canceled; all are told',
    ports: silent('cancel'),
  },
  {
    name: 'a retry tells nobody how the run before has ended',
    shownBy: 'retry by the user while old copies are in the queue; all are told',
    ports: silent('retry'),
  },
  {
    name: 'an erasure tells nobody how the job has ended',
    shownBy: 'a job is erased as soon as it has ended, and another waits for it; all are told',
    ports: silent('erase'),
  },
  {
    name: 'admission tells nobody',
    shownBy: 'a dependency fails, and so do its dependents and theirs; all are told',
    ports: silent('admission'),
  },
];
