import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { inputResponse, toInputResponse } from '../../../../shared/http/input-response.ts';
import { defineJob } from '../../../../shared/job/contract.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { textInObject } from '../../../../shared/job/kept-text.ts';
import { uploadNameFor } from '../../../../shared/job/upload-name.ts';
import { zObject } from '../../../../shared/job/z-object.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { fakeSigner } from '../../../../testkit/fakes/in-memory-objects.ts';
import { aFailedItem, aMessage, anId, jobId, uploadRules } from '../../../set-ups/samples.ts';

const reading = defineJob({
  payload: z.looseObject({ files: z.array(zObject()), note: z.optional(z.string()) }),
  result: z.null(),
  timeoutSeconds: 1,
  maxAttempts: 1,
});
const deps = { contracts: { reading }, signer: fakeSigner, clock: { now: () => t0 } };

const answer = async (payload: unknown, over: Partial<JobItem> = {}) => {
  const job = aFailedItem({ type: 'reading', ...over });
  return inputResponse.parse(await toInputResponse({ job, message: aMessage({ payload }) }, deps));
};
const nameOf = (number: number, tenant = 'a tenant') =>
  uploadNameFor({ tenant, id: anId(number), now: t0 }, uploadRules);
const urlOf = (name: string) => `https://bucket.example/${name}?method=GET&now=${t0}&expires=300`;

describe('what a job was given', () => {
  test('has all that a handler sees of it', async () => {
    expect(await answer({ a: 1 })).toEqual({
      id: jobId,
      type: 'reading',
      tenant: 'a tenant',
      status: 'failed',
      run: 1,
      attempt: 3,
      maxAttempts: 3,
      fencingToken: 3,
      submittedAt: '2026-01-02T03:04:04.678Z',
      payload: { a: 1 },
      objects: {},
      error: { name: 'Error', message: 'no' },
    });
  });

  test('has a URL, for 5 minutes, for each object that a marked field names', async () => {
    const [one, two, three] = [nameOf(1), nameOf(2), nameOf(3)];
    const { objects } = await answer({ files: [one, two, one], note: three });
    expect(objects).toEqual({ [one]: urlOf(one), [two]: urlOf(two) });
  });

  test.each([
    ["another tenant's object", nameOf(1, 'another')],
    ['no object', 'results/a/b'],
    ['a way out of its folder', `${nameOf(1)}/../../x`],
    ['no text', 7],
  ])('has no URL for a field that names %s', async (_what, name) => {
    expect((await answer({ files: [name] })).objects).toEqual({});
  });

  test('has no URL if the stage does not know the type any more', async () => {
    expect((await answer({ files: [nameOf(1)] }, { type: 'another' })).objects).toEqual({});
  });

  test('has the state that was saved, or where a large one is', async () => {
    expect(await answer({}, { checkpoint: '{"passed":2}' })).toMatchObject({ checkpoint: { passed: 2 } });
    const large = await answer({}, { checkpoint: textInObject('states/a/b') });
    expect(large).toMatchObject({ checkpointUrl: urlOf('states/a/b') });
    expect(large).not.toHaveProperty('checkpoint');
  });

  test('says how much of a streamed result belongs to the state', async () => {
    const output = { contentType: 'text/csv', parts: [1], digest: 'd', bytes: 9, tail: 'states/a/c' };
    expect(await answer({}, { checkpoint: '1', output })).toMatchObject({
      checkpoint: 1,
      output: { contentType: 'text/csv', bytes: 9 },
    });
  });
});
