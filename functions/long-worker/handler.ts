import '../../shared/author/settings-file.ts'; // before the code of job types
import '../../shared/aws/clients/secrets-of-types.ts';
import type { Context, SQSEvent, SQSHandler } from 'aws-lambda';
import { longHandlers } from '#job-types/handlers/long.ts';
import { standardHandlers } from '#job-types/handlers/standard.ts';
import { wireSubmitter } from '../../job-types/handlers/wire-submitter.ts';
import { wireWorker } from '../../job-types/handlers/wire-worker.ts';
import { flushed } from '../../shared/aws/observe/emf-meters.ts';
import { stageTracer } from '../../shared/aws/observe/tracer.ts';
import { endAtUncaughtErrors } from '../../shared/aws/observe/uncaught-errors.ts';
import { queueFunction } from '../../shared/aws/ports/queue-function.ts';
import { sqsChildQueues } from '../../shared/aws/queues/child-queue.ts';
import { orderedQueueUrls, sourceOf, sqsJobQueue } from '../../shared/aws/queues/job-queue.ts';
import { signalLinks } from '../../shared/aws/records/signal-links.ts';
import { processJobs } from '../../shared/worker/attempt/process-jobs.ts';
import type { WorkerDependencies } from '../../shared/worker/gates/before-claim.ts';
import * as uses from './uses.ts';

/** Processes the jobs of the long and of the ordered queue, one an invocation. */
export const handler: SQSHandler = await queueFunction(
  { name: 'long-worker', queues: ['long', 'ordered'], uses, environment: process.env },
  async (env, { given, meters }) => {
    const { dynamoDb, sqs, clock, log } = given;
    // Locally a developer is shown the whole error.
    if (process.env.AWS_LAMBDA_RUNTIME_API) endAtUncaughtErrors(log);
    const queueUrls = [env.LONG_QUEUE_URL, ...orderedQueueUrls(env)];
    const tracer = await stageTracer(env, { environment: process.env, log });
    const { worker, workerOn, ofTypes } = wireWorker({ ...given, env, environment: process.env });
    const own = {
      childQueues: sqsChildQueues(sqs, env),
      links: signalLinks(dynamoDb, env, clock),
      ...wireSubmitter({ env, sqs, dynamoDb, meters, worker }),
      otherRunQueues: { server: sqsJobQueue(sqs, { queueUrl: env.SERVER_QUEUE_URL }) },
      // A job of a group runs from the ordered queue, whatever its type.
      handlers: { ...standardHandlers, ...longHandlers(ofTypes) },
      // The visibility timeout of its queues is a quarter of an hour.
      changeVisibilityBeforeClaim: true,
      tracer,
    };

    return flushed(
      meters,
      async (event: SQSEvent, context: Context) => {
        const source = sourceOf(event, queueUrls);
        const meter = meters.on(source === env.LONG_QUEUE_URL ? 'long' : 'ordered');
        const deps: WorkerDependencies = { ...workerOn(source), ...own, meter };
        return processJobs(event, context, deps);
      },
      tracer,
    );
  },
);
