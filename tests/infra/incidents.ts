import { QueueUnavailableError, StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { ObjectsUnavailableError } from '../../shared/domain/objects/object-errors.ts';
import type { WatchedWorld } from './watched-world.ts';

const minuteMs = 60_000;

/** A trouble that was made on purpose: what is seen of it, minute by minute, from the first minute on. */
export interface Incident {
  readonly name: string;
  readonly happens: (world: WatchedWorld) => void;
  /** For so long it is looked at. Default: two hours. */
  readonly minutes?: number;
  /** When what comes first. docs/incidents.md has those of the eighteen. */
  readonly rings?: readonly [alarm: string, minute: number, ofText?: number | undefined];
}

/** A stage that is well: a job every minute. */
const asUsual = (world: WatchedWorld): void => {
  world.jobs('standard', { succeeded: 1 });
  world.ofQueue('NumberOfMessagesDeleted', 'standard', 1);
};

/** It is hidden in its queue, and nothing of it starts. Others go on elsewhere. */
const pausedGroup = (world: WatchedWorld): void => {
  asUsual(world);
  world.set('ordered.fifo', { inFlight: 1, visible: 4 });
  world.ofQueue('ApproximateAgeOfOldestMessage', 'ordered.fifo', world.minute * 60);
};

const throttled = new StoreUnavailableError('the table could not be written');

/** In the order of the list in docs/incidents.md, which a test compares. */
export const incidents: readonly Incident[] = [
  {
    name: 'nobody consumes',
    happens: (world) => world.set('long', { visible: 3 + world.minute }),
  },
  {
    name: 'a type fails always',
    happens: (world) => {
      world.set('standard', { visible: 1 });
      world.jobs('standard', { succeeded: 1, failed: 2 });
    },
  },
  {
    name: 'a poison job',
    happens: (world) => {
      asUsual(world);
      if (world.minute < 5) world.loseProcess('LongWorker');
    },
  },
  {
    name: 'table throttled',
    happens: (world) => {
      world.isTableThere = false;
      world.ofApi('5xx', 2);
      world.ofApi('Count', 2);
      world.log('Submit', (log) => log.error('request failed', { error: throttled, path: '/jobs' }));
    },
  },
  {
    name: 'in flight near 120,000',
    happens: (world) => {
      asUsual(world);
      world.set('waiting', { inFlight: 78_000 + 1_000 * world.minute });
    },
  },
  {
    name: 'a blocked group',
    minutes: 400,
    happens: (world) => {
      asUsual(world);
      world.set('ordered.fifo', { inFlight: 1, visible: 4 });
      // Other groups go on.
      world.jobs('ordered', { succeeded: 1 });
      world.ofQueue('ApproximateAgeOfOldestMessage', 'ordered.fifo', world.minute * 60);
    },
  },
  {
    name: 'a runaway tenant',
    happens: (world) => {
      // Others wait, too, if longer jobs hold all places.
      world.ofQueue('ApproximateNumberOfNoisyGroups', 'standard', 1);
      world.ofQueue('ApproximateAgeOfOldestMessageInQuietGroups', 'standard', world.minute * 60);
      world.set('standard', { visible: 5_000 * world.minute, inFlight: 100 });
      world.jobs('standard', { succeeded: 30, delayMs: world.minute * minuteMs });
    },
  },
  {
    name: 'Scheduler stops',
    happens: (world) => {
      asUsual(world);
      world.firesUntil = -1;
    },
  },
  {
    name: "one tenant's webhooks fail",
    happens: (world) => {
      asUsual(world);
      world.log('Notify', (log) => log.warn('notification failed', { jobId: 'j', why: 'HTTP 500' }));
    },
  },
  {
    name: "the issuer's keys fail",
    happens: (world) => {
      world.ofApi('Count', 3);
      world.ofApi('4xx', 3);
    },
  },
  {
    name: 'account concurrency used up',
    happens: (world) => {
      asUsual(world);
      world.cloudWatch.put({ namespace: 'AWS/Lambda', metric: 'Throttles', dimensions: {}, value: 4 });
    },
  },
  {
    name: 'start delay creeps',
    happens: (world) => {
      world.set('standard', { visible: 50 });
      world.jobs('standard', { succeeded: 2, delayMs: world.minute * 0.5 * minuteMs });
    },
  },
  {
    name: 'a queue purged',
    happens: (world) => {
      world.set('long', world.minute < 7 ? { visible: 400, inFlight: 10 } : {});
      if (world.minute < 7) world.jobs('long', { succeeded: 1 });
      world.ofQueue('NumberOfMessagesDeleted', 'long', 1);
    },
  },
  {
    name: 'dead letters grow',
    happens: (world) => {
      world.set('standard', { inFlight: 10 });
      world.jobs('standard', { succeeded: 1 });
      world.ofQueue('NumberOfMessagesReceived', 'dead-letter', world.minute < 2 ? 0 : 1);
    },
  },
  {
    name: 'S3 refused',
    happens: (world) => {
      const error = new ObjectsUnavailableError('the object could not be read');
      world.set('standard', { inFlight: 2 });
      world.jobs('standard', { succeeded: 9 });
      world.log('Worker', (log) => log.error('delivery failed', { error, messageId: 'm', jobId: 'j' }));
    },
  },
  {
    name: "a server's disk full",
    happens: (world) => {
      world.set('server', { inFlight: 1, visible: 2 });
      world.jobs('server', { failed: 1 });
    },
  },
  {
    name: 'a deployment that fails 5 %',
    happens: (world) => {
      world.set('standard', { inFlight: 9 });
      world.jobs('standard', { succeeded: 19, failed: 1 });
    },
  },
  {
    name: 'clock skew of a server',
    happens: (world) => {
      asUsual(world);
      world.jobs('server', { succeeded: 1, delayMs: 0 });
    },
  },
];

/** What rings beside the eighteen, and what does not. */
export const others: readonly Incident[] = [
  {
    name: 'a tenant sends too much, and all others are served at once',
    happens: (world) => {
      world.set('standard', { visible: 5_000 * world.minute, inFlight: 100 });
      world.jobs('standard', { succeeded: 30, delayMs: world.minute * minuteMs });
      world.ofQueue('ApproximateNumberOfNoisyGroups', 'standard', 1);
      world.ofQueue('ApproximateAgeOfOldestMessageInQuietGroups', 'standard', 2);
    },
  },
  {
    name: 'the only group is blocked',
    rings: ['TroubleAlarm', 39, 34],
    happens: (world) => {
      world.set('ordered.fifo', { inFlight: 1, visible: 4 });
      world.ofQueue('ApproximateAgeOfOldestMessage', 'ordered.fifo', world.minute * 60);
    },
  },
  {
    name: 'groups are refused',
    rings: ['TroubleAlarm', 9, 4],
    happens: (world) => {
      asUsual(world);
      world.jobs('ordered', { succeeded: 1 });
      world.set('ordered.fifo', { inFlight: 2, visible: 58_000 + 1_000 * world.minute });
    },
  },
  {
    name: 'a pause is seven days old, and holds a group',
    rings: ['TroubleAlarm', 64, 59],
    happens: (world) => {
      world.pause('type:report', { days: 7 - 1 / 24 });
      pausedGroup(world);
    },
  },
  {
    name: 'a pause of a day holds a group that has waited for six days',
    rings: ['TroubleAlarm', 69, 64],
    happens: (world) => {
      world.pause('tenant:acme', { days: 1 });
      pausedGroup(world);
      world.ofQueue(
        'ApproximateAgeOfOldestMessage',
        'ordered.fifo',
        7 * 24 * 3600 + (world.minute - 60) * 60,
      );
    },
  },
  {
    name: 'a group is paused for eight hours',
    minutes: 540,
    happens: (world) => {
      if (world.minute === 0) world.pause('type:report');
      pausedGroup(world);
    },
  },
  {
    name: 'a group goes on after a day of pause, late and one after the other',
    minutes: 370,
    happens: (world) => {
      if (world.minute === 0) world.pause('stage', { days: 1 });
      if (world.minute === 20) void world.resume('stage');
      pausedGroup(world);
      world.ofQueue('ApproximateAgeOfOldestMessage', 'ordered.fifo', 24 * 3600);
      if (world.minute > 49) world.jobs('ordered', { succeeded: 2, delayMs: 24 * 60 * minuteMs });
    },
  },
  {
    name: 'messages of a paused queue are moved out of it, and more come',
    happens: (world) => {
      world.pause('queue:long');
      world.set('long', { visible: 5_000, inFlight: 0 });
      world.ofQueue('NumberOfMessagesReceived', 'long', 600);
      world.ofQueue('NumberOfMessagesDeleted', 'long', 600);
    },
  },
  {
    name: 'nothing of a group starts in the hour after a pause',
    rings: ['TroubleAlarm', 64, 59],
    happens: (world) => {
      if (world.minute === 0) world.pause('stage', { resumedAt: world.startsAt, resumedBy: 'key:1' });
      world.set('ordered.fifo', { inFlight: 1, visible: 4 });
      world.ofQueue('ApproximateAgeOfOldestMessage', 'ordered.fifo', 24 * 3600);
    },
  },
  { name: 'nothing', happens: asUsual },
  { name: 'nothing, on an idle stage', happens: () => undefined },
  {
    name: 'SQS refused',
    rings: ['TroubleAlarm', 9, 4],
    happens: (world) => {
      const error = new QueueUnavailableError('the message could not be sent');
      world.set('waiting', { inFlight: 1 });
      world.log('Admission', (log) => log.error('delivery failed', { error, messageId: 'm' }));
    },
  },
  {
    name: 'a message in quarantine',
    rings: ['TroubleAlarm', 9, 4],
    happens: (world) => world.set('quarantine', { visible: world.minute < 3 ? 0 : 1 }),
  },
  {
    name: 'the check is not called',
    rings: ['CheckSilentAlarm', 39, undefined],
    happens: (world) => {
      if (world.minute >= 20) world.called.delete('check');
    },
  },
  {
    name: 'nobody calls overdue, which brings back what waits and was lost',
    rings: ['OverdueSilentAlarm', 39, undefined],
    happens: (world) => {
      asUsual(world);
      if (world.minute >= 20) world.called.delete('overdue');
    },
  },
  {
    name: 'overdue is called, and fails',
    rings: ['FunctionErrorsAlarm', 14],
    happens: (world) => {
      asUsual(world);
      if (world.minute < 4) world.loseProcess('Overdue');
    },
  },
  {
    name: 'the check fails',
    rings: ['FunctionErrorsAlarm', 29],
    happens: (world) => {
      world.isTableThere = false;
    },
  },
  {
    name: 'a function cannot read its configuration',
    rings: ['FunctionErrorsAlarm', 14],
    happens: (world) => world.log('LongWorker', (log) => log.error('configuration unreadable')),
  },
  {
    name: 'nobody is subscribed',
    rings: ['TroubleAlarm', 64, 59],
    happens: (world) => {
      world.topic.listeners = 0;
    },
  },
];
