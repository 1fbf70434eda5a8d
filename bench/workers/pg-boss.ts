import { PgBoss } from 'pg-boss';
import { countCpu } from './count-cpu.ts';

const boss = new PgBoss({
  host: '127.0.0.1',
  port: Number(process.env.POSTGRES_PORT),
  user: 'postgres',
  database: 'postgres',
});
boss.on('error', console.error);
await boss.start();
await boss.createQueue('nothing');

/** pg-boss on Postgres, in batches of ten. Results are kept. */
await countCpu({
  async fill(jobs) {
    await boss.insert(
      'nothing',
      Array.from({ length: jobs }, (_, number) => ({ data: { number } })),
    );
  },
  async work(jobs) {
    let left = jobs;
    await new Promise<void>((resolve) => {
      const options = { batchSize: 10, pollingIntervalSeconds: 0.5, perJobResults: false };
      void boss.work('nothing', options, async (batch: readonly { data: unknown }[]) => {
        left -= batch.length;
        if (left <= 0) setTimeout(resolve, 50);
        return batch.map(({ data }) => data);
      });
    });
    await boss.offWork('nothing');
  },
});
