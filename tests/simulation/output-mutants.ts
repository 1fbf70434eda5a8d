import { MissingObjectError } from '../../shared/domain/objects/object-errors.ts';
import type { NewObject } from '../../shared/domain/objects/object-ports.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import { type Mutant, type Ports, spoiled } from './mutant.ts';
import { completedByTheDead, largeResult, largeState, listedLate, streamed } from './output-scenarios.ts';

const saving: readonly TransitionName[] = ['renew', 'release', 'handOver', 'sleep'];

/** Puts the objects of some names only after the write that refers to them. */
const puttingLate =
  (isLate: (name: string) => boolean) =>
  (ports: Ports, role: string): Ports => {
    if (role !== 'worker') return ports;
    const { store, objects } = ports;
    const late: NewObject[] = [];
    return {
      ...ports,
      objects: {
        ...objects,
        put: async (object) => {
          if (isLate(object.name)) late.push(object);
          else await objects.put(object);
        },
      },
      store: {
        ...store,
        write: async (write) => {
          const item = await store.write(write);
          for (const object of late.splice(0)) await objects.put(object);
          return item;
        },
      },
    };
  };

/** A name that all claims of a job have in common, and an object that is overwritten. */
const sharedName = (name: string): string =>
  name.startsWith('results/') ? name.replace(/\d+$/, 'one') : name;

const overwriting = (ports: Ports): Ports => ({
  ...ports,
  objects: {
    ...ports.objects,
    put: async (object) => {
      const name = sharedName(object.name);
      if (name !== object.name) await ports.objects.delete(name);
      await ports.objects.put({ ...object, name });
    },
  },
});

/** Deletes the object of a state as soon as the next one is put. */
const deletingEarly = (ports: Ports): Ports => {
  let last: string | undefined;
  return {
    ...ports,
    objects: {
      ...ports.objects,
      put: async (object) => {
        await ports.objects.put(object);
        if (last !== undefined) await ports.objects.delete(last);
        last = object.name;
      },
    },
  };
};

export const outputMutants: readonly Mutant[] = [
  {
    name: 'the outcome is written before the object of the result',
    shownBy: largeResult.name,
    ports: puttingLate((name) => name.startsWith('results/')),
  },
  {
    name: 'the state is written before its object',
    shownBy: largeState.name,
    ports: puttingLate((name) => name.startsWith('states/')),
  },
  {
    name: 'the object of a result is overwritten by a worker that has lost the job',
    shownBy: largeResult.name,
    ports: overwriting,
    write: spoiled(['succeed'], ({ set }) => ({
      set: set.resultObject
        ? { ...set, resultObject: { ...set.resultObject, name: sharedName(set.resultObject.name) } }
        : set,
    })),
  },
  {
    name: 'the object of a state is deleted before the next state is stored',
    shownBy: largeState.name,
    ports: deletingEarly,
  },
  {
    name: 'a state is stored without its part of the output',
    shownBy: streamed.name,
    write: spoiled(saving, ({ set: { output: _, ...set } }) => ({ set })),
  },
  {
    name: 'all claims of a job send their parts under the same numbers',
    shownBy: streamed.name,
    ports: (ports) => ({
      ...ports,
      multipart: {
        ...ports.multipart,
        putPart: (part) => ports.multipart.putPart({ ...part, number: Math.ceil(part.number / 15) }),
      },
    }),
  },
  {
    name: 'a list that lacks a part is not asked for again',
    shownBy: listedLate.name,
    ports: (ports) => {
      const first = new Map<string, ReturnType<typeof ports.multipart.listParts>>();
      const listParts: typeof ports.multipart.listParts = (upload) => {
        const listed = first.get(upload.uploadId) ?? ports.multipart.listParts(upload);
        first.set(upload.uploadId, listed);
        return listed;
      };
      return { ...ports, multipart: { ...ports.multipart, listParts } };
    },
  },
  {
    name: 'a completed upload is taken for a lost one',
    shownBy: completedByTheDead.name,
    ports: (ports) => ({
      ...ports,
      multipart: {
        ...ports.multipart,
        copyPart: ({ from }) => Promise.reject(new MissingObjectError(`there is no object ${from}`)),
      },
    }),
  },
];
