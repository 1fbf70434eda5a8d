import { isOrdered, maxOrderedMessages, type QueueFigures } from '../domain/base/queue-figures.ts';
import { endingForGroups, groupPauses, isResumedWithin } from './held-groups.ts';
import {
  before,
  isActive,
  isDeadLetters,
  isOpen,
  isPile,
  isRun,
  isWork,
  type Look,
  minuteMs,
  type Seen,
  totalOf,
} from './look.ts';
import { asked, askedOfFair, hourMinutes, ofSqs, ours, takenFrom } from './metric-questions.ts';
import type { Trouble } from './trouble.ts';

const standingMinutes = 10;
const busyMinutes = 20;
const blockedMinutes = 30;
export const blockedSeconds = 6 * 3600;
/** The messages of a group come back within half an hour of the end of a pause. */
const goesOnMinutes = 30;
const lateMs = 15 * minuteMs;
const enoughStarts = 5;
const maxInFlight = 80_000;
/** Of the jobs that ended in the last hour: so many failed, and they are so large a share. */
const failing = [
  { atLeast: 10, share: 0.05 },
  { atLeast: 3, share: 0.5 },
];
/** A trouble that is an event stays open for so long after the last one. */
export const eventMs = hourMinutes * minuteMs;

const dayMinutes = 24 * 60;
/**
 * For how many minutes nothing may start while a message is visible. Where others run, all places may be taken: by
 * slices of 15 minutes, or on servers by jobs of hours. Behind the running job of a group, messages only look visible.
 */
function patienceOf(queue: QueueFigures): number {
  if (queue.inFlight === 0) return standingMinutes;
  if (isOrdered(queue)) return Number.POSITIVE_INFINITY;
  return queue.name === 'server' ? dayMinutes : busyMinutes;
}
const isWaiting = (queue: QueueFigures): boolean =>
  isWork(queue) && queue.visible > 0 && patienceOf(queue) < Number.POSITIVE_INFINITY;
const hasStood = (seen: Seen, queue: QueueFigures): boolean => {
  const since = before(seen, queue.name)?.standingSince;
  return since !== undefined && seen.now - since >= patienceOf(queue) * minuteMs;
};
const standing: Trouble = {
  name: 'standing',
  title: 'messages can be received, and none is taken',
  command: 'jobctl doctor --stage $STAGE',
  asks: (seen) =>
    seen.queues
      .filter((queue) => isWaiting(queue) && patienceOf(queue) < dayMinutes)
      .map((queue) => takenFrom(seen, queue, patienceOf(queue))),
  find: (look) =>
    look.queues
      .filter((queue) => isWaiting(queue) && hasStood(look, queue))
      .filter((queue) => look.value(takenFrom(look, queue, patienceOf(queue))) === 0)
      .map((queue) => ({
        where: queue.name,
        what: `${queue.visible} messages are visible, and for ${patienceOf(queue)} minutes none was taken, or there were always some`,
      })),
};

const oldest = (queue: QueueFigures) =>
  ofSqs('ApproximateAgeOfOldestMessage', queue, { stat: 'Maximum', minutes: standingMinutes });
/** A paused group looks blocked: until the pause ends, and as long as its messages need to come back. */
const mayBePaused = (seen: Seen): boolean =>
  groupPauses(seen).length > 0 || isResumedWithin(seen, (goesOnMinutes + blockedMinutes) * minuteMs);
const blocked: Trouble = {
  name: 'blocked',
  title: 'a group of ordered jobs may be blocked',
  command: 'jobctl oldest',
  asks: (seen) =>
    asked(seen, 'blocked', isOrdered)
      .filter((queue) => queue.visible + queue.inFlight > 0)
      .flatMap((queue) => [takenFrom(seen, queue, blockedMinutes), oldest(queue)]),
  find: (look) =>
    look.queues
      .filter((queue) => isOrdered(queue) && !mayBePaused(look))
      .flatMap((queue) => {
        const age = look.value(oldest(queue));
        const hidden = queue.visible + queue.inFlight;
        if (hidden === 0 || age < blockedMinutes * 60) return [];
        const isStill = look.value(takenFrom(look, queue, blockedMinutes)) === 0;
        if (!isStill && (age < blockedSeconds || isResumedWithin(look, blockedSeconds * 1000))) return [];
        const started = isStill ? `nothing has started for ${blockedMinutes} minutes, and ` : '';
        const minutes = Math.round(age / 60);
        return [
          { where: queue.name, what: `${started}the oldest of ${hidden} messages is ${minutes} minutes old` },
        ];
      }),
};

const pauseEnds: Trouble = {
  name: 'pause-ends',
  title: 'a pause ends soon for the jobs of groups',
  command: 'jobctl pauses',
  asks: (seen) =>
    groupPauses(seen).length === 0
      ? []
      : seen.queues
          .filter(isOrdered)
          .filter((queue) => totalOf(queue) > 0)
          .map(oldest),
  find: (look) =>
    look.queues
      .filter((queue) => isOrdered(queue) && totalOf(queue) > 0)
      .flatMap((queue) => endingForGroups(look, look.value(oldest(queue)) * 1000)),
};

const delay = (queue: QueueFigures) => ours('StartDelay', queue, { stat: 'p95', minutes: standingMinutes });
const starts = (queue: QueueFigures) => ours('AttemptsStarted', queue, { minutes: standingMinutes });
/** Whether only the jobs of who has sent too much are late: SQS delivers the messages of all others before. */
const isNoisyAlone = (look: Look, queue: QueueFigures): boolean => {
  const [groups, age] = askedOfFair(queue, standingMinutes).map(look.value);
  return groups !== undefined && age !== undefined && groups > 0 && age * 1000 < lateMs;
};
const late: Trouble = {
  name: 'late',
  title: 'jobs start late',
  command: 'jobctl queues',
  asks: (seen) =>
    seen.hasMetrics
      ? asked({ ...seen, isSweep: false }, 'late', isRun).flatMap((queue) => [
          ...[delay(queue), starts(queue)],
          ...askedOfFair(queue, standingMinutes),
        ])
      : [],
  find: (look) =>
    look.queues
      .filter((queue) => isRun(queue) && look.value(delay(queue)) >= lateMs)
      // A job behind a paused one of its group is late because of that.
      .filter((queue) => !isOrdered(queue) || !isResumedWithin(look, blockedSeconds * 1000))
      .filter((queue) => look.value(starts(queue)) >= enoughStarts && !isNoisyAlone(look, queue))
      .map((queue) => ({
        where: queue.name,
        what: `one job in twenty waited for ${Math.round(look.value(delay(queue)) / minuteMs)} minutes or more after it was due`,
      })),
};

const failed = (queue: QueueFigures) => ours('JobsFailed', queue);
const succeeded = (queue: QueueFigures) => ours('JobsSucceeded', queue);
const failures: Trouble = {
  name: 'failures',
  title: 'many jobs fail',
  command: 'jobctl failures',
  asks: (seen) =>
    seen.hasMetrics
      ? asked(seen, 'failures', isRun).flatMap((queue) => [failed(queue), succeeded(queue)])
      : [],
  find: (look) =>
    look.queues.filter(isRun).flatMap((queue) => {
      const [bad, good] = [look.value(failed(queue)), look.value(succeeded(queue))];
      const share = bad / (bad + good || 1);
      if (!failing.some((each) => bad >= each.atLeast && share >= each.share)) return [];
      return [
        {
          where: queue.name,
          what: `of ${bad + good} jobs that ended in the last hour, ${bad} failed (${Math.round(100 * share)} %)`,
        },
      ];
    }),
};

const inFlight: Trouble = {
  name: 'in-flight',
  title: 'a queue nears the 120,000 messages in flight that SQS allows',
  command: 'jobctl top',
  asks: () => [],
  find: ({ queues }) =>
    queues
      .filter((queue) => queue.inFlight >= maxInFlight)
      .map(({ name, inFlight: count }) => ({ where: name, what: `${count} messages are in flight` })),
};

const groupsRefused: Trouble = {
  name: 'groups-refused',
  title: 'jobs of groups are refused, since their queue is too long',
  command: 'jobctl queues',
  asks: () => [],
  find: ({ queues }) =>
    queues
      .filter((queue) => isOrdered(queue) && totalOf(queue) >= maxOrderedMessages)
      .map((queue) => ({ where: queue.name, what: `${totalOf(queue)} messages are in it` })),
};

const received = (queue: QueueFigures) => ofSqs('NumberOfMessagesReceived', queue);
const deadLetters: Trouble = {
  name: 'dead-letters',
  title: 'messages became dead letters: their jobs have failed',
  command: 'jobctl failures',
  asks: (seen) =>
    seen.queues.some((queue) => isActive(seen, queue)) || seen.isSweep || isOpen(seen, 'dead-letters')
      ? seen.queues.filter(isDeadLetters).map(received)
      : [],
  find: (look) =>
    look.queues
      .filter((queue) => isDeadLetters(queue) && look.value(received(queue)) > 0)
      .map((queue) => ({
        where: queue.name,
        what: `${look.value(received(queue))} messages were received from it in the last hour`,
      })),
};

const grown: Trouble = {
  name: 'grown',
  title: 'messages wait for a person',
  command: 'jobctl queues',
  asks: () => [],
  find: ({ queues, memory, now }) =>
    queues.filter(isPile).flatMap(({ name, visible }) => {
      const { count = 0, grewAt = Number.NEGATIVE_INFINITY } = memory.piles[name] ?? {};
      if (visible <= count && now - grewAt >= eventMs) return [];
      return visible === 0 ? [] : [{ where: name, what: `it has grown, to ${visible} messages` }];
    }),
};

const deleted = (queue: QueueFigures) => ofSqs('NumberOfMessagesDeleted', queue, { minutes: 20 });
/** More than a count that is only approximate can be off. */
const isLoss = (lost: number, of: number): boolean => lost >= 10 && lost >= of / 2;
/** How many messages went that nobody has deleted, if that many did. */
export function lossOf(look: Look, queue: QueueFigures): number | undefined {
  const had = before(look, queue.name)?.dropped;
  if (had === undefined) return undefined;
  const lost = had - look.value(deleted(queue));
  return isLoss(lost, had) ? lost : undefined;
}
const purged: Trouble = {
  name: 'purged',
  title: 'messages are gone that nobody has processed',
  command: 'jobctl oldest',
  asks: (seen) =>
    seen.queues
      .filter((queue) => isWork(queue) && before(seen, queue.name)?.dropped !== undefined)
      .map(deleted),
  find: (look) =>
    look.queues.filter(isWork).flatMap((queue) => {
      const earlier = before(look, queue.name)?.purged;
      const lost =
        lossOf(look, queue) ?? (earlier && look.now - earlier.at < eventMs ? earlier.lost : undefined);
      if (lost === undefined) return [];
      return [
        { where: queue.name, what: `about ${lost} messages went, and were not deleted by who receives them` },
      ];
    }),
};

/** Of the queues, and of the jobs in them. */
export const queueTroubles: readonly Trouble[] = [
  standing,
  blocked,
  pauseEnds,
  late,
  failures,
  inFlight,
  groupsRefused,
  deadLetters,
  grown,
  purged,
];
