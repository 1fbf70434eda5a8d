import { setTimeout } from 'node:timers/promises';
import { answerLoads } from './follow.ts';
import { pollingIntervalSeconds, queueName, startBoss } from './start-boss.ts';

/** pg-boss on Postgres. Its client asks for the job, as a client of ours does. Results are kept. */
const boss = await startBoss();

/** As `followJobs` asks. */
const [firstPauseMs, share] = [10, 1 / 2];

answerLoads(async (inFlight) => {
  const options = { batchSize: inFlight, pollingIntervalSeconds };
  await boss.work(queueName, options, async (batch: readonly { data: unknown }[]) =>
    batch.map(({ data }) => data),
  );
  return {
    async follow(n) {
      const start = performance.now();
      const id = await boss.send(queueName, { n });
      if (id === null) throw new Error('pg-boss has not taken the job.');
      for (;;) {
        await setTimeout(Math.max(firstPauseMs, (performance.now() - start) * share));
        const job = await boss.getJobById(queueName, id);
        if (job?.state === 'completed') return;
      }
    },
    close: () => boss.offWork(queueName),
  };
});
