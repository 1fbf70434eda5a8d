import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { SQSEvent } from 'aws-lambda';
import { flushed } from '../../shared/aws/emf-meters.ts';
import { processJobs } from '../../shared/worker/process-jobs.ts';
import { lambdaContext } from '../../testkit/play/lambda-context.ts';
import { countCpu } from './count-cpu.ts';
import { meters, ourWorker, submitJobs } from './our-worker.ts';

/** The worker function of this project, invoked with batches of ten. Lambda receives and deletes: another process does that. */
const deps = ourWorker();
await countCpu({
  fill: submitJobs,
  async work(jobs) {
    const poller = fork(new URL('./poller.ts', import.meta.url), [String(jobs)]);
    poller.on('message', async (event: SQSEvent) => {
      const run = () => processJobs(event, lambdaContext(deps.clock.now, 60_000), deps);
      poller.send(await flushed(meters, run)());
    });
    await once(poller, 'exit');
  },
});
