import { describe, expect, test } from '@jest/globals';
import { answerResult } from '../../../../shared/http/answer-result.ts';
import { NoResultError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { fakeSigner } from '../../../../testkit/fakes/in-memory-objects.ts';
import { aFailedItem, aQueuedItem, aRequest, aRunningItem } from '../../../set-ups/samples.ts';

const deps = { signer: fakeSigner, clock: { now: () => t0 } };
const done = (over: Partial<JobItem>) => aFailedItem({ status: 'succeeded', ...over });
const answer = (result: string, ifNoneMatch?: string) =>
  answerResult(
    done({ result }),
    aRequest({ headers: ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch } }),
    deps,
  );

describe('GET /jobs/{id}/result', () => {
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

  test('answers 304, without a body, to whoever has this result', async () => {
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
