import { beforeEach, describe, expect, test } from '@jest/globals';
import { NewerVersionError } from '../../../../shared/domain/base/errors.ts';
import {
  type QueueFigures,
  queuesWith,
  type StageQueue,
} from '../../../../shared/domain/base/queue-figures.ts';
import {
  type PausedSchedules,
  pausedSchedulesIn,
} from '../../../../shared/domain/schedules/paused-schedules.ts';
import type { MetricQuery } from '../../../../shared/domain/watch/watch-ports.ts';
import { type WatchState, watchStateIn } from '../../../../shared/domain/watch/watch-state.ts';
import { checkStage } from '../../../../shared/watch/check-stage.ts';
import type { CheckDependencies } from '../../../../shared/watch/dependencies.ts';
import { InMemoryRecords } from '../../../../testkit/fakes/in-memory-records.ts';
import { RecordedTopic } from '../../../../testkit/fakes/in-memory-watch.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { somePauses } from '../../../set-ups/pauses.ts';
import { aQueuedItem } from '../../../set-ups/samples.ts';

const minuteMs = 60_000;
/** Not the first five minutes of an hour, when everything is asked. */
const start = Date.UTC(2026, 0, 2, 3, 5);

let now = start;
let figures: Map<StageQueue, Partial<QueueFigures>>;
let asked: MetricQuery[];
let numbers: (query: MetricQuery) => number;
let counted: number[];
let isMade = true;
let state: WatchState;
let topic: RecordedTopic;
let paused: PausedSchedules;
let pauses: ReturnType<typeof somePauses>;
let log: ReturnType<typeof recordedLog>;
beforeEach(() => {
  now = start;
  figures = new Map();
  asked = [];
  numbers = () => 0;
  counted = [];
  isMade = true;
  state = watchStateIn(new InMemoryRecords());
  topic = new RecordedTopic();
  paused = pausedSchedulesIn(new InMemoryRecords());
  pauses = somePauses();
  log = recordedLog();
});

const schedule = {
  ...{ name: 'nightly', cron: '0 * * * *', timeZone: 'UTC', type: 'counting', payload: {}, tenant: 'acme' },
};
const deps = (over: Partial<CheckDependencies> = {}): CheckDependencies => ({
  queues: {
    count: async () =>
      queuesWith(figures.has('ordered-2.fifo') ? 2 : 1).map((name) => ({
        name,
        visible: 0,
        inFlight: 0,
        delayed: 0,
        ...figures.get(name),
      })),
  },
  metrics: {
    async read(queries) {
      asked.push(...queries);
      return queries.map(numbers);
    },
  },
  topic,
  state,
  jobs: { read: async (id) => (isMade ? aQueuedItem({ id }) : undefined) },
  paused,
  pauses,
  recurring: [],
  hasMetrics: true,
  hasIssuer: false,
  countOpen: (count) => void counted.push(count),
  stackName: 'job-worker-prod',
  clock: { now: () => now },
  log,
  ...over,
});

/** Checks of so many minutes. */
async function pass(minutes: number, over: Partial<CheckDependencies> = {}): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 5) {
    await checkStage(deps(over));
    now += 5 * minuteMs;
  }
}
const subjects = () => topic.texts.map(({ subject }) => subject);

describe('a stage that is idle', () => {
  test('is asked about in CloudWatch once an hour, and nothing is written', async () => {
    await pass(50);
    expect(asked).toEqual([]);
    await pass(5);
    expect(now).toBe(start + 55 * minuteMs);
    await pass(5);
    expect(asked.length).toBeGreaterThan(10);
    expect([(await state.read()).version, topic.texts, counted]).toEqual([0, [], []]);
  });
});

describe('a trouble', () => {
  beforeEach(() => void figures.set('quarantine', { visible: 2 }));

  test('is told once at its start and once at its end, with where, what, since and the first command', async () => {
    await pass(20);
    expect(subjects()).toEqual(['TROUBLE job-worker-prod: messages wait for a person (quarantine)']);
    expect(topic.texts[0]?.body).toBe(
      [
        'messages wait for a person.',
        'Where: quarantine, of job-worker-prod',
        'What:  it has grown, to 2 messages',
        'Since: 2026-01-02T03:05:00.000Z',
        'First: jobctl queues',
        'More:  docs/incidents.md#grown',
      ].join('\n'),
    );
    await pass(60);
    expect(subjects()[1]).toBe('OVER job-worker-prod: messages wait for a person (quarantine)');
    expect(topic.texts[1]?.body).toContain('Until: 2026-01-02T04:05:00.000Z');
    await pass(60);
    expect(topic.texts).toHaveLength(2);
    expect(counted).toEqual(Array(12).fill(1));
  });

  test('is told again by the next check if it could not be told, and is counted all the same', async () => {
    topic.isFailing = true;
    await pass(5);
    expect(log.lines.map(({ message }) => message)).toContain('trouble not told');
    expect([counted, subjects()]).toEqual([[1], []]);
    topic.isFailing = false;
    await pass(5);
    expect(subjects()).toHaveLength(1);
  });

  test('of which nobody could be told that it is over stays open until somebody can', async () => {
    await pass(5);
    figures.clear();
    topic.isFailing = true;
    await pass(5);
    topic.isFailing = false;
    await pass(10);
    expect(subjects().map((text) => text.split(' ')[0])).toEqual(['TROUBLE', 'OVER']);
  });

  test('is counted as it is found, also while another check writes', async () => {
    const read = await state.read();
    await pass(5, {
      state: { read: async () => ({ ...read, version: 7 }), write: (...all) => state.write(...all) },
    });
    expect([counted, (await state.read()).version]).toEqual([[1], 0]);
    expect(log.lines.map(({ message }) => message)).toContain('another check has written');
  });

  test('has a subject that SNS takes', async () => {
    await pass(5, { stackName: `job-worker-${'ü'.repeat(100)}` });
    expect(subjects()[0]).toMatch(/^[ -~]{100}$/);
  });
});

test.each([
  ['nobody is busy', 'standard', 0, 10],
  ['others run', 'long', 3, 20],
  ['a server is busy', 'server', 1, 24 * 60],
] as const)(
  'a message that nobody takes while %s is a trouble after a while',
  async (_, name, inFlight, minutes) => {
    figures.set(name, { visible: 1, inFlight });
    await pass(minutes);
    expect(subjects().filter((text) => text.includes('none is taken'))).toEqual([]);
    await pass(5);
    expect(subjects().filter((text) => text.includes('none is taken'))).toHaveLength(1);
  },
);

test('messages behind the running job of a group only look as if somebody could take them', async () => {
  figures.set('ordered.fifo', { visible: 4, inFlight: 1 });
  await pass(120);
  expect(subjects()).toEqual([]);
});

test.each(['ordered.fifo', 'ordered-2.fifo'] as const)(
  'who operates the stage hears that %s is so long that jobs of groups are refused',
  async (name) => {
    figures.set(name, { visible: 59_998, inFlight: 1 });
    await pass(10);
    expect(subjects()).toEqual([]);
    figures.set(name, { visible: 59_998, inFlight: 2 });
    await pass(5);
    expect(subjects()).toEqual([expect.stringContaining('jobs of groups are refused')]);
  },
);

test('a queue from which messages are taken is no trouble, however full it is', async () => {
  figures.set('standard', { visible: 500 });
  numbers = ({ metric }) => (metric === 'AttemptsStarted' ? 3 : 0);
  await pass(60);
  expect(subjects()).toEqual([]);
});

test('a queue that is emptied by who receives from it was not purged, nor one with a few messages', async () => {
  numbers = ({ metric }) => (['NumberOfMessagesDeleted', 'AttemptsStarted'].includes(metric) ? 180 : 0);
  figures.set('standard', { visible: 200 });
  figures.set('long', { visible: 9 });
  await pass(10);
  figures.clear();
  await pass(30);
  expect(subjects()).toEqual([]);
});

describe('a recurring schedule', () => {
  const overdue = () => subjects().filter((text) => text.includes('has made no job'));

  test('that made its job is no trouble; one that did not is, until it makes one', async () => {
    await pass(120, { recurring: [schedule] });
    expect(overdue()).toEqual([]);
    isMade = false;
    await pass(5, { recurring: [schedule] });
    expect(overdue()).toHaveLength(1);
    isMade = true;
    await pass(5, { recurring: [schedule] });
    expect(overdue()).toHaveLength(2);
  });

  test('is no trouble if only newer code can read its job', async () => {
    const read = () => Promise.reject(new NewerVersionError('the item has version 2, this code knows 1'));
    await pass(120, { recurring: [schedule], jobs: { read } });
    expect(overdue()).toEqual([]);
  });

  test('has no job from before it was deployed, or while it is paused', async () => {
    isMade = false;
    await pass(60, { recurring: [schedule] });
    expect(overdue()).toEqual([]);
    await paused.pause('nightly');
    await pass(60, { recurring: [schedule] });
    await paused.resume('nightly');
    await pass(55, { recurring: [schedule] });
    expect(overdue()).toEqual([]);
    await pass(20, { recurring: [schedule] });
    expect(overdue()).toHaveLength(1);
  });
});

test.each(['TargetErrorCount', 'InvocationDroppedCount', 'InvocationsFailedToBeSentToDeadLetterCount'])(
  'what Scheduler counts as %s is told in the hour in which it is counted',
  async (metric) => {
    numbers = ({ source, metric: read }) => (source === 'scheduler' && read === metric ? 1 : 0);
    await pass(60);
    expect(topic.texts.map(({ body }) => body)).toEqual([expect.stringContaining(metric)]);
  },
);

test('a stage without metrics asks SQS alone whether messages are taken', async () => {
  figures.set('standard', { visible: 1 });
  await pass(15, { hasMetrics: false });
  expect(asked.filter(({ source, dimension }) => source === 'stage' && dimension?.name === 'Queue')).toEqual(
    [],
  );
  expect(asked.map(({ metric }) => metric)).toContain('NumberOfMessagesReceived');
  expect(subjects()).toHaveLength(1);
});

describe('receivers of webhooks that take nothing', () => {
  test('make one text and one alarm, however many attempts fail, of however many tenants, for however long', async () => {
    numbers = ({ metric }) => (metric === 'NotificationsFailed' ? 1_000_000 : 0);
    await pass(3 * 24 * 60);
    expect(subjects()).toHaveLength(1);
    expect(Math.max(...counted)).toBe(1);
  });
});
