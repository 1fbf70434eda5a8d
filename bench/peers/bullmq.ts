import { Queue, QueueEvents, Worker } from 'bullmq';
import { answerLoads } from './follow.ts';

/** BullMQ on Redis. Its client hears of the end of a job. Results are kept. */
const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const queue = new Queue('nothing', { connection });
// Each job that is waited for has a listener.
queue.setMaxListeners(0);
const events = new QueueEvents('nothing', { connection });
events.setMaxListeners(0);

answerLoads(async (inFlight) => {
  await events.waitUntilReady();
  const worker = new Worker('nothing', async ({ data: { n } }) => ({ n }), {
    connection,
    concurrency: inFlight,
  });
  await worker.waitUntilReady();
  return {
    async follow(n) {
      const job = await queue.add('nothing', { n });
      await job.waitUntilFinished(events);
    },
    close: () => worker.close(),
  };
});
