import * as z from 'zod/v4/core';
import type { JobContract } from '../../author/contract.ts';
import { fairKeyOf } from '../../author/fair-key.ts';
import { defined } from '../../domain/base/defined.ts';
import { StepError } from '../../domain/base/errors.ts';
import { stepsVersion } from '../../domain/base/version.ts';
import {
  type BatchRoot,
  byParent,
  childFingerprintOf,
  childIdOf,
  childPlaceOf,
  roundAtOf,
} from '../../domain/children/batch.ts';
import { type JobMessage, writeMessage } from '../../domain/state/job/message.ts';

interface NewChild {
  readonly index: number;
  readonly payload: unknown;
  readonly group: string | undefined;
  readonly tags: readonly string[] | undefined;
  /** That of its type. */
  readonly contract: JobContract;
  readonly traceparent: string | undefined;
}

const maxMessageBytes = 256 * 1024;

/**
 * The message of a child: the same in every attempt of its parent, until it is made again. A child has no options but
 * its group and its tags, and nobody to tell but its parent.
 * @throws StepError if the payload does not fit the contract, or is too large
 */
export function childMessage(
  root: BatchRoot,
  { index, payload, group, tags, contract, traceparent }: NewChild,
): JobMessage {
  const which = `the payload of child ${index} of "${root.key}"`;
  const { success, error } = z.safeParse(contract.payload, payload);
  if (!success) throw new StepError(`${which} does not fit its contract${placeOf(error)}`);
  const message: JobMessage = {
    id: childIdOf(root, index),
    version: stepsVersion,
    tenant: root.tenant,
    type: root.type,
    payload,
    submittedAt: roundAtOf(root),
    options: {
      maxAttempts: contract.maxAttempts,
      notify: [],
      ...defined({ group, ...(tags?.length ? { tags: [...new Set(tags)] } : {}) }),
    },
    fingerprint: childFingerprintOf(root.batch, index),
    run: root.round,
    ...(root.round > 1 ? { retriedBy: byParent } : {}),
    parent: childPlaceOf(root, index),
    ...defined({ traceparent, fairKey: fairKeyOf(contract, { tenant: root.tenant, payload }) }),
  };
  if (Buffer.byteLength(writeMessage(message)) > maxMessageBytes)
    throw new StepError(`${which} has more than ${maxMessageBytes} bytes: keep it in an object`);
  return message;
}

/** Where the first issue is. What is there may be a secret. */
const placeOf = ({ issues: [first] }: z.$ZodError): string =>
  first && first.path.length > 0 ? `, at /${first.path.map(String).join('/')}` : '';
