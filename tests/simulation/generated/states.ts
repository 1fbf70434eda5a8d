import { classifyDelivery, type DeliveryState } from '../../../shared/delivery/classify-delivery.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import type { JobMessage } from '../../../shared/domain/state/job/message.ts';
import type { Ports } from '../mutant.ts';
import type { GeneratedMutant } from './generated-mutant.ts';
import { messagesOf, type Receiver, received } from './received.ts';

/** Mutants of the classification: where the item is in one state, the receiver of its message sees another. */

interface Look {
  readonly message: JobMessage;
  readonly now: number;
  /** That of the claim that was refused, if there was one. */
  readonly claimId?: string | undefined;
}

type State = DeliveryState['kind'] | 'finishedByCall';

/** @returns undefined for a job without an item: nothing can be seen of it */
function stateOf(item: JobItem | undefined, { claimId, ...look }: Look): State | undefined {
  if (!item) return undefined;
  const state = classifyDelivery(item, { ...look, ...(claimId === undefined ? {} : { claimId }) });
  return state.kind === 'finished' && state.item.status === 'canceled' ? 'finishedByCall' : state.kind;
}

type Seen = (item: JobItem, look: Look) => JobItem;

const current = (item: JobItem, { message }: Look): JobItem => {
  const { notBefore: _, runAt: __, cancelRequested: ___, inCompany: ____, left: _____, ...rest } = item;
  return { ...rest, run: message.run, fingerprint: message.fingerprint };
};
const running = (item: JobItem, look: Look): JobItem => ({
  ...current(item, look),
  status: 'running',
  leaseUntil: look.now,
  claimId: 'of nobody',
});

const seenAs: Readonly<Record<State, Seen>> = {
  claimable: (item, look) => ({ ...current(item, look), status: 'queued', mayStartLate: true }),
  notDue: (item, look) => ({
    ...current(item, look),
    status: 'queued',
    mayStartLate: true,
    notBefore: look.now + 60_000,
  }),
  stray: (item, look) => ({
    ...current(item, look),
    status: 'waiting',
    mayStartLate: true,
    left: (look.message.left ?? 0) + 1,
  }),
  // If its message has no time by which it must have started, this is "claimable".
  late: (item, look) => {
    const { mayStartLate: _, ...rest } = current(item, look);
    return { ...rest, status: 'queued' };
  },
  canceling: (item, look) => ({ ...current(item, look), status: 'queued', cancelRequested: true }),
  ownClaim: (item, look) => ({
    ...running(item, look),
    leaseUntil: look.now + 20_000,
    claimId: look.claimId ?? 'of nobody',
  }),
  leased: (item, look) => ({ ...running(item, look), leaseUntil: look.now + 20_000 }),
  crashedWithOthers: (item, look) => ({ ...running(item, look), inCompany: true }),
  exhausted: (item, look) => ({ ...running(item, look), attempt: item.maxAttempts }),
  finished: (item, look) => ({ ...current(item, look), status: 'succeeded' }),
  finishedByCall: (item, look) => ({ ...current(item, look), status: 'canceled', message: 'kept' }),
  canceledUnsaved: (item, look) => {
    const { message: _, ...rest } = current(item, look);
    return { ...rest, status: 'canceled' };
  },
  nextRun: (item, look) => ({ ...current(item, look), status: 'failed', run: look.message.run - 1 }),
  futureRun: (item, look) => ({ ...current(item, look), status: 'queued', run: look.message.run - 2 }),
  obsolete: (item) => ({ ...item, fingerprint: 'of another request' }),
};

const states = Object.keys(seenAs) as State[];
const roles = ['worker', 'admission', 'dead-letter'];

/** Changes what the receiver of a message reads of that message's job. */
const reading =
  (see: (item: JobItem | undefined, look: Look) => JobItem | undefined) =>
  (ports: Ports, { role, world, event }: Receiver): Ports => {
    if (!roles.includes(role)) return ports;
    const claimIds = new Map<string, string | undefined>();
    const { store } = ports;
    return {
      ...ports,
      store: {
        read: async (id) => {
          const item = await store.read(id);
          // A server has received more since.
          const message = messagesOf(event).get(id);
          return message ? see(item, { message, now: world.time.now, claimId: claimIds.get(id) }) : item;
        },
        write: (write) => {
          if (write.set.claimId) claimIds.set(write.id, write.set.claimId);
          return store.write(write);
        },
      },
    };
  };

/** Notes in which state each message finds its job. */
export const noteStates = (note: (what: string) => void) =>
  reading((item, look) => {
    const state = stateOf(item, look);
    if (state) note(`state ${state}`);
    return item;
  });

export const stateMutants: readonly GeneratedMutant[] = states.flatMap((state) =>
  states
    .filter((other) => other !== state)
    .map(
      (other): GeneratedMutant => ({
        name: `${state} is taken for ${other}`,
        family: 'state',
        meets: { noted: `state ${state}` },
        ...received(
          reading((item, look) => (item && stateOf(item, look) === state ? seenAs[other](item, look) : item)),
        ),
      }),
    ),
);
