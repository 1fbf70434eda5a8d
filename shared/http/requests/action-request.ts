import * as z from 'zod/mini';
import { tenantName } from '../../domain/base/tenant-name.ts';
import { jobActions } from '../../domain/state/job/job-action.ts';
import { filterShape } from './list-request.ts';

/** The body of `POST /jobs/actions`. */
export const actionRequest = z.strictObject({
  action: z.enum(jobActions, `must be one of ${jobActions.join(', ')}`),
  filter: z.strictObject(filterShape).check(
    z.refine((filter) => Object.values(filter).some((value) => value !== undefined), {
      message: 'must name something that the jobs have in common: without, it would be all jobs',
    }),
  ),
});
export type ActionRequest = z.infer<typeof actionRequest>;

/** The body of `POST /tenant-actions`. */
export const tenantActionRequest = z.strictObject({
  action: z.literal('cancel', 'must be cancel'),
  tenant: tenantName,
});
