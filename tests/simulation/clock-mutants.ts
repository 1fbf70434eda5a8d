import type { OneTimeSchedules } from '../../shared/domain/schedules/schedule-ports.ts';
import { type Mutant, type Ports, withMessages } from './mutant.ts';
import { withoutPointers } from './waiting-mutants.ts';

/** Changes how admission makes schedules. */
const making =
  (spoil: (schedules: Ports['schedules']) => Partial<Ports['schedules']>) =>
  (ports: Ports, role: string): Ports =>
    role === 'admission' ? { ...ports, schedules: { ...ports.schedules, ...spoil(ports.schedules) } } : ports;

const named =
  <Message>(name: (name: string) => string) =>
  (schedules: OneTimeSchedules<Message>): Partial<OneTimeSchedules<Message>> => ({
    create: (schedule) => schedules.create({ ...schedule, name: name(schedule.name) }),
    delete: (given) => schedules.delete(name(given)),
  });

/** `<id>-<run>-<hash>`: five parts of the id come first. */
const idOf = (name: string): string => name.split('-').slice(0, 5).join('-');
const hashOf = (name: string): string => name.split('-').at(-1) ?? '';

export const clockMutants: readonly Mutant[] = [
  withMessages(
    'the message is deleted before its schedule is made',
    'a job delayed by twenty days',
    (ports, _role, { event, queue }) => ({
      ...ports,
      schedules: {
        ...ports.schedules,
        create: (schedule) => {
          for (const { receiptHandle } of event.Records) queue.delete(receiptHandle);
          return ports.schedules.create(schedule);
        },
      },
    }),
  ),
  {
    name: 'a message stays in flight while Scheduler refuses',
    shownBy: 'Scheduler throttles for an hour while jobs are delayed by a day',
    ports: making(({ create }) => ({
      create: (schedule) =>
        create(schedule).catch((cause: unknown) => {
          throw new Error('not taken for a refusal', { cause });
        }),
    })),
  },
  {
    name: 'whoever is refused by Scheduler sends no pointer',
    shownBy: 'Scheduler throttles for an hour while jobs are delayed by a day',
    ports: (ports, role) => (role === 'admission' ? withoutPointers(ports) : ports),
  },
  {
    name: 'whoever is refused by Scheduler asks it again at once',
    shownBy: 'Scheduler throttles for an hour while jobs are delayed by a day',
    ports: (ports, role) =>
      role === 'admission'
        ? { ...ports, pointers: { send: (pointer) => ports.pointers.send(pointer, 1) } }
        : ports,
  },
  {
    name: 'a pointer without its run',
    shownBy: 'a postponed job is canceled, and retried at once',
    ports: making(({ create }) => ({
      create: (schedule) => create({ ...schedule, message: { ...schedule.message, run: 1 } }),
    })),
  },
  {
    name: 'a cancel without its wake',
    shownBy: 'a postponed dependency is canceled by a call that dies, and all hear of it within minutes',
    ports: (ports, role) => (role === 'cancel' ? withoutPointers(ports) : ports),
  },
  {
    name: 'a cancel whose wake comes before its write',
    shownBy: 'a postponed dependency is canceled by a call that dies, and all hear of it within minutes',
    ports: (ports, role) =>
      role === 'cancel' ? { ...ports, pointers: { send: (pointer) => ports.pointers.send(pointer) } } : ports,
  },
  {
    name: 'the name of a schedule without the run',
    shownBy: 'a postponed job is canceled, and retried at once',
    ports: making(named((name) => `${idOf(name)}-${hashOf(name)}`)),
  },
  {
    name: 'the name of a schedule without the time',
    shownBy: 'a postponed job is canceled and expires, its schedule stays, and its key is used again',
    ports: making(named((name) => name.slice(0, name.lastIndexOf('-')))),
  },
  {
    name: 'a schedule that fires when the job is due, or later',
    shownBy: 'a job delayed by twenty days',
    ports: making(({ create }) => ({
      create: (schedule) => create({ ...schedule, at: schedule.at + 900_000 }),
    })),
  },
  {
    name: 'a postponed job does not keep its message',
    shownBy: 'a job delayed by twenty days',
    write: (write) => {
      const { message: _, ...set } = write.set;
      return write.transition === 'postpone' ? { ...write, set } : write;
    },
  },
  {
    name: 'all attempts of a notification have one schedule',
    shownBy: 'a target is down for more than an hour',
    ports: (ports, role) =>
      role === 'notify'
        ? {
            ...ports,
            notificationSchedules: {
              ...ports.notificationSchedules,
              ...named<Parameters<Ports['notificationSchedules']['create']>[0]['message']>(idOf)(
                ports.notificationSchedules,
              ),
            },
          }
        : ports,
  },
  {
    name: 'the job of an occurrence is written, and its message sent after that',
    shownBy: 'an occurrence of a schedule comes on time',
    ports: (ports, role) => {
      if (role !== 'admission') return ports;
      const unsent: (() => Promise<void>)[] = [];
      return {
        ...ports,
        queue: {
          ...ports.queue,
          send: async (message, delaySeconds) => {
            unsent.push(() => ports.queue.send(message, delaySeconds));
          },
        },
        store: {
          ...ports.store,
          write: async (write) => {
            const item = await ports.store.write(write);
            await Promise.all(unsent.splice(0).map((send) => send()));
            return item;
          },
        },
      };
    },
  },
  {
    name: 'each delivery of an occurrence makes a job of its own',
    shownBy: 'two occurrences come twice, late and out of order',
    deliver: ({ Records }, queue) => {
      if (queue.name !== 'waiting') return;
      for (const record of Records)
        record.body = record.body.replace(/"at":"(.*?)\.\d{3}Z"/, (_, at) => {
          const millisecond = String(Number(record.messageId.split('-').at(-1)) % 1000).padStart(3, '0');
          return `"at":"${at}.${millisecond}Z"`;
        });
    },
  },
];
