import * as z from 'zod/mini';
import { maxAheadSeconds } from '../../domain/base/schedule-time.ts';
import { notifyTarget } from '../../domain/notify/notification.ts';
import { maxDependencies, maxTargets } from '../../domain/state/job/item-budget.ts';
import { jobId } from '../../domain/state/job/message.ts';
import { groupName, tagList } from '../../domain/state/job/short-text.ts';

export const group = groupName;

const typeAndPayload = { type: z.string(), payload: z.optional(z.unknown()) };

/** The part of the body that is checked against the contract of its type. */
export const typedPayload = z.object(typeAndPayload);

/** A time with an offset: what a person writes is as good as what a program does. */
export const time = z.iso.datetime({
  offset: true,
  error: 'must be a time like 2026-12-24T17:00:00Z or 2026-12-24T18:00:00+01:00',
});

/** Whom to tell that the job has ended. What a target must be, `checkTargets` says. */
export const notify = z
  .array(notifyTarget, 'must be a list of {"url": "..."}, {"email": "..."} or {"event": true}')
  .check(z.maxLength(maxTargets, `may have ${maxTargets} targets at most`));

/** The body of `POST /jobs`. */
export const submitRequest = z
  .strictObject({
    ...typeAndPayload,
    group: z.optional(group),
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
          z.lte(maxAheadSeconds, `may be ${maxAheadSeconds} (365 days) at most`),
        ),
    ),
    runAt: z.optional(time),
    startBefore: z.optional(time),
    tags: z.optional(tagList),
    notify: z.optional(notify),
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
