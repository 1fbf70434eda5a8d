import type * as z from 'zod/v4/core';
import { countdown } from './countdown.ts';
import { csvAggregate } from './csv-aggregate.ts';

/** Every job type: its name on the wire, and its contract. */
export const catalog = {
  countdown,
  'csv-aggregate': csvAggregate,
};

export type Catalog = typeof catalog;
export type JobType = keyof Catalog;
export type Payload<Type extends JobType> = z.output<Catalog[Type]['payload']>;
export type Result<Type extends JobType> = z.input<Catalog[Type]['result']>;

export const isJobType = (type: string): type is JobType => Object.hasOwn(catalog, type);
