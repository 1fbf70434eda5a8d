import { PermanentError } from '../../shared/domain/base/errors.ts';
import { noSums } from '../job-types/csv-sums/handler.ts';
import type { Client, Order } from './client.ts';
import { expectStatus } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** So that the message has more than 4 KB. */
const csv = `city,orders\n${'x,1\n'.repeat(1_100)}`;

/** What a handler does in the first run of its job. In all others it succeeds at once. */
type FirstRun = (job: Parameters<World['handlers']['csv-sums']>[1]) => Promise<void>;

export const failing: FirstRun = async () => {
  throw new PermanentError('not in this run');
};
export const sleepingTo =
  (naps: number, then: FirstRun = async () => {}): FirstRun =>
  async (context) => {
    const rows = context.resume?.rows ?? 0;
    if (rows < naps) await context.sleep(15, { ...noSums(), header: ['city'], rows: rows + 1 });
    await then(context);
  };

export const inFirstRun = (first: FirstRun) => (world: World) => {
  world.handlers = {
    ...world.handlers,
    'csv-sums': async (_payload, context) => {
      if ((world.table.items.get(context.id)?.run ?? 1) === 1) await first(context);
      return { rows: 0, groups: [] };
    },
  };
};

export const large = async (client: Client, more: Partial<Order> = {}): Promise<string> => {
  const payload = { csv, groupBy: 'city', metrics: [{ column: 'orders', op: 'sum' }] };
  const answer = await client.insist({ key: 'large', type: 'csv-sums', payload, ...more });
  return answer.job?.id ?? '';
};

export const succeeds = inFirstRun(async () => {});
export const succeeded = (world: World): void => expectStatus(world, 'succeeded');

/** As long as nothing fails, so many objects were written. */
export const expectPuts =
  (count: number, ...orEndAs: readonly string[]) =>
  (world: World): void => {
    expectStatus(world, 'succeeded', ...(world.settings.plan ? orEndAs : []));
    const puts = world.calls.filter((call) => call === 'put object').length;
    if (!world.settings.plan && puts !== count)
      throw new Violation('no object is written that is there already', `${puts} were, not ${count}`);
  };
