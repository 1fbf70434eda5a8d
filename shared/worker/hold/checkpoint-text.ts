import * as z from 'zod/v4/core';
import type { JobContract } from '../../author/contract.ts';
import { SecretValues } from '../../author/secret-values.ts';
import { CheckpointError } from '../../domain/base/errors.ts';
import { readJson } from '../../domain/base/read-json.ts';

/** It is written every few seconds. */
const maxCheckpointBytes = 8 * 1024 * 1024;

/**
 * A state as JSON text.
 * @throws CheckpointError
 */
export function writeCheckpoint(
  contract: JobContract | undefined,
  state: unknown,
  secrets = new SecretValues(),
): string {
  const text = JSON.stringify(checked(contract, { state, what: 'does not fit the contract' }, secrets));
  const bytes = Buffer.byteLength(text);
  if (bytes > maxCheckpointBytes)
    throw new CheckpointError(
      `the state has ${bytes} bytes, of ${maxCheckpointBytes} allowed: keep it elsewhere, and where as the state`,
    );
  return text;
}

/** @throws CheckpointError if it was saved under another contract; the job can be retried under one that fits */
export function readCheckpoint(
  contract: JobContract | undefined,
  text: string | undefined,
  secrets = new SecretValues(),
): unknown {
  if (text === undefined) return undefined;
  const what = 'was saved before and no longer fits the contract';
  return checked(contract, { state: readJson(text), what }, secrets);
}

function checked(
  contract: JobContract | undefined,
  { state, what }: { readonly state: unknown; readonly what: string },
  secrets: SecretValues,
): unknown {
  if (!contract?.checkpoint) throw new CheckpointError('the contract of this type has no checkpoint');
  secrets.add(contract.checkpoint, state);
  const parsed = z.safeParse(contract.checkpoint, state);
  if (parsed.success) return parsed.data;
  throw new CheckpointError(
    `the state ${what}: ${secrets.describeIssues(contract.checkpoint, parsed.error)}`,
  );
}
