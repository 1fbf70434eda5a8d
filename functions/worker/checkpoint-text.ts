import * as z from 'zod/v4/core';
import { CheckpointError } from '../../shared/errors.ts';
import { catalog, isJobType } from '../../shared/jobs/catalog.ts';
import type { JobContract } from '../../shared/jobs/define-job.ts';

/** It shares the item with the message and the rest, and is written every few seconds. */
const largestBytes = 64 * 1024;

const schemaOf = (type: string): z.$ZodType | undefined => {
  const contract: JobContract | undefined = isJobType(type) ? catalog[type] : undefined;
  return contract?.checkpoint;
};

/** @throws CheckpointError */
export function writeCheckpoint(type: string, state: unknown): string {
  const text = JSON.stringify(checked(type, state, 'does not fit the contract'));
  const bytes = Buffer.byteLength(text);
  if (bytes > largestBytes)
    throw new CheckpointError(
      `the state has ${bytes} bytes, of ${largestBytes} allowed: keep it elsewhere, and where as the state`,
    );
  return text;
}

/** @throws CheckpointError if it was saved under another contract; the job can be retried under one that fits */
export function readCheckpoint(type: string, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const saved: unknown = JSON.parse(text);
  return checked(type, saved, 'was saved before and no longer fits the contract');
}

function checked(type: string, state: unknown, what: string): unknown {
  const schema = schemaOf(type);
  if (!schema) throw new CheckpointError(`the contract of ${type} has no checkpoint`);
  const parsed = z.safeParse(schema, state);
  if (parsed.success) return parsed.data;
  throw new CheckpointError(`the state ${what}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
}
