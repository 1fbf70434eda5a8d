import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { readSavedSignals } from '../../shared/domain/state/stored/saved-signals.ts';
import { dropping, type Mutant, type Ports } from './mutant.ts';
import { signalRace } from './signal-race-scenarios.ts';
import { signalScenario } from './signal-scenarios.ts';

const { waits, tooLate, retried, backingOff, lostPointer, inGroup, turns } = signalScenario;
const { inBetween, atTheEnd, sideBySide, answeredBeforeHidden } = signalRace;

/** Changes how the call uses the table and the queues that sends an answer. */
const ofCall =
  (change: (ports: Ports) => Ports): Mutant['ports'] =>
  (ports, role) =>
    role === 'signal' ? change(ports) : ports;

/** The pointer is sent before the answer is stored. */
const pointerFirst = ofCall((ports) => ({
  ...ports,
  pointers: { send: async () => {} },
  store: {
    ...ports.store,
    write: async (write) => {
      const item = await ports.store.read(write.id);
      if (item && write.transition === 'answerWait')
        await ports.pointers.send({
          kind: 'pointer',
          version: 4,
          id: item.id,
          run: item.run,
          fingerprint: item.fingerprint,
          again: true,
        });
      return ports.store.write(write);
    },
  },
}));

const nobodyIsStarted = ofCall((ports) => ({ ...ports, pointers: { send: async () => {} } }));

const onlyStored: Mutant['write'] = (write) =>
  write.transition === 'answerWait' ? { ...write, set: { signals: write.set.signals ?? '' } } : write;

const outsideOfIndex: Mutant['write'] = (write) => {
  if (write.transition !== 'answerWait') return write;
  const { dueKey: _, lookAt: __, ...set } = write.set;
  return { ...write, set };
};

/** What the worker reads has no decision of before. */
const forgetting =
  (change: (item: JobItem) => JobItem): Mutant['ports'] =>
  (ports, role) => {
    if (role !== 'worker') return ports;
    const { store } = ports;
    const changed = (item: JobItem | undefined) => item && change(item);
    return {
      ...ports,
      store: {
        read: async (id) => changed(await store.read(id)),
        write: async (write) => {
          const item = await store.write(write);
          return write.transition === 'claim' ? changed(item) : item;
        },
      },
    };
  };

/** Reads an item as this worker has written it last. */
const withStaleReads = (store: Ports['store']): Ports['store'] => {
  const written = new Map<string, JobItem>();
  return {
    read: async (id) => written.get(id) ?? store.read(id),
    write: async (write) => {
      const item = await store.write(write);
      if (item && write.transition === 'awaitSignal') written.set(write.id, item);
      return item;
    },
  };
};

const withoutClosed = (item: JobItem): JobItem =>
  item.signals === undefined
    ? item
    : { ...item, signals: JSON.stringify({ ...readSavedSignals(item.signals), closed: [] }) };

const ofSignals = ({ attribute }: { readonly attribute: string }): boolean => attribute === 'signals';

export const signalMutants: readonly Mutant[] = [
  { name: 'the pointer of an answer is sent before it is stored', shownBy: waits.name, ports: pointerFirst },
  { name: 'an answer starts nobody', shownBy: waits.name, ports: nobodyIsStarted },
  { name: 'an answer that is waited for is only stored', shownBy: waits.name, write: onlyStored },
  {
    name: 'a job with its answer is looked at when its wait is over',
    shownBy: lostPointer.name,
    write: outsideOfIndex,
  },
  {
    name: 'a job waits although an answer has come that its worker does not know',
    shownBy: inBetween.name,
    write: dropping(['awaitSignal'], ofSignals),
  },
  {
    name: 'a wait is closed although its answer has come',
    shownBy: atTheEnd.name,
    write: dropping(['closeWait'], ofSignals),
  },
  {
    name: 'of two answers that come at once, one overwrites the other',
    shownBy: sideBySide.name,
    write: dropping(['answerWait', 'storeSignal'], ofSignals),
  },
  {
    name: 'an answer cuts a backoff short',
    shownBy: backingOff.name,
    write: dropping(['answerWait'], ({ attribute }) => attribute === 'notBefore'),
  },
  {
    name: 'what a wait has come to is decided again in each slice',
    shownBy: tooLate.name,
    ports: forgetting(withoutClosed),
  },
  {
    name: 'a retry forgets the answers',
    shownBy: retried.name,
    write: (write) =>
      write.transition === 'retry' ? { ...write, remove: [...(write.remove ?? []), 'signals'] } : write,
  },
  {
    name: 'an answer leaves the message of a group hidden',
    shownBy: inGroup.name,
    ports: ofCall((ports) => ({
      ...ports,
      ordered: { ...ports.ordered, isOrdered: true, changeVisibility: async () => {} },
    })),
  },
  {
    name: 'the worker that hides a message in its group does not look whether its job was answered meanwhile',
    shownBy: answeredBeforeHidden.name,
    ports: (ports, role) => (role === 'worker' ? { ...ports, store: withStaleReads(ports.store) } : ports),
  },
  {
    name: 'a large answer is named before it is put',
    shownBy: turns.name,
    ports: ofCall((ports) => ({ ...ports, objects: { ...ports.objects, put: async () => {} } })),
  },
];
