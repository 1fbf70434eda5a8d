import * as z from 'zod/mini';
import { maxOrderedQueues, type QueueFigures, queuesWith } from '../../domain/base/queue-figures.ts';
import type { Family, NamedSchema } from '../wire/route.ts';

/** A schema of its own for each field: the document describes them. */
const count = () => z.int().check(z.gte(0));

/** The figures of a queue as the API shows them: see `QueueFigures`. */
const figures = z.object({
  name: z.enum(queuesWith(maxOrderedQueues)),
  visible: count(),
  inFlight: count(),
  delayed: count(),
  oldestSeconds: z.optional(z.number().check(z.gte(0))),
}) satisfies z.ZodMiniType<QueueFigures>;

export const queueList = z.object({ items: z.array(figures) });

const queue: NamedSchema = {
  id: 'Queue',
  schema: figures,
  text: 'What is in a queue.',
  fields: {
    name: 'What follows `job-worker-<stage>-` in the name that SQS knows.',
    visible: 'How many messages can be received now.',
    inFlight: 'How many were received and are not deleted, or are invisible until later.',
    delayed: 'How many cannot be received for the first time yet.',
    oldestSeconds:
      'How old the oldest message is, as CloudWatch had it within the last minutes. Absent if the queue has no messages, and where there is no CloudWatch.',
  },
};

export const queues = {
  'GET /queues': {
    function: 'api',
    access: 'operate',
    operationId: 'listQueues',
    summary: 'Look at the queues',
    description:
      'How many messages are in each queue of the stage, of all tenants. They are approximate figures of SQS.',
    tag: 'service',
    answers: {
      200: {
        description: 'All queues of the stage.',
        headers: ['Cache-Control'],
        schema: {
          id: 'QueueList',
          schema: queueList,
          text: 'All queues of the stage.',
          parts: [queue],
        },
        examples: {
          some: {
            items: [
              { name: 'standard', visible: 12, inFlight: 3, delayed: 0, oldestSeconds: 4 },
              { name: 'quarantine', visible: 0, inFlight: 0, delayed: 0 },
            ],
          },
        },
      },
    },
  },
} as const satisfies Family;
