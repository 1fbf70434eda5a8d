import * as z from 'zod/mini';
import { defineJob } from '../../../../shared/author/contract.ts';
import type { JobContext, PayloadOf } from '../../../../shared/author/handler.ts';

/** A job type that uses its context in the way that its payload names. */
export const probe = defineJob({
  queue: 'server',
  payload: z.strictObject({
    probe: z.string(),
    object: z._default(z.string(), ''),
    /** What it comes to has no clone. */
    name: z.pipe(
      z._default(z.string(), 'nobody'),
      z.transform((name: string) => ({ greet: () => `hello ${name}` })),
    ),
  }),
  result: z.unknown(),
  checkpoint: z.object({ n: z.int(), list: z.optional(z.array(z.int())) }),
  partLimits: {
    second: { key: 'second', perSecond: 1, burst: 2 },
    hour: { key: 'hour', perSecond: 1 / 3_600 },
    strict: { key: 'strict', perSecond: 100, spacing: 'strict', answerWithinSeconds: 1 },
  },
  timeoutSeconds: 3_600,
  maxAttempts: 3,
  maxMemoryMb: 256,
});
/** Beside it: in a job with steps, only those write to the output. */
export const probeWithSteps = {
  ...probe,
  hasSteps: true,
  signals: { approve: z.object({ isOk: z.boolean() }) },
};
/** What a probe spawns. */
export const childProbe = defineJob({
  queue: 'server',
  payload: z.strictObject({ number: z.int() }),
  result: z.strictObject({ twice: z.int() }),
  timeoutSeconds: 60,
  maxAttempts: 1,
});
export type Job = JobContext<{ n: number; list?: number[] | undefined }>;
export type Probes = Readonly<Record<string, (job: Job, payload: PayloadOf<typeof probe>) => unknown>>;
