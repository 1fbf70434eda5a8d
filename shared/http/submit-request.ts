import * as z from 'zod/mini';
import { jobId } from '../job/message.ts';
import { maxAheadSeconds } from '../job/ports.ts';

const maxGroup = 128;
const maxDependencies = 50;

const typeAndPayload = { type: z.string(), payload: z.optional(z.unknown()) };

/** The part of the body that is checked against the contract of its type. */
export const typedPayload = z.object(typeAndPayload);

/** The body of `POST /jobs`. */
export const submitRequest = z
  .strictObject({
    ...typeAndPayload,
    group: z.optional(
      z.string('must be a text').check(
        z.minLength(1, 'must not be empty'),
        z.maxLength(maxGroup, `may have ${maxGroup} characters at most`),
        z.refine((text: string) => text.isWellFormed(), 'must be well-formed Unicode'),
      ),
    ),
    dependsOn: z.optional(
      z
        .array(jobId, 'must be a list of job ids')
        .check(z.maxLength(maxDependencies, `may name ${maxDependencies} jobs at most`)),
    ),
    delaySeconds: z.optional(
      z
        .int('must be a whole number')
        .check(
          z.gte(0, 'must not be negative'),
          z.lte(maxAheadSeconds, `may be ${maxAheadSeconds} (14 days) at most`),
        ),
    ),
    runAt: z.optional(
      z.iso.datetime({
        offset: true,
        error: 'must be a time like 2026-12-24T17:00:00Z or 2026-12-24T18:00:00+01:00',
      }),
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
        message: 'a job of a group can have no delay, time or dependency: the next one would overtake it',
      },
    ),
  );
export type SubmitRequest = z.infer<typeof submitRequest>;
