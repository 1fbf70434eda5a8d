import { digestOf, type SavedOutput } from '../../shared/domain/objects/stored-object.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import { type Mutant, type Ports, spoiled } from './mutant.ts';
import { stepOutput } from './step-output-scenarios.ts';

const { inOne, inTurns, triedAgain, retried, completedByTheDead } = stepOutput;

const storing: readonly TransitionName[] = ['renew', 'release', 'handOver', 'sleep', 'interrupt'];

/** What the worker claims has another output than is stored. */
const claiming =
  (change: (item: JobItem, ports: Ports) => Promise<JobItem>): Mutant['ports'] =>
  (ports, role) =>
    role === 'worker'
      ? {
          ...ports,
          store: {
            ...ports.store,
            write: async (write) => {
              const item = await ports.store.write(write);
              return item && write.transition === 'claim' ? change(item, ports) : item;
            },
          },
        }
      : ports;

/** All parts that the upload has, also those of a try that was cut. */
async function withAllParts(output: SavedOutput, { multipart }: Ports): Promise<SavedOutput> {
  if (!output.upload) return output;
  const parts = await multipart.listParts(output.upload).catch(() => []);
  const tailBytes = output.bytes - multipart.partBytes * output.parts.length;
  return {
    ...output,
    parts: parts.map(({ number }) => number),
    digest: digestOf(parts.map(({ etag }) => etag)),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, tailBytes),
  };
}

/** Of jobs whose steps write to their output. */
export const stepOutputMutants: readonly Mutant[] = [
  {
    name: 'what a step has written is stored without the key of the step',
    shownBy: inOne.name,
    write: spoiled(storing, ({ set }) => {
      const { steps: _, ...others } = set;
      return { set: set.output ? others : set };
    }),
  },
  {
    name: 'a step is stored without what it has written',
    shownBy: inOne.name,
    write: spoiled(storing, ({ set: { output: _, ...set } }) => ({ set })),
  },
  {
    name: 'what a failed try of a step has written is a part of the result',
    shownBy: triedAgain.name,
    ports: (ports) => ({
      ...ports,
      multipart: {
        ...ports.multipart,
        complete: async (upload) => ports.multipart.complete(upload, await ports.multipart.listParts(upload)),
      },
    }),
  },
  {
    name: 'a step goes on behind what a try wrote that was cut',
    shownBy: inTurns.name,
    ports: claiming(async (item, ports) =>
      item.output ? { ...item, output: await withAllParts(item.output, ports) } : item,
    ),
  },
  {
    name: 'a slice begins without what the steps before have written',
    shownBy: inTurns.name,
    ports: claiming(async ({ output: _, ...item }) => item),
  },
  {
    name: 'a part that comes twice is another part',
    shownBy: inOne.name,
    ports: (ports) => ({
      ...ports,
      multipart: {
        ...ports.multipart,
        putPart: async (part) => {
          await ports.multipart.putPart(part);
          return ports.multipart.putPart({ ...part, body: Buffer.concat([part.body, part.body]) });
        },
      },
    }),
  },
  {
    name: 'a job that fails gives up what its steps have written, and keeps the steps',
    shownBy: retried.name,
    write: spoiled(['fail'], ({ remove = [] }) => ({ remove: [...remove, 'output'] })),
  },
  {
    name: 'a retry forgets what the steps have written',
    shownBy: retried.name,
    write: spoiled(['retry'], ({ remove = [] }) => ({ remove: [...remove, 'output'] })),
  },
  {
    name: 'what was completed is taken for what the steps have written',
    shownBy: completedByTheDead.name,
    ports: (ports) => ({
      ...ports,
      multipart: {
        ...ports.multipart,
        copyPart: (part) => ports.multipart.copyPart({ ...part, start: 0, end: part.end - part.start }),
      },
    }),
  },
];
