import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { dayMs } from './clock-scenarios.ts';
import { dropping, type Mutant, type Ports, without } from './mutant.ts';

const emptied = 'a queue is emptied, and the jobs in it have failed within 16 days';
const purged =
  'an operator says when the queues were emptied, and what was in them has failed within minutes';
const kept = 'a queue is emptied of a job whose item keeps the message, and the job goes on';

const ofPass =
  (spoil: (ports: Ports) => Partial<Ports>) =>
  (ports: Ports, role: string): Ports =>
    role === 'overdue' ? { ...ports, ...spoil(ports) } : ports;

/** What the pass, and admission, see of an item. */
const seeing =
  (change: (item: JobItem) => JobItem) =>
  (ports: Ports, role: string): Ports => {
    const { open, store } = ports;
    if (role === 'overdue' || role === 'stuck')
      return {
        ...ports,
        open: {
          page: async (query) => {
            const page = await open.page(query);
            return { ...page, items: page.items.map(change) };
          },
        },
      };
    if (role !== 'admission') return ports;
    const read: typeof store.read = async (id) => {
      const item = await store.read(id);
      return item && change(item);
    };
    return { ...ports, store: { ...store, read } };
  };

const withoutLook = ({ dueKey: _, lookAt: __, ...item }: JobItem): JobItem => item;

/** What was seen later counts as lost, too. */
const laterBy =
  (ms: number, of: string) =>
  (ports: Ports, role: string): Ports => {
    const { open, pointers } = ports;
    if (role !== of) return ports;
    const page: typeof open.page = async ({ unchangedSince, ...query }) => {
      const found = await open.page({ ...query, unchangedSince: unchangedSince + ms });
      return { ...found, items: found.items.map((item) => ({ ...item, updatedAt: item.updatedAt - ms })) };
    };
    const send: typeof pointers.send = ({ lostUnlessSeenSince = 0, ...pointer }, delaySeconds) =>
      pointers.send({ ...pointer, lostUnlessSeenSince: lostUnlessSeenSince + ms }, delaySeconds);
    return { ...ports, open: { page }, pointers: { send } };
  };

/** A role does not say that a copy takes the place of a message. */
const silent =
  (of: string) =>
  (ports: Ports, role: string): Ports => {
    const { store } = ports;
    if (role !== of) return ports;
    const write: typeof store.write = async (made) =>
      made.transition === 'noteCopy' ? undefined : store.write(made);
    return { ...ports, store: { ...store, write } };
  };

/** Of who looks for stuck jobs, and of what must not look like one. */
export const stuckMutants: readonly Mutant[] = [
  {
    name: 'nobody looks for stuck jobs',
    shownBy: emptied,
    ports: ofPass(({ open }) => ({
      open: { page: async (query) => ({ ...(await open.page(query)), items: [] }) },
    })),
  },
  {
    name: 'a pass ends after its first page',
    shownBy: emptied,
    ports: ofPass(({ pass }) => ({
      pass: { ...pass, write: ({ startedAt }, version) => pass.write({ startedAt }, version) },
    })),
  },
  {
    name: 'a pass does not store how far it is',
    shownBy: emptied,
    ports: ofPass(({ pass }) => ({ pass: { ...pass, write: async () => true } })),
  },
  {
    name: 'a job that is due in a year is taken for stuck',
    shownBy: 'not stuck: a job that is due in a year',
    ports: seeing((item) => (item.runAt === undefined ? item : withoutLook(item))),
  },
  {
    name: 'a job that sleeps is taken for stuck',
    shownBy: 'not stuck: a job that sleeps for forty days',
    ports: seeing((item) => (item.postponedUntil === undefined ? item : withoutLook(item))),
  },
  {
    name: 'a job that waits for another one is taken for stuck',
    shownBy: 'not stuck: a job that waits for another one for twenty days',
    ports: seeing((item) => (item.dependsOn === undefined ? item : withoutLook(item))),
  },
  {
    name: 'a job counts as stuck after 13 days',
    shownBy: 'not stuck: a job that waits in its queue for almost 14 days',
    ports: laterBy(2 * dayMs, 'overdue'),
  },
  {
    name: 'a worker does not say that a copy takes the place of an old message',
    shownBy: 'not stuck: a job whose message is replaced at its 12th day',
    ports: silent('worker'),
  },
  {
    name: 'a worker does not say that it sends a job on to the queue of its type',
    shownBy: 'not stuck: a job of a type that has moved, from one long queue to another',
    ports: silent('earlier-worker'),
  },
  {
    name: 'admission does not say that it sends an old job on',
    shownBy: 'not stuck: a job that was long in the waiting queue, and then in its own',
    ports: silent('admission'),
  },
  {
    name: 'a job under a lease is taken for stuck',
    shownBy: purged,
    write: (write) =>
      write.transition === 'failLost'
        ? { ...write, condition: without(write.condition, ({ attribute }) => attribute === 'leaseUntil') }
        : write,
    ports: seeing((item) => (item.leaseUntil === undefined ? item : { ...item, leaseUntil: 0 })),
  },
  {
    name: 'what was sent after a purge counts as lost',
    shownBy: purged,
    ports: laterBy(3600_000, 'stuck'),
  },
  {
    name: 'nobody sees to a purge',
    shownBy: purged,
    ports: (ports, role) => (role === 'stuck' ? { ...ports, pointers: { send: async () => {} } } : ports),
  },
  {
    name: 'a job counts as lost whose payload is kept',
    shownBy: kept,
    ports: seeing(({ message: _, messageObject: __, ...item }) => item),
  },
  {
    name: 'whoever sends a lost message again does not say so',
    shownBy: kept,
    ports: silent('admission'),
  },
  {
    name: 'a job has failed as lost although it was tried since',
    shownBy: 'a lost message is found, and its job tried, right before the job has failed',
    write: dropping(['failLost'], ({ attribute }) => attribute === 'updatedAt'),
  },
  {
    name: 'a job has failed as lost although its message was sent on since',
    shownBy: 'a lost message is found, and moved to another queue, right before its job has failed',
    write: dropping(['failLost'], ({ attribute }) => attribute === 'seenAt'),
  },
];
