import { pollingIntervalSeconds, queueName, startBoss } from '../peers/start-boss.ts';
import { countCpu } from './count-cpu.ts';

const boss = await startBoss();

/** pg-boss on Postgres, in batches of ten. Results are kept. */
await countCpu({
  async fill(jobs) {
    await boss.insert(
      queueName,
      Array.from({ length: jobs }, (_, number) => ({ data: { number } })),
    );
  },
  async work(jobs) {
    let left = jobs;
    await new Promise<void>((resolve) => {
      const options = { batchSize: 10, pollingIntervalSeconds, perJobResults: false };
      void boss.work(queueName, options, async (batch: readonly { data: unknown }[]) => {
        left -= batch.length;
        if (left <= 0) setTimeout(resolve, 50);
        return batch.map(({ data }) => data);
      });
    });
    await boss.offWork(queueName);
  },
});
