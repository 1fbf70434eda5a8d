import '../../shared/author/settings-file.ts'; // before the code of job types
import '../../shared/aws/clients/secrets-of-types.ts';
import type { Context, SQSEvent, SQSHandler } from 'aws-lambda';
import { contracts } from '#job-types/contracts.ts';
import { standardHandlers } from '#job-types/handlers/standard.ts';
import { wireSubmitter } from '../../job-types/handlers/wire-submitter.ts';
import { flushed } from '../../shared/aws/observe/emf-meters.ts';
import { stageTracer } from '../../shared/aws/observe/tracer.ts';
import { endAtUncaughtErrors } from '../../shared/aws/observe/uncaught-errors.ts';
import { queueFunction } from '../../shared/aws/ports/queue-function.ts';
import { workerPorts } from '../../shared/aws/ports/worker-ports.ts';
import { sqsChildQueues } from '../../shared/aws/queues/child-queue.ts';
import { sqsJobQueue } from '../../shared/aws/queues/job-queue.ts';
import { signalLinks } from '../../shared/aws/records/signal-links.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { processJobs } from '../../shared/worker/attempt/process-jobs.ts';
import { RecentRoots } from '../../shared/worker/children/recent-roots.ts';
import type { WorkerDependencies } from '../../shared/worker/gates/before-claim.ts';
import * as uses from './uses.ts';

/** Processes the jobs of the standard queue. */
export const handler: SQSHandler = await queueFunction(
  { name: 'worker', queues: ['standard'], uses, environment: process.env },
  async (env, { given, meters }) => {
    const { dynamoDb, sqs, log } = given;
    const tracer = await stageTracer(env, { environment: process.env, log });
    const { worker, workerOn } = workerPorts(env, { ...given, contracts });
    if (process.env.AWS_LAMBDA_RUNTIME_API) {
      // Locally a developer is shown the whole error.
      endAtUncaughtErrors(log);
      // While Lambda gets the first batch, which reads them again if this fails.
      worker.pauses.read().catch(() => undefined);
    }
    const deps: WorkerDependencies = {
      ...workerOn(env.STANDARD_QUEUE_URL),
      family: new ParentNotifier(worker),
      recentRoots: new RecentRoots(worker),
      links: signalLinks(dynamoDb, env, worker.clock),
      childQueues: sqsChildQueues(sqs, env),
      ...wireSubmitter({ env, sqs, dynamoDb, meters, worker }),
      otherRunQueues: {
        long: sqsJobQueue(sqs, { queueUrl: env.LONG_QUEUE_URL }),
        server: sqsJobQueue(sqs, { queueUrl: env.SERVER_QUEUE_URL }),
      },
      meter: meters.on('standard'),
      tracer,
      handlers: standardHandlers,
      // Most of its jobs end before the first heartbeat: they are spared the call.
      changeVisibilityBeforeClaim: false,
    };

    return flushed(meters, (event: SQSEvent, context: Context) => processJobs(event, context, deps), tracer);
  },
);
