import * as z from 'zod/v4/core';
import { contracts } from '#job-types/contracts.ts';
import {
  type Contracts,
  defaultRetry,
  type JobContract,
  type SignalSchemas,
} from '../../../shared/author/contract.ts';
import { nameless } from '../../../shared/author/marked-fields.ts';
import type { JobType } from '../../../shared/http/families/job-types.ts';
import { adjustSchema } from './schema-rules.ts';

/** What `GET /job-types` says of each type, by name. */
export const jobTypesOf = (catalog: Contracts): readonly JobType[] =>
  Object.entries(catalog)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, contract]) => jobTypeOf(type, contract));

export const describeJobTypes = (): readonly JobType[] => jobTypesOf(contracts);

const jobTypeOf = (type: string, contract: JobContract): JobType => {
  const { queue, timeoutSeconds, maxAttempts, retry, reserved, unique, debounce, payload, result, signals } =
    contract;
  return {
    type,
    queue,
    timeoutSeconds,
    maxAttempts,
    retry: retry ?? defaultRetry,
    ...(reserved === undefined ? { payload: schemaOf(payload, 'input') } : { reserved }),
    ...(unique ? { unique: { withinSeconds: unique.withinSeconds } } : {}),
    ...(debounce
      ? { debounce: { delaySeconds: debounce.delaySeconds, maxDelaySeconds: debounce.maxDelaySeconds } }
      : {}),
    result: schemaOf(result, 'output'),
    ...(signals ? { signals: mapped(signals) } : {}),
  };
};

const mapped = (signals: SignalSchemas) =>
  Object.fromEntries(Object.entries(signals).map(([name, schema]) => [name, schemaOf(schema, 'input')]));

/** A JSON Schema on its own. */
function schemaOf(schema: z.$ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const rendered = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    metadata: nameless,
    override: ({ zodSchema, jsonSchema }) =>
      adjustSchema({ zodSchema, jsonSchema: jsonSchema as Record<string, unknown>, io }),
  });
  return { ...rendered };
}
