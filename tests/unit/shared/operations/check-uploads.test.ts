import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../shared/job/contract.ts';
import { InvalidRequestError } from '../../../../shared/job/errors.ts';
import { ObjectNotFoundError } from '../../../../shared/job/object-errors.ts';
import { uploadNameFor } from '../../../../shared/job/upload-name.ts';
import { zObject } from '../../../../shared/job/z-object.ts';
import { submitJob } from '../../../../shared/operations/submit-job.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { submitting } from '../../../set-ups/batching.ts';
import { anId, dayMs, uploadRules } from '../../../set-ups/samples.ts';

const reads = defineJob({
  payload: z.strictObject({ files: z.array(zObject()) }),
  result: z.null(),
  timeoutSeconds: 10,
  maxAttempts: 3,
});
const nameFor = (tenant: string, now = t0) => uploadNameFor({ tenant, id: anId(1), now }, uploadRules);
const calls: string[] = [];

function submitter() {
  const { deps, sent } = submitting((call) => void calls.push(call), { reads });
  const submit = (files: readonly string[], more: { delaySeconds?: number; runAt?: number } = {}) =>
    submitJob({ tenant: 'a tenant', type: 'reads', payload: { files }, maxAttempts: 3, ...more }, deps);
  return { submit, sent };
}

describe('a submission whose payload names objects', () => {
  test('is accepted with those of its tenant, and costs no call for them', async () => {
    const { submit, sent } = submitter();
    calls.length = 0;
    await submit([nameFor('a tenant'), nameFor('a tenant', t0 - dayMs)]);
    expect(sent()).toHaveLength(1);
    expect(calls).toEqual(['send run 1', 'write submit']);
  });

  test.each([
    ['of another tenant', nameFor('another tenant')],
    ['of no stage', `${nameFor('a tenant').slice(0, -1)}${nameFor('a tenant').endsWith('A') ? 'B' : 'A'}`],
  ])('is refused with a name %s, and nothing is sent', async (_whose, name) => {
    const { submit, sent } = submitter();
    const refused = submit([nameFor('a tenant'), name]);
    await expect(refused).rejects.toThrow(ObjectNotFoundError);
    await expect(refused).rejects.toThrow('/payload/files/1');
    expect(sent()).toEqual([]);
  });

  test('is refused if the job would run when an object is gone', async () => {
    const { submit, sent } = submitter();
    const old = nameFor('a tenant', t0 - 25 * dayMs);
    const error = await submit([old], { delaySeconds: 6 * 24 * 3600 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({
      violations: [{ pointer: '/payload/files/0', detail: 'is kept until 2026-01-07T00:00:00.000Z' }],
    });
    await expect(submit([old], { runAt: t0 + 6 * dayMs })).rejects.toThrow(InvalidRequestError);
    await expect(submit([nameFor('a tenant', t0 - 31 * dayMs)])).rejects.toThrow(InvalidRequestError);
    expect(sent()).toEqual([]);
    await submit([old], { delaySeconds: 3 * 24 * 3600 });
    expect(sent()).toHaveLength(1);
  });
});
