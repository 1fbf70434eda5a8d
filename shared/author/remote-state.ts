import * as z from 'zod/mini';

/** What a job that drives another service saves: the `checkpoint` of its contract. */
export const remoteState = z.strictObject({
  /** The run of the job that started it, or that went on with it. */
  run: z.int(),
  /** Names what is started, in the service too: a UUID. The same in every attempt to start it. */
  token: z.string(),
  /** From when on it may have been started, epoch milliseconds. */
  since: z.int(),
  /** When it was last about to be started, epoch milliseconds. */
  startingAt: z.int(),
  /** How often it was about to be started. */
  starts: z.int().check(z.gte(1)),
  /** Its id in the service, as soon as it is known. */
  remoteId: z.optional(z.string()),
  /** How often the service was asked how far it is. */
  polls: z.int().check(z.gte(0)),
  /** The progress that was reported last. What is started after a retry must not go back behind it. */
  percent: z.number(),
});
export type RemoteState = z.infer<typeof remoteState>;
