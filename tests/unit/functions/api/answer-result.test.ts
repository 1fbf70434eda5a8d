import { describe, expect, test } from '@jest/globals';
import { answerResult } from '../../../../functions/api/answer-result.ts';
import { NoResultError } from '../../../../shared/job/errors.ts';
import { aFailedItem, aQueuedItem, aRequest, aRunningItem } from '../../../fakes/samples.ts';

const done = (result: string) => aFailedItem({ status: 'succeeded', result });
const answer = (result: string, ifNoneMatch?: string) =>
  answerResult(
    done(result),
    aRequest({ headers: ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch } }),
  );

describe('GET /jobs/{id}/result', () => {
  test.each(['{"b":1e+300,"a":[null,"é"]}', 'null', '0', 'false', '""'])(
    'answers with the result, to the letter: %s',
    (result) => {
      expect(answer(result)).toEqual({
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

  test('answers 304, without a body, to whoever has this result', () => {
    const { etag } = answer('1').headers ?? {};
    const response = answer('1', String(etag));
    expect(response).toEqual({ statusCode: 304, headers: { etag, 'cache-control': 'private, no-cache' } });
    expect(answer('2', String(etag)).statusCode).toBe(200);
  });

  test.each([
    ['queued', aQueuedItem()],
    ['running', aRunningItem()],
    ['failed', aFailedItem()],
    ['canceled', aFailedItem({ status: 'canceled' })],
  ])('says of a job that is %s that it has no result', (status, item) => {
    const get = () => answerResult(item, aRequest());
    expect(get).toThrow(NoResultError);
    expect(get).toThrow(`The job is ${status}; only a job that has succeeded has a result.`);
  });
});
