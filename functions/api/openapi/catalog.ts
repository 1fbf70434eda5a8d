import * as z from 'zod/mini';
import { contracts } from '#job-types/contracts.ts';
import { exampleJobs } from '#job-types/example-jobs.ts';
import { type Contracts, contractOf, type JobContract } from '../../../shared/author/contract.ts';
import { submissionFields } from '../../../shared/http/families/jobs.ts';
import { keyOfJob } from '../../../shared/http/requests/submit-all-request.ts';
import { submitRequest } from '../../../shared/http/requests/submit-request.ts';
import type { Catalog, NamedSchema } from '../../../shared/http/wire/route.ts';

/*
 * The schemas of job types. They are those that check requests and make answers, put together where a function checks a
 * part by itself: a payload by the contract of its type.
 */

const types: Contracts = contracts;
const typeNames = Object.keys(types).sort();
export const typeName = z.enum(typeNames);

/** `csv-aggregate` as the name of a schema: `CsvAggregate`. */
const schemaName = (type: string): string =>
  type.replace(/(?:^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** By type. A reserved type has none: nobody submits it. */
const submissions = typeNames.flatMap((type) => {
  const contract = contractOf(types, type);
  return contract && !contract.reserved ? [submissionsOf(type, contract)] : [];
});

function submissionsOf(type: string, contract: JobContract) {
  // Types may share a schema, and each has a description of its own.
  const payload = z.core.clone(contract.payload);
  // A job without a payload has null for it.
  const mayLack = z.core.safeParse(payload, null).success;
  const alone = z.safeExtend(submitRequest, {
    type: z.literal(type),
    payload: mayLack ? z.optional(payload) : payload,
  });
  return {
    type,
    payload,
    alone,
    ofUnique: uniqueText(contract),
    keyed: z.safeExtend(alone, { idempotencyKey: keyOfJob }),
  };
}

function uniqueText({ unique, debounce }: JobContract): string {
  if (debounce)
    return ` If a job of the tenant with the same debounce key waits, the answer is that job: it gets this payload, and waits ${debounce.delaySeconds} seconds more, up to ${debounce.maxDelaySeconds} after its first submission.`;
  if (!unique) return '';
  const { withinSeconds } = unique;
  return ` If the tenant has a job with the same unique key in this window of ${withinSeconds} seconds, the answer is that job.`;
}

const results = typeNames.flatMap((type) => {
  const { result } = contractOf(types, type) ?? {};
  return result ? [{ type, result: z.core.clone(result) }] : [];
});

/** A union of submissions, which their type tells apart. */
const byType = <Schema extends z.ZodMiniObject>(schemas: readonly Schema[]) =>
  z.discriminatedUnion('type', schemas as unknown as [Schema, ...Schema[]]);

export const catalog: Catalog = {
  submission: byType(submissions.map(({ alone }) => alone)),
  keyedSubmission: byType(submissions.map(({ keyed }) => keyed)),
  result: z.union(results.map(({ result }) => result)),
};

/** The schemas of each type. */
export const schemasOfTypes: readonly NamedSchema[] = [
  ...submissions.flatMap(({ type, payload, alone, keyed, ofUnique }) => {
    const [name, fields] = [schemaName(type), submissionFields];
    return [
      { id: `${name}Payload`, schema: payload, text: `The payload of a job of the type \`${type}\`.` },
      { id: `Submit${name}`, schema: alone, text: `A job of the type \`${type}\`.${ofUnique}`, fields },
      {
        id: `Submit${name}InBatch`,
        schema: keyed,
        text: `A job of the type \`${type}\`, in a batch.${ofUnique}`,
        fields,
      },
    ];
  }),
  ...results.map(({ type, result }) => ({
    id: `${schemaName(type)}Result`,
    schema: result,
    text: `The result of a job of the type \`${type}\`.`,
  })),
];

const examplePart = z.object({
  exampleJob: z.enum(['one', 'other']),
  part: z.enum(['type', 'payload', 'result']),
  more: z.record(z.string(), z.unknown()),
});

/** An example with the example jobs of the catalog in their places: see `exampleOf`. */
export const filledIn = (example: unknown): unknown =>
  JSON.parse(JSON.stringify(example), (_key, value: unknown) => {
    const { data } = examplePart.safeParse(value);
    if (data === undefined) return value;
    const { type, payload, ...job } = exampleJobs[data.exampleJob];
    if (data.part === 'type') return type;
    return data.part === 'payload' ? { ...payload, ...data.more } : 'result' in job ? job.result : null;
  });
