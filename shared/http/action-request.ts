import * as z from 'zod/mini';
import { filterShape } from './list-request.ts';

export const actions = ['cancel', 'retry', 'erase'] as const;

/** The body of `POST /jobs/actions`. */
export const actionRequest = z.strictObject({
  action: z.enum(actions, `must be one of ${actions.join(', ')}`),
  filter: z.strictObject(filterShape).check(
    z.refine((filter) => Object.values(filter).some((value) => value !== undefined), {
      message: 'must name something that the jobs have in common: without, it would be all jobs',
    }),
  ),
});
export type ActionRequest = z.infer<typeof actionRequest>;
