import { QueueServer } from '../../server/serve-queue.ts';
import { ServerCondition } from '../../server/server-condition.ts';
import { maxWaitSeconds, sqsSource } from '../../server/sqs-source.ts';
import { longPollingSqsClient } from '../../shared/aws/clients.ts';
import { countCpu } from './count-cpu.ts';
import { ourWorker, queueUrl, sqs, submitJobs } from './our-worker.ts';

/** A worker server of this project, ten jobs at a time, each in the server's own process. */
await countCpu({
  fill: submitJobs,
  async work(jobs) {
    const deps = ourWorker();
    const { clock, log } = deps;
    const stop = new AbortController();
    const stopping = { requested: stop.signal, drained: new AbortController().signal };
    const source = sqsSource({
      sqs,
      receivingSqs: longPollingSqsClient(maxWaitSeconds),
      queueUrl,
      maxJobs: 10,
      visibilitySeconds: 61,
      clock,
      log,
    });
    let left = jobs;
    const counted = {
      ...source,
      delete: async (delivery: Parameters<typeof source.delete>[0]) => {
        await source.delete(delivery);
        left -= 1;
        if (left === 0) stop.abort();
      },
    };
    const well = async () => {};
    const probes = { disk: well, calls: well, clock: well, processes: well };
    const condition = new ServerCondition({ server: 'bench', clock, log, probes, stop: stop.signal });
    const server = new QueueServer({
      ...deps,
      condition,
      source: counted,
      isolate: () => deps.handlers,
      stopping,
      maxJobs: 10,
    });
    server.start();
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
    await server.stopped();
  },
});
