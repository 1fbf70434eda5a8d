import { Queue, Worker } from 'bullmq';
import { countCpu } from './count-cpu.ts';

const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const queue = new Queue('nothing', { connection });

/** BullMQ on Redis, ten jobs at a time. Results are kept. */
await countCpu({
  async fill(jobs) {
    await queue.addBulk(Array.from({ length: jobs }, (_, number) => ({ name: 'nothing', data: { number } })));
  },
  async work(jobs) {
    let left = jobs;
    await new Promise<void>((resolve) => {
      const worker = new Worker('nothing', async ({ data: { number } }) => ({ number }), {
        connection,
        concurrency: 10,
      });
      worker.on('completed', () => {
        left -= 1;
        if (left === 0) resolve(worker.close());
      });
    });
  },
});
