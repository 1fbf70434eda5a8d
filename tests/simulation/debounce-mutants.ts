import { pointerTo } from '../../shared/domain/state/job/pointer.ts';
import type { Debounces } from '../../shared/domain/state/limits/debounces.ts';
import type { FirstTries } from '../../shared/domain/state/limits/first-tries.ts';
import {
  afterAdmission,
  again,
  beforeAdmission,
  hours,
  pushed,
  repeated,
  replaced,
} from './debounce-scenarios.ts';
import { dropping, type Mutant, spoiled } from './mutant.ts';

/** Changes how first tries are kept. */
const keeping =
  (
    change: (tries: FirstTries, pause: (ms: number) => Promise<void>) => Partial<FirstTries>,
  ): Mutant['ports'] =>
  (ports, _role, { time }) => ({
    ...ports,
    firstTries: { ...ports.firstTries, ...change(ports.firstTries, (ms) => time.pause(ms)) },
  });

/** Changes how the current job of a key is named. */
const naming =
  (change: (debounces: Debounces) => Partial<Debounces>): Mutant['ports'] =>
  (ports) => ({ ...ports, debounces: { ...ports.debounces, ...change(ports.debounces) } });

const readBefore: readonly string[] = ['updatedAt', 'fingerprint'];

/** Of jobs that wait for more submissions. */
export const debounceMutants: readonly Mutant[] = [
  {
    name: 'the payload of a debounced job is replaced whatever has become of the job',
    shownBy: afterAdmission.name,
    write: dropping(['replace'], ({ attribute }) => [...readBefore, 'status'].includes(attribute)),
  },
  {
    name: 'the payload of a debounced job is replaced although something was written since',
    shownBy: replaced.name,
    write: dropping(['replace'], ({ attribute }) => readBefore.includes(attribute)),
  },
  {
    name: 'a debounced job is let run although its payload was replaced since',
    shownBy: beforeAdmission.name,
    write: dropping(['admit'], ({ attribute }) => readBefore.includes(attribute)),
  },
  {
    name: 'admission sends the first message of a debounced job',
    shownBy: replaced.name,
    ports: (ports, role, { debounceRule }) =>
      role === 'admission'
        ? {
            ...ports,
            queue: {
              ...ports.queue,
              send: (message, delaySeconds) => {
                const payload = debounceRule.firstPayloadOf(message.id) ?? message.payload;
                return ports.queue.send({ ...message, payload }, delaySeconds);
              },
            },
          }
        : ports,
  },
  {
    name: 'a debounced job waits its longest time from the last submission on',
    shownBy: pushed.name,
    write: spoiled(['replace'], ({ set }) => {
      const dueAt = (set.updatedAt ?? 0) + 20_000;
      return { set: { ...set, notBefore: dueAt, postponedUntil: dueAt } };
    }),
  },
  {
    name: 'the pointer to a debounced job is sent, and its item is written after that',
    shownBy: replaced.name,
    ports: (ports, role, { time }) =>
      role === 'submit'
        ? {
            ...ports,
            pointers: { send: async () => {} },
            store: {
              ...ports.store,
              write: async (write) => {
                const { fingerprint } = write.set;
                if (write.transition === 'schedule' && fingerprint !== undefined) {
                  await ports.pointers.send(pointerTo({ id: write.id, run: 1, fingerprint }), 20);
                  // Of a function that is slow.
                  await time.pause(21_000);
                  return ports.store.write({ ...write, set: { ...write.set, updatedAt: time.now } });
                }
                return ports.store.write(write);
              },
            },
          }
        : ports,
  },
  {
    name: 'the number of a debounced job is not raised',
    shownBy: replaced.name,
    ports: naming(() => ({ raise: async () => true })),
  },
  {
    name: 'the number of a debounced job is raised whatever is there',
    shownBy: again.name,
    ports: naming((debounces) => ({
      raise: async (keyId, { to }, now) => {
        let isRaised = false;
        while (!isRaised) {
          const from = await debounces.read(keyId);
          isRaised = await debounces.raise(keyId, { from, to }, now);
        }
        return isRaised;
      },
    })),
  },
  {
    name: 'the first try of a submission of a debounced job is not kept',
    shownBy: repeated.name,
    ports: keeping(() => ({ keep: async (_keyId, first) => first })),
  },
  {
    name: 'the first try of a submission of a debounced job does not say which submission it is',
    shownBy: afterAdmission.name,
    ports: keeping((tries) => ({
      keep: async (keyId, first, now) => ({ ...(await tries.keep(keyId, first, now)), nth: 1 }),
    })),
  },
  {
    name: 'a first try that came to nothing stays where it is',
    shownBy: afterAdmission.name,
    ports: keeping((tries) => ({
      keep: async (keyId, first, now) => {
        const kept = await tries.keep(keyId, first, now);
        return kept.jobId === first.jobId ? kept : first;
      },
    })),
  },
  {
    name: 'the time of a debounced job is that of the first schedule',
    shownBy: hours.name,
    write: spoiled(['replace'], ({ set: { notBefore: _, postponedUntil: __, ...set } }) => ({ set })),
  },
];
