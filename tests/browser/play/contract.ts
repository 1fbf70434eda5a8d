import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';

const text = z.string();
const step = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('progress'), percent: z.number(), message: text }),
  z.strictObject({ do: z.literal('log'), level: z.enum(['info', 'warn']), message: text }),
  z.strictObject({ do: z.literal('pause'), seconds: z.number() }),
  /** Until this file is gone. */
  z.strictObject({ do: z.literal('hold'), heldBy: text }),
  z.strictObject({ do: z.literal('sleep'), seconds: z.number() }),
  z.strictObject({ do: z.literal('fail'), message: text, untilAttempt: z.int() }),
  z.strictObject({ do: z.literal('return'), value: z.unknown() }),
]);

/** Does what its payload says, so that a test can bring a job into any state, with any text. */
export const play = defineJob({
  queue: 'long',
  payload: z.strictObject({ steps: z.array(step), note: z.optional(text) }),
  result: z.unknown(),
  checkpoint: z.strictObject({ done: z.int() }),
  timeoutSeconds: 880,
  maxAttempts: 3,
});
