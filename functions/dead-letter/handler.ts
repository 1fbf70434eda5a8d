import type { SQSEvent, SQSHandler } from 'aws-lambda';
import { flushed } from '../../shared/aws/observe/emf-meters.ts';
import { endingPorts } from '../../shared/aws/ports/ending-ports.ts';
import { queueFunction } from '../../shared/aws/ports/queue-function.ts';
import { sourceOf, sqsReceivedQueue } from '../../shared/aws/queues/job-queue.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { processDeliveries } from '../../shared/delivery/process-deliveries.ts';
import { type DeadLetterDependencies, resolveDeadLetter } from '../../shared/delivery/resolve-dead-letter.ts';
import * as uses from './uses.ts';

/** Empties both dead-letter queues. */
export const handler: SQSHandler = await queueFunction(
  { name: 'dead-letter', queues: ['dead-letter'], uses, environment: process.env },
  async (env, { given, meters }) => {
    const queueUrls = [env.DEAD_LETTER_QUEUE_URL, env.ORDERED_DEAD_LETTER_QUEUE_URL];
    const ports = endingPorts(env, given);
    const shared: Omit<DeadLetterDependencies, 'queue'> = {
      ...ports,
      family: new ParentNotifier(ports),
      meter: meters.on('dead-letter'),
    };

    return flushed(meters, async (event: SQSEvent) => {
      const queueUrl = sourceOf(event, queueUrls);
      const queue = sqsReceivedQueue(given.sqs, queueUrl, env);
      const deps = { ...shared, queue };
      return processDeliveries(event, (delivery) => resolveDeadLetter(delivery, deps), deps);
    });
  },
);
