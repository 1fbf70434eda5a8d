import { setTimeout } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { answerLoads } from './follow.ts';

/** pg-boss on Postgres. Its client asks for the job, as a client of ours does. Results are kept. */
const boss = new PgBoss({
  host: '127.0.0.1',
  port: Number(process.env.POSTGRES_PORT),
  user: 'postgres',
  database: 'postgres',
});
boss.on('error', console.error);
await boss.start();
await boss.createQueue('nothing');

/** The shortest that it takes. */
const pollingIntervalSeconds = 0.5;
/** As `followJobs` asks. */
const [firstPauseMs, share] = [10, 1 / 2];

answerLoads(async (inFlight) => {
  const options = { batchSize: inFlight, pollingIntervalSeconds };
  await boss.work('nothing', options, async (batch: readonly { data: unknown }[]) =>
    batch.map(({ data }) => data),
  );
  return {
    async follow(n) {
      const start = performance.now();
      const id = await boss.send('nothing', { n });
      if (id === null) throw new Error('pg-boss has not taken the job.');
      for (;;) {
        await setTimeout(Math.max(firstPauseMs, (performance.now() - start) * share));
        const job = await boss.getJobById('nothing', id);
        if (job?.state === 'completed') return;
      }
    },
    close: () => boss.offWork('nothing'),
  };
});
