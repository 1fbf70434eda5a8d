import { text } from 'node:stream/consumers';
import { childProbe, type Job, type Probes } from './probe-contract.ts';

const numbers = (count: number) => ({ count, payload: (number: number) => ({ number }) });

/** What a call has thrown, by its name. A wait ends the slice by an error, too. */
const nameOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (error: Error) => `${error.name}: ${error.message}`,
  );

async function endsOf(batch: Awaited<ReturnType<typeof threeOf>>): Promise<readonly unknown[]> {
  const ends: unknown[] = [];
  for await (const end of batch.results())
    ends.push(end.status === 'succeeded' ? end.result.twice : `${end.error.name}: ${end.error.message}`);
  return ends;
}
const threeOf = (job: Job) => job.spawn('three', childProbe, numbers(3));

/** The probes that spawn children, and end in the same way in the server's process. */
export const childProbes: Probes = {
  'settled children': async (job) => (await threeOf(job)).settled(),
  'failed children': async (job) => {
    const batch = await threeOf(job);
    const settled = await batch.settled();
    return [settled, await nameOf(batch.succeeded()), await endsOf(batch), await endsOf(batch)];
  },
  'many children': async (job) => {
    const batch = await job.spawn('many', childProbe, { list: Array(250).fill({ number: 3 }) });
    await batch.succeeded();
    const [some, all] = await Promise.all([batch.results().next(), endsOf(batch)]);
    return [some.value?.index, all.length, new Set(all).size];
  },
  'outputs of children': async (job) => {
    const batch = await job.spawn('some', childProbe, {
      list: [{ number: 1 }, { number: 7 }],
      tags: ({ number }) => [`number ${number}`],
    });
    const outputs: unknown[] = [];
    for await (const child of batch.results()) {
      const output = 'result' in child ? child.output : undefined;
      if (!output) continue;
      const [all, rest] = [
        await text(output.stream()),
        await text(job.object(output.name).stream({ from: 699_993 })),
      ];
      for await (const chunk of output.stream()) {
        outputs.push(child.index, output.bytes, output.contentType, all.length, rest, chunk.length > 0);
        break;
      }
    }
    return outputs;
  },
  'called child': async (job) => (await job.call('one', childProbe, { number: 21 })).twice,
  'children inside a step': async (job) => {
    const inside = await job.step('a', () => nameOf(threeOf(job)));
    const batch = await threeOf(job);
    const waiting = await job.step('b', () => nameOf(batch.settled()));
    await batch.settled();
    return [inside, waiting, await job.step('c', () => endsOf(batch))];
  },
  'submitted job': async (job) => {
    const { id } = await job.submit('next', childProbe, { number: 1 }, { runAt: new Date(0), tags: ['one'] });
    return [
      id,
      await nameOf(job.submit('next', childProbe, { number: 1 })),
      await nameOf(job.submit('other', { ...childProbe }, { number: 1 })),
      await job.step('a', () => nameOf(job.submit('inside', childProbe, { number: 1 }))),
    ];
  },
  'first children': async (job) => {
    const children = await threeOf(job);
    const first = await job.waitFor('first', { children, until: 3_600 });
    return [first, await nameOf(job.waitFor('none', { children: { key: 'none' } }))];
  },
  'expired children': async (job) => {
    const batch = await threeOf(job);
    await batch.settled();
    const seen: number[] = [];
    const looking = async () => {
      for await (const { index } of batch.results()) seen.push(index);
    };
    return [await nameOf(looking()), seen];
  },
  'changed plan': async (job, { object }) => {
    const batch = await job.spawn('three', childProbe, numbers(Number(object)));
    await batch.settled();
  },
  'any of children': async (job) => {
    const batch = await job.spawn('three', childProbe, { ...numbers(3), any: 1 });
    return [await batch.settled(), await nameOf(batch.succeeded()), await endsOf(batch), await endsOf(batch)];
  },
  'children that are not tolerated': async (job) => {
    const payload = (index: number) => ({ number: 2 - index });
    const batch = await job.spawn('three', childProbe, { count: 3, payload, tolerate: 0 });
    return [await batch.settled(), await nameOf(batch.succeeded()), await endsOf(batch), await endsOf(batch)];
  },
  'wrong bounds': (job) =>
    Promise.all([
      nameOf(job.spawn('a', childProbe, { ...numbers(3), any: 4 })),
      nameOf(job.spawn('b', childProbe, { ...numbers(3), any: 0.5 })),
      nameOf(job.spawn('c', childProbe, { ...numbers(3), tolerate: 101 })),
      nameOf(job.spawn('d', childProbe, { ...numbers(3), tolerate: Number.NaN })),
    ]),
  'wrong children': (job) =>
    Promise.all([
      nameOf(job.spawn('a', childProbe, numbers(-1))),
      nameOf(job.spawn('b', childProbe, numbers(100_001))),
      nameOf(job.spawn('c', childProbe, { list: [{ number: 1 }, { number: 1.5 }] })),
      nameOf(job.spawn('d', { ...childProbe }, numbers(1))),
      nameOf(job.spawn('e', childProbe, { ...numbers(2), group: (index) => ['a', ''][index] })),
      nameOf(job.spawn('tags', childProbe, { ...numbers(2), tags: () => [''] })),
      nameOf(job.spawn('f', childProbe, { ...numbers(3), group: (index) => [undefined, 'a'][index] })),
    ]),
};
