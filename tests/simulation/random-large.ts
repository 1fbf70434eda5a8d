import type { SeededRandom } from '../../testkit/play/seeded-random.ts';
import { noSums } from '../job-types/csv-sums/handler.ts';
import type { Client } from './client.ts';
import { checkOutputs, lineOf } from './output-scenarios.ts';
import type { Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** What is larger than an item has room for, or is streamed. */
const kinds = ['state', 'result', 'output', 'all'] as const;
const lines = 6;

/** It goes on from what it has saved, and fails as often as its payload says. */
const writing: World['handlers']['csv-sums'] = async ({ groupBy, metrics }, job) => {
  const has = (kind: (typeof kinds)[number]): boolean => groupBy === kind || groupBy === 'all';
  if (!job.resume && job.attempt < metrics.length) throw new Error(`attempt ${job.attempt} fails, as asked`);
  const header = [has('state') ? 'h'.repeat(52_000) : 'h'];
  const output =
    groupBy === 'output' || groupBy === 'all' ? job.output({ contentType: 'text/plain' }) : undefined;
  for (let rows = job.resume?.rows ?? 0; rows < lines; rows += 1) {
    await output?.write(lineOf(rows, job.fencingToken));
    await job.pause(4);
    job.progress(((rows + 1) / lines) * 100);
    await job.checkpoint({ ...noSums(), header, rows: rows + 1 });
  }
  const key = groupBy === 'result' ? 'k'.repeat(33_000) : 'k';
  return { rows: lines, groups: [{ key, values: [job.fencingToken % 100] }] };
};

/** Somebody who submits jobs whose messages, states and results are in objects. */
async function person(client: Client, random: SeededRandom): Promise<void> {
  for (let jobs = 1 + random.below(3); jobs > 0; jobs -= 1) {
    await client.pause(random.below(30_000));
    const metric = { column: 'a', op: 'count' };
    const payload = {
      csv: random.chance(0.5) ? 'a\n1' : `a\n${'1\n'.repeat(2_500)}`,
      groupBy: random.pick(kinds),
      metrics: random.chance(0.3) ? [metric, metric] : [metric],
    };
    const group = random.chance(0.2) ? { group: 'large' } : {};
    const order = { type: 'csv-sums', payload, maxAttempts: 1 + random.below(4), ...group };
    const { job } = await client.submit(order);
    if (job) await meddle(job.id, client, random);
  }
}

async function meddle(id: string, client: Client, random: SeededRandom): Promise<void> {
  if (random.chance(0.5)) return;
  await client.pause(random.below(40_000));
  if (random.chance(0.6)) await client.cancel(id);
  if (random.chance(0.3)) await client.erase(id);
  if (random.chance(0.6)) await client.retry(id);
}

/** The same scenario, with such jobs beside those that it has. */
export const withLargeJobs = (scenario: Scenario, random: SeededRandom): Scenario => ({
  ...scenario,
  arrange: (world) => {
    scenario.arrange?.(world);
    world.handlers = { ...world.handlers, 'csv-sums': writing };
  },
  act: async (client, world) => {
    await Promise.all([scenario.act(client, world), person(client, random)]);
  },
  assert: (world, client) => {
    scenario.assert?.(world, client);
    checkOutputs(world, lines);
  },
});
