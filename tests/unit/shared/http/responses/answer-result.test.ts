import { afterAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../../shared/author/contract.ts';
import { createLog } from '../../../../../shared/aws/observe/logger.ts';
import { asError, NoResultError } from '../../../../../shared/domain/base/errors.ts';
import { uploadNameFor } from '../../../../../shared/domain/objects/upload-name.ts';
import { zObject } from '../../../../../shared/domain/objects/z-object.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { textInObject } from '../../../../../shared/domain/state/stored/stored-text.ts';
import { parseSubmission } from '../../../../../shared/http/requests/parse-submission.ts';
import { answerResult } from '../../../../../shared/http/responses/answer-result.ts';
import { inputResponse, toInputResponse } from '../../../../../shared/http/responses/input-response.ts';
import { problem, problemResponse } from '../../../../../shared/http/wire/respond.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { fakeSigner } from '../../../../../testkit/fakes/in-memory-objects.ts';
import { captureConsole } from '../../../../set-ups/captured-console.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRequest,
  aRunningItem,
  jobId,
  uploadRules,
} from '../../../../set-ups/samples.ts';
import { secretive, secretPayload, secretsIn } from '../../../../set-ups/secretive-type.ts';

const done = (over: Partial<JobItem>) => aFailedItem({ status: 'succeeded', ...over });

describe('GET /jobs/{id}/result', () => {
  const deps = { signer: fakeSigner, clock: { now: () => t0 } };
  const answer = (result: string, ifNoneMatch?: string) =>
    answerResult(
      done({ result }),
      aRequest({ headers: ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch } }),
      deps,
    );

  test.each(['{"b":1e+300,"a":[null,"é"]}', 'null', '0', 'false', '""'])(
    'answers with the result, to the letter: %s',
    async (result) => {
      expect(await answer(result)).toEqual({
        statusCode: 200,
        headers: {
          'content-type': 'application/json',
          etag: expect.stringMatching(/^"[\w-]{22}"$/),
          'cache-control': 'private, no-cache',
        },
        body: result,
      });
    },
  );

  test('answers 304, without a body, to a caller that has this result', async () => {
    const { etag } = (await answer('1')).headers ?? {};
    const response = await answer('1', String(etag));
    expect(response).toEqual({ statusCode: 304, headers: { etag, 'cache-control': 'private, no-cache' } });
    expect((await answer('2', String(etag))).statusCode).toBe(200);
  });

  test.each([
    ['a large result', undefined],
    ['a streamed result, of which the handler returned something beside', '{"rows":3}'],
  ])('leads to the object of %s, for 15 minutes, by a URL that nobody keeps', async (_what, result) => {
    const resultObject = { name: 'results/t/j/1/2', bytes: 40_000, contentType: 'text/csv' };
    expect(await answerResult(done({ result, resultObject }), aRequest(), deps)).toEqual({
      statusCode: 303,
      headers: {
        location: `https://bucket.example/results/t/j/1/2?method=GET&now=${t0}&expires=900`,
        'cache-control': 'no-store',
      },
    });
  });

  test.each([
    ['queued', aQueuedItem()],
    ['running', aRunningItem()],
    ['failed', aFailedItem()],
    ['canceled', aFailedItem({ status: 'canceled' })],
  ])('says of a job that is %s that it has no result', async (status, item) => {
    const get = answerResult(item, aRequest(), deps);
    await expect(get).rejects.toThrow(NoResultError);
    await expect(get).rejects.toThrow(`The job is ${status}; only a job that has succeeded has a result.`);
  });
});

const reading = defineJob({
  payload: z.looseObject({ files: z.array(zObject()), note: z.optional(z.string()) }),
  result: z.null(),
  timeoutSeconds: 1,
  maxAttempts: 1,
});
const nameOf = (number: number, tenant = 'a tenant') =>
  uploadNameFor({ tenant, id: anId(number), now: t0 }, uploadRules);
const urlOf = (name: string) => `https://bucket.example/${name}?method=GET&now=${t0}&expires=300`;

describe('what a job was given', () => {
  const deps = { contracts: { reading }, signer: fakeSigner, clock: { now: () => t0 } };

  const answer = async (payload: unknown, over: Partial<JobItem> = {}) => {
    const job = aFailedItem({ type: 'reading', ...over });
    return inputResponse.parse(await toInputResponse({ job, message: aMessage({ payload }) }, deps));
  };

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

const captured = captureConsole();

function problemOf(payload: unknown) {
  const request = aRequest({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'secretive', payload }),
  });
  try {
    parseSubmission(request, { tenant: 'a tenant', contracts: { secretive } });
  } catch (error) {
    return problemResponse(asError(error), request, createLog('test')).body ?? '';
  }
  throw new Error('the payload was accepted');
}

describe('secret payload', () => {
  afterAll(captured.restore);

  test.each<[string, unknown, readonly string[]]>([
    ['that is too short', { ...secretPayload, token: secretPayload.token.slice(0, 9) }, ['/payload/token']],
    ['of another type', { ...secretPayload, account: { pin: '918273' } }, ['/payload/account/pin']],
    [
      'with a wrong value under a key that is secret, too',
      { ...secretPayload, headers: { [secretPayload.token]: 7 } },
      ['/payload/headers'],
    ],
    ['in a list', { ...secretPayload, keys: [null, { a: secretPayload.token }] }, ['/payload/keys/1']],
    ['beside another error', { ...secretPayload, user: 7 }, ['/payload/user']],
    ['that another check quotes', { ...secretPayload, user: secretPayload.token }, ['/payload']],
  ])('the answer to a submission with a secret value %s does not show it', (_what, payload, pointers) => {
    const body = problemOf(payload);
    expect(problem.parse(JSON.parse(body)).errors?.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(secretsIn(body + captured.lines.join())).toEqual([]);
    expect(body).not.toContain(secretPayload.token.slice(0, 9));
  });

  test('what is wrong with other fields is said as ever', () => {
    const [error] = problem.parse(JSON.parse(problemOf({ ...secretPayload, user: 7 }))).errors ?? [];
    expect(error?.detail).toBe('Invalid input: expected string, received number');
  });
});
