import * as z from 'zod/mini';
import { jobId } from './job-id.ts';

/** SQS keeps a message for 14 days. */
export const longestAheadSeconds = 14 * 24 * 3600;
const longestGroup = 128;
const mostDependencies = 50;

/** The body of `POST /jobs`. The payload is checked against the contract of its type. */
export const submitRequest = z
  .strictObject({
    type: z.string(),
    payload: z.optional(z.unknown()),
    group: z.optional(
      z.string('must be a text').check(
        z.minLength(1, 'must not be empty'),
        z.maxLength(longestGroup, `may have ${longestGroup} characters at most`),
        z.refine((text: string) => text.isWellFormed(), 'must be well-formed Unicode'),
      ),
    ),
    dependsOn: z.optional(
      z
        .array(jobId, 'must be a list of job ids')
        .check(z.maxLength(mostDependencies, `may name ${mostDependencies} jobs at most`)),
    ),
    delaySeconds: z.optional(
      z
        .int('must be a whole number')
        .check(
          z.gte(0, 'must not be negative'),
          z.lte(longestAheadSeconds, `may be ${longestAheadSeconds} (14 days) at most`),
        ),
    ),
    runAt: z.optional(
      z.iso.datetime({ offset: true, error: 'must be a time of ISO 8601 with an offset or Z' }),
    ),
  })
  .check(
    z.refine(({ delaySeconds, runAt }) => delaySeconds === undefined || runAt === undefined, {
      path: ['runAt'],
      message: 'there may be a delaySeconds or a runAt, not both',
    }),
    z.refine(
      ({ group, delaySeconds, runAt, dependsOn }) =>
        !group || (!delaySeconds && runAt === undefined && !dependsOn?.length),
      {
        path: ['group'],
        message: 'goes with no delay, time or dependency: the next job of the group would overtake this one',
      },
    ),
  );
export type SubmitRequest = z.infer<typeof submitRequest>;
