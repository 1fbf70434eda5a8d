import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import type { JobMessage } from '../../../shared/domain/state/job/message.ts';
import type { TransitionName } from '../../../shared/domain/state/job/transitions.ts';
import { admitWrite, deferWrite } from '../../../shared/domain/state/writes/admission-writes.ts';
import { retryWrite } from '../../../shared/domain/state/writes/control-writes.ts';
import {
  handOverWrite,
  interruptWrite,
  type Lease,
  outcomeWrite,
  releaseWrite,
} from '../../../shared/domain/state/writes/holder-writes.ts';
import type { JobWrite } from '../../../shared/domain/state/writes/job-write.ts';
import {
  failExhaustedWrite,
  failLateWrite,
  failUnclaimedWrite,
  finishCancelWrite,
  saveMessageWrite,
  saveReceiptHandleWrite,
} from '../../../shared/domain/state/writes/message-writes.ts';
import { retentionMs } from '../limits.ts';
import { claims } from '../transition-kinds.ts';
import type { GeneratedMutant } from './generated-mutant.ts';
import { messagesOf, type Receiver, received } from './received.ts';

/** Mutants of what follows from a decision: each makes the write of one ending where another is due, or none. */

interface Known {
  readonly lease: Lease;
  readonly item: JobItem;
  readonly message: JobMessage;
  readonly now: number;
}
type Make = (known: Known, instead: JobWrite) => JobWrite;

const error = { name: 'MutantError', message: 'made by a mutant' };

/** What the replaced write would have reported goes into the other one. */
const report = ({ now }: Known, { set: { progress, checkpoint } }: JobWrite) => ({
  now,
  retentionMs,
  progress,
  checkpoint,
});

/** The ends of an attempt, of which the error policy picks one. */
const attempts: Partial<Record<TransitionName, Make>> = {
  succeed: (known, instead) =>
    outcomeWrite(known.lease, { kind: 'succeeded', result: 'null' }, report(known, instead)),
  fail: (known, instead) => outcomeWrite(known.lease, { kind: 'failed', error }, report(known, instead)),
  stop: (known, instead) => outcomeWrite(known.lease, { kind: 'canceled' }, report(known, instead)),
  release: (known, instead) =>
    releaseWrite(known.lease, { ...report(known, instead), notBefore: known.now + 1_000, error }),
  leaveQueue: (known, instead) =>
    releaseWrite(known.lease, { ...report(known, instead), notBefore: known.now + 3_600_000, error }),
  handOver: (known, instead) => handOverWrite(known.lease, report(known, instead)),
  sleep: (known, instead) =>
    handOverWrite(known.lease, { ...report(known, instead), wakeAt: known.now + 60_000 }),
  interrupt: (known, instead) => interruptWrite(known.lease, report(known, instead)),
};

/** What is done for a message that may not start its job: by the worker, admission or the dead letters. */
const deliveries: Partial<Record<TransitionName, Make>> = {
  finishCancel: ({ item, message, now }) => finishCancelWrite(item, message, { now, retentionMs }),
  failExhausted: ({ item, message, now }) => failExhaustedWrite(item, message, { now, retentionMs, error }),
  failUnclaimed: ({ item, message, now }) => failUnclaimedWrite(message, { item, now, retentionMs, error }),
  failLate: ({ item, message, now }) => failLateWrite(message, { item, now, retentionMs, error }),
  saveMessage: ({ message, now }) => saveMessageWrite(message, now),
  saveReceiptHandle: ({ item, now }) => saveReceiptHandleWrite(item, 'a receipt handle', now),
  retry: ({ item, message, now }) => retryWrite(item, now, message.retriedBy),
  defer: ({ message, now }) => deferWrite(message, now + 7_200_000, now),
  admit: ({ item, now }) => admitWrite(item, 'a message', now),
};

const roles = ['worker', 'admission', 'dead-letter'];

/** What the instance knows that makes the write: the item as it claimed it, else as it is. */
function knownOf(
  write: JobWrite,
  claimed: JobItem | undefined,
  { world, event }: Receiver,
): Known | undefined {
  const item = claimed ?? world.table.items.get(write.id);
  const message = messagesOf(event).get(write.id);
  return (
    item && message && { item, message, lease: { item, message, receiptHandle: 'none' }, now: world.time.now }
  );
}

const mutantOf = (transition: TransitionName, other: string, make?: Make): GeneratedMutant => ({
  name: `${other} where ${transition} is due`,
  family: 'ending',
  meets: { transition, differs: () => true },
  ...received((ports, receiver) => {
    if (!roles.includes(receiver.role)) return ports;
    const claimed = new Map<string, JobItem>();
    const { store } = ports;
    const write = async (made: JobWrite): Promise<JobItem | undefined> => {
      if (made.transition === transition) {
        const known = knownOf(made, claimed.get(made.id), receiver);
        return known && make ? store.write(make(known, made)) : undefined;
      }
      const item = await store.write(made);
      if (item && claims.includes(made.transition)) claimed.set(made.id, item);
      return item;
    };
    return { ...ports, store: { ...store, write } };
  }),
});

const replaced = (endings: Partial<Record<TransitionName, Make>>): GeneratedMutant[] =>
  (Object.keys(endings) as TransitionName[]).flatMap((transition) => [
    mutantOf(transition, 'nothing'),
    ...Object.entries(endings)
      .filter(([other]) => other !== transition)
      .map(([other, make]) => mutantOf(transition, other, make)),
  ]);

export const endingMutants: readonly GeneratedMutant[] = [...replaced(attempts), ...replaced(deliveries)];
