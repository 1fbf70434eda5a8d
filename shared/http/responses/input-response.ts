import * as z from 'zod/mini';
import { type Contracts, contractOf } from '../../author/contract.ts';
import { markedValues } from '../../author/marked-fields.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { readJson } from '../../domain/base/read-json.ts';
import type { ObjectSigner } from '../../domain/objects/object-ports.ts';
import { isObjectOf } from '../../domain/objects/upload-name.ts';
import { type JobItem, jobError } from '../../domain/state/job/item.ts';
import { jobId } from '../../domain/state/job/message.ts';
import { jobStatuses } from '../../domain/state/job/transitions.ts';
import { objectOfText } from '../../domain/state/stored/stored-text.ts';
import type { JobInput } from '../../operations/find/find-input.ts';
import { time } from './job-response.ts';

/** The answer of `GET /jobs/{id}/input`: all that a handler was given, so that it can be run again elsewhere. */
export const inputResponse = z.object({
  id: jobId,
  type: z.string(),
  tenant: z.string(),
  status: z.enum(jobStatuses),
  run: z.int(),
  attempt: z.int(),
  maxAttempts: z.int(),
  fencingToken: z.int(),
  submittedAt: time,
  payload: z.unknown(),
  /** The state that it saved last, or where a large one is. Neither: it has saved none. */
  checkpoint: z.optional(z.unknown()),
  checkpointUrl: z.optional(z.url()),
  /** The part of a streamed result that belongs to that state. */
  output: z.optional(z.object({ contentType: z.string(), bytes: z.int() })),
  /** Where each object is that the payload names. */
  objects: z.record(z.string(), z.url()),
  /** Of the last attempt that failed. */
  error: z.nullable(jobError),
});
export type InputResponse = z.infer<typeof inputResponse>;

interface InputDependencies {
  readonly contracts: Contracts;
  readonly signer: Pick<ObjectSigner, 'signDownload'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A URL fetches its object for so long. */
const expiresSeconds = 5 * 60;

/**
 * Shows what a job was given. It may have secret fields, so only who has the right `admin` sees it. What is large stays
 * in its object: the answer of a function has 6 MB at most
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
 */
export async function toInputResponse(
  { job, message }: JobInput,
  { contracts, signer, clock }: InputDependencies,
): Promise<InputResponse> {
  const urlOf = (name: string): Promise<string> =>
    signer.signDownload({ name, now: clock.now(), expiresSeconds });
  const names = objectsIn(message.payload, job, contracts);
  const signed = names.map(async (name) => [name, await urlOf(name)] as const);
  return {
    id: job.id,
    type: job.type,
    tenant: job.tenant,
    status: job.status,
    run: job.run,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    fencingToken: job.fencingToken,
    submittedAt: new Date(message.submittedAt).toISOString(),
    payload: message.payload,
    ...(await savedState(job, urlOf)),
    objects: Object.fromEntries(await Promise.all(signed)),
    error: job.error ?? null,
  };
}

async function savedState(
  { checkpoint, output }: JobItem,
  urlOf: (name: string) => Promise<string>,
): Promise<Pick<InputResponse, 'checkpoint' | 'checkpointUrl' | 'output'>> {
  if (checkpoint === undefined) return {};
  const name = objectOfText(checkpoint);
  return {
    ...(name === undefined ? { checkpoint: readJson(checkpoint) } : { checkpointUrl: await urlOf(name) }),
    ...(output ? { output: { contentType: output.contentType, bytes: output.bytes } } : {}),
  };
}

/** The objects that the payload names, as far as a handler could read them: see job-object.ts. */
function objectsIn(payload: unknown, { type, tenant }: JobItem, contracts: Contracts): readonly string[] {
  const contract = contractOf(contracts, type);
  const named = contract ? markedValues(contract.payload, payload, 'object') : [];
  const own = named.flatMap(({ value }) =>
    typeof value === 'string' && isObjectOf(value, tenant) ? [value] : [],
  );
  return [...new Set(own)];
}
