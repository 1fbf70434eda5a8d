import { MissingObjectError, ObjectsUnavailableError } from '../../shared/domain/objects/object-errors.ts';
import { objectOfText, textInObject } from '../../shared/domain/state/stored/stored-text.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { refusedWhenDue } from './kept-scenarios.ts';
import { type Mutant, type Ports, spoiled } from './mutant.ts';
import { refused } from './upload-scenarios.ts';

type Put = Ports['objects']['put'];
type Write = Ports['store']['write'];

const shownBy = 'a job with a large message fails, and is retried';

const withPut = (ports: Ports, put: Put): Ports => ({ ...ports, objects: { ...ports.objects, put } });
const withWrite = (ports: Ports, write: Write): Ports => ({ ...ports, store: { ...ports.store, write } });

/** Objects are written only when the item has been. */
function itemFirst(ports: Ports): Ports {
  const later: Parameters<Put>[0][] = [];
  const put: Put = async (object) => {
    later.push(object);
  };
  const write: Write = async (made) => {
    const item = await ports.store.write(made);
    for (const object of later.splice(0)) await ports.objects.put(object);
    return item;
  };
  return withWrite(withPut(ports, put), write);
}

/** Deletes the object of a job's message around a write of a transition. */
const deletingAt =
  (transition: JobWrite['transition'], when: 'before' | 'after') =>
  (ports: Ports): Ports => {
    const remove = async (name: string | undefined) => {
      if (name !== undefined) await ports.objects.delete(name);
    };
    return withWrite(ports, async (made) => {
      if (made.transition !== transition) return ports.store.write(made);
      if (when === 'before') await remove(made.obsolete?.[0]);
      const item = await ports.store.write(made);
      if (when === 'after') await remove(item?.messageObject);
      return item;
    });
  };

const withoutDeletions =
  (by: string) =>
  (ports: Ports, role: string): Ports =>
    role === by ? { ...ports, objects: { ...ports.objects, delete: async () => {} } } : ports;

/** The run in the name of an object. */
const runInName = /\/\d+\/(?=[^/]*$)/;
const ofRun = (name: string, run: number): string => name.replace(runInName, `/${run}/`);

/** Whatever run a message was kept in, it looks as if it were the current one. All names are those of the first run. */
function takingAnyRun(ports: Ports): Ports {
  const read: Ports['store']['read'] = async (id) => {
    const item = await ports.store.read(id);
    return item?.messageObject === undefined
      ? item
      : { ...item, messageObject: ofRun(item.messageObject, item.run) };
  };
  const write: Write = ({ set, ...made }) => {
    const name = objectOfText(set.message);
    if (made.transition !== 'sleep' || name === undefined) return ports.store.write({ set, ...made });
    const first = ofRun(name, 1);
    return ports.store.write({
      ...made,
      set: { ...set, message: textInObject(first), messageObject: first },
    });
  };
  return { ...ports, store: { read, write } };
}

/** All jobs have their messages under one name. */
const one = 'messages/ended/one';
function underOneName(write: JobWrite): JobWrite {
  const { messageObject, ...set } = write.set;
  if (messageObject === undefined) return write;
  return { ...write, set: { ...set, message: textInObject(one), messageObject: one } };
}

/** What S3 answers to who may not list, whether there is an object or not. */
const takingRefusalForMissing = (ports: Ports): Ports => ({
  ...ports,
  objects: {
    ...ports.objects,
    size: (...asked) => ports.objects.size(...asked).catch(missing),
    async *read(...asked) {
      try {
        yield* ports.objects.read(...asked);
      } catch (error) {
        missing(error);
      }
    },
  },
});
function missing(error: unknown): never {
  throw error instanceof ObjectsUnavailableError ? new MissingObjectError('403') : error;
}

/** Of the objects that items refer to. */
export const objectMutants: readonly Mutant[] = [
  {
    name: 'a refusal of the bucket is taken for a missing upload',
    shownBy: refused.name,
    ports: (ports, role) => (role === 'worker' ? takingRefusalForMissing(ports) : ports),
  },
  {
    name: 'a refusal of the bucket is taken for a lost message',
    shownBy: refusedWhenDue.name,
    ports: (ports, role) => (role === 'admission' ? takingRefusalForMissing(ports) : ports),
  },
  { name: 'an item is written before the object of its message', shownBy, ports: itemFirst },
  {
    name: 'a kept message is deleted as soon as the job is claimed again',
    shownBy,
    ports: deletingAt('claim', 'after'),
  },
  {
    name: 'a kept message is deleted before the outcome is stored',
    shownBy,
    ports: deletingAt('succeed', 'before'),
  },
  {
    name: 'a kept message is not deleted when its job has succeeded',
    shownBy,
    ports: withoutDeletions('worker'),
  },
  {
    name: 'all messages are kept under one name',
    shownBy: 'a job with a large message waits for one that fails, and both are retried',
    write: underOneName,
    ports: (ports) => withPut(ports, (object) => ports.objects.put({ ...object, name: one })),
  },
  {
    name: 'an object of the same name is overwritten',
    shownBy: 'a job with a large message waits for one that fails, and both are retried',
    write: underOneName,
    ports: (ports, _role, world) =>
      withPut(ports, async (object) => {
        world.bucket.objects.delete(one);
        await ports.objects.put({ ...object, name: one });
      }),
  },
  {
    name: 'whoever reads a kept message takes the name of its object for it',
    shownBy,
    ports: (ports) => ({
      ...ports,
      objects: {
        ...ports.objects,
        async *read(name) {
          yield Buffer.from(textInObject(name));
        },
      },
    }),
  },
  {
    name: 'a sleep takes the object of an earlier run for its own',
    shownBy: 'a job with a large message is canceled while it sleeps, in each run, and is retried',
    ports: takingAnyRun,
  },
  {
    name: 'a retried job keeps the message of the run before',
    shownBy:
      'a job with a large message is retried at the end of its time, canceled at once, and retried late again',
    write: spoiled(['retry'], ({ remove = [] }) => ({
      remove: remove.filter((field) => field !== 'message'),
    })),
  },
  {
    name: 'an erasure leaves the objects',
    shownBy: 'a job with a large message fails, and is erased',
    ports: withoutDeletions('erase'),
  },
];
