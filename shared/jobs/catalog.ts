import type * as z from 'zod/v4/core';
import { countdown } from './countdown.ts';
import { csvAggregate } from './csv-aggregate.ts';
import type { ContractQueue, JobContract } from './define-job.ts';

/** Every job type: its name on the wire, and its contract. */
export const catalog = {
  countdown,
  'csv-aggregate': csvAggregate,
};

export type Catalog = typeof catalog;
export type JobType = keyof Catalog;
export type Payload<Type extends JobType> = z.output<Catalog[Type]['payload']>;
export type Result<Type extends JobType> = z.input<Catalog[Type]['result']>;
export type Checkpoint<Type extends JobType> =
  Catalog[Type] extends JobContract<z.$ZodType, z.$ZodType, infer State> ? z.output<State> : never;

export const isJobType = (type: string): type is JobType => Object.hasOwn(catalog, type);

/** The queue that a type's jobs run from; a type that is not known (any more) is told so by any worker. */
export function queueOf(type: string): ContractQueue {
  const contract: JobContract | undefined = isJobType(type) ? catalog[type] : undefined;
  return contract?.queue ?? 'standard';
}
