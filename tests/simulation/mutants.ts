import type { JobMessage } from '../../shared/domain/state/job/message.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import type { Condition } from '../../shared/domain/state/writes/condition.ts';
import { dropping, type Mutant, type Ports, spoiled } from './mutant.ts';
import { byHolder } from './transition-kinds.ts';

const outcomes: readonly TransitionName[] = ['succeed', 'fail', 'stop'];

const always: Condition = [[{ attribute: 'updatedAt', absentOrAtMost: Number.MAX_SAFE_INTEGER }]];

/** Makes the write first, and sends the message only after it. */
const writingFirst =
  (transition: 'submit' | 'retry') =>
  (ports: Ports, role: string): Ports => {
    if (role !== transition) return ports;
    const { store, queue } = ports;
    let unsent: JobMessage | undefined;
    return {
      ...ports,
      queue: {
        ...queue,
        send: async (message) => {
          unsent = message;
        },
      },
      store: {
        ...store,
        write: async (write) => {
          const item = await store.write(write);
          if (write.transition === transition && unsent) await queue.send(unsent);
          return item;
        },
      },
    };
  };

/** Reads leases as if they had run out. */
const seeingNoLease = (store: JobStore): JobStore => ({
  ...store,
  read: async (id) => {
    const item = await store.read(id);
    return item && { ...item, leaseUntil: 0 };
  },
});

export const mutants: readonly Mutant[] = [
  {
    name: 'no fencing token in the conditions',
    write: dropping(byHolder, ({ attribute }) => attribute === 'fencingToken'),
  },
  {
    name: 'fencing token reset by a retry',
    shownBy: 'cancel while waiting for another attempt, then retry',
    write: spoiled(['retry', 'revive'], ({ set }) => ({ set: { ...set, fencingToken: 0 } })),
  },
  {
    name: 'no `running` beside the fencing token',
    write: dropping(byHolder, ({ attribute }) => attribute === 'status'),
  },
  {
    name: 'message deleted before the outcome is stored',
    deliver: ({ Records }, queue) => {
      for (const { receiptHandle } of Records) queue.delete(receiptHandle);
    },
  },
  { name: 'completion unconditional', write: spoiled(outcomes, () => ({ condition: always })) },
  {
    name: 'claim without upsert',
    write: spoiled(['claim'], ({ condition }) => ({
      condition: condition.filter((tests) => !tests.some((test) => test.attribute === 'id')),
    })),
  },
  { name: 'submit that writes before it sends', ports: writingFirst('submit') },
  {
    name: 'no fingerprint in the claim',
    shownBy: 'two racing submissions with one key and different bodies',
    write: dropping(['claim'], ({ attribute }) => attribute === 'fingerprint'),
  },
  {
    name: 'attempt counted after running',
    write: (write) => {
      if (write.transition === 'claim')
        return { ...write, increment: { fencingToken: 0 }, setOnce: { ...write.setOnce, attempt: 0 } };
      return write.transition === 'release' || outcomes.includes(write.transition)
        ? { ...write, increment: { attempt: 0 } }
        : write;
    },
  },
  {
    name: 'no notBefore',
    write: spoiled(['release'], ({ set: { notBefore: _, ...set } }) => ({ set })),
  },
  {
    name: 'failExhausted on the fencing token alone',
    shownBy: 'stray copies during a backoff',
    write: dropping(['failExhausted'], ({ attribute }) => attribute !== 'fencingToken'),
  },
  {
    name: 'failUnclaimed over a live lease',
    shownBy: 'a dead letter of a running job',
    write: dropping(['failUnclaimed'], ({ attribute }) => attribute === 'leaseUntil'),
    ports: ({ store, ...queues }, role) => ({
      ...queues,
      store: role === 'dead-letter' ? seeingNoLease(store) : store,
    }),
  },
  {
    name: 'a worker that lost its lease deletes its message',
    answer: ({ batchItemFailures }, { Records }, { lost }) => ({
      batchItemFailures: batchItemFailures.filter(({ itemIdentifier }) => {
        const body = Records.find(({ messageId }) => messageId === itemIdentifier)?.body ?? '';
        return ![...lost].some((id) => body.includes(id));
      }),
    }),
  },
  {
    name: 'cancelRequested ignored by the claim',
    shownBy: 'cancel while running',
    write: dropping(['claim'], ({ attribute }) => attribute === 'cancelRequested'),
  },
  {
    name: "user's retry that writes before it sends",
    shownBy: 'a zombie that wakes late after a retry by the user',
    ports: writingFirst('retry'),
  },
  {
    name: "no claimId when a claim's answer is lost",
    write: spoiled(['claim'], ({ set }) => ({ set: { ...set, claimId: `not ${set.claimId}` } })),
  },
  {
    name: 'a canceled job does not save its message',
    shownBy: 'cancel while waiting for another attempt, then retry',
    write: spoiled(['saveMessage', 'stop', 'finishCancel'], ({ set: { message: _, ...set } }) => ({ set })),
  },
  {
    name: 'a delayed cancel is carried out whatever came later',
    shownBy: 'a waiting job is canceled and retried',
    write: dropping(['cancel', 'requestCancel'], ({ attribute }) => attribute === 'updatedAt'),
  },
  {
    name: 'a delayed renewal is carried out whatever came later',
    shownBy: 'a job of several heartbeats',
    write: dropping(['renew'], ({ attribute }) => attribute === 'leaseUntil'),
  },
  { name: 'no lease', write: dropping(['claim'], ({ attribute }) => attribute === 'leaseUntil') },
  {
    name: 'no run in the claim',
    shownBy: 'retry by the user while old copies are in the queue',
    write: dropping(['claim'], ({ attribute }) => attribute === 'run'),
  },
  {
    name: 'a message whose type has moved is deleted before it is sent on',
    shownBy: 'a type that has moved to another queue',
    deliver: ({ Records }, queue) => {
      if (queue.name === 'earlier') for (const { receiptHandle } of Records) queue.delete(receiptHandle);
    },
  },
  {
    name: 'a retry whose answer is lost is not recognized',
    shownBy: 'cancel while waiting for another attempt, then retry',
    write: spoiled(['revive'], ({ set: { history = [], ...set } }) => ({
      set: { ...set, history: history.map((entry) => ({ ...entry, at: entry.at - 1 })) },
    })),
  },
  {
    name: 'fencing tokens that start at 0',
    shownBy: 'a job expires, and its key is used again',
    write: ({ increment, ...write }) => ({
      ...write,
      ...(increment?.fencingToken === undefined ? {} : { increment: { ...increment, fencingToken: 0 } }),
      ...(write.set.fencingToken === undefined ? {} : { set: { ...write.set, fencingToken: 0 } }),
    }),
  },
  {
    name: 'messages that are returned are visible at once',
    shownBy: 'a message of a run that its item does not know',
    ports: ({ queue, ...ports }, role) => ({
      ...ports,
      queue:
        role === 'worker'
          ? { ...queue, changeVisibility: (delivery) => queue.changeVisibility(delivery, 0) }
          : queue,
    }),
  },
];
