import type { JobHandler } from '../../../shared/author/index.ts';
import { counting } from '../counting/contract.ts';
import { csvSums } from '../csv-sums/contract.ts';
import type { contactSheet as contract } from './contract.ts';

/** A test changes it: the one of a newer build. */
const build = 'first';

const csvOf = (index: number, failing: readonly number[]) => ({
  csv: `a,b\n1,${index}\n`,
  groupBy: failing.includes(index) ? 'none' : 'a',
  metrics: [{ column: 'b', op: 'sum' as const }],
});

/** Child number N comes to N, or to seconds. */
export const contactSheet: JobHandler<typeof contract> = async (payload, job) => {
  const { count, type, failing, tagged, heldBy } = payload;
  const seconds = (index: number) =>
    // A child is held within its last second, so the held one has a second.
    heldBy !== undefined && index === count - 1
      ? { seconds: Math.max(1, index % 4), heldBy }
      : { seconds: index % 4 };
  const tags = tagged === undefined ? undefined : (_: unknown, index: number) => [`${tagged} ${index}`];
  const batch =
    type === 'counting'
      ? await job.spawn('children', counting, { count, payload: seconds, tags })
      : await job.spawn('children', csvSums, { count, payload: (index) => csvOf(index, failing), tags });
  const firstToken = await job.step('spawned', () => job.fencingToken);
  await batch.succeeded();
  let [seen, sum] = [0, 0];
  for await (const child of batch.results()) {
    if (child.status !== 'succeeded' || child.index !== seen)
      throw new Error(`child ${seen}: ${child.status}`);
    const { result } = child;
    sum += 'seconds' in result ? result.seconds : Number(result.groups[0]?.values[0]);
    seen += 1;
  }
  return { count: seen, sum, starts: job.fencingToken - firstToken, build };
};
