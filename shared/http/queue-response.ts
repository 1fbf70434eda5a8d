import * as z from 'zod/mini';
import { type QueueFigures, stageQueues } from '../domain/base/queue-figures.ts';

/** A schema of its own for each field: the OpenAPI document describes them. */
const count = () => z.int().check(z.gte(0));

/** The figures of a queue as the API shows them: see `QueueFigures`. */
export const queueFigures = z.object({
  name: z.enum(stageQueues),
  visible: count(),
  inFlight: count(),
  delayed: count(),
  oldestSeconds: z.optional(z.number().check(z.gte(0))),
}) satisfies z.ZodMiniType<QueueFigures>;

/** All queues of the stage. */
export const queueList = z.object({ items: z.array(queueFigures) });
