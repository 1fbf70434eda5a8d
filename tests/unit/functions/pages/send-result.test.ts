import { describe, expect, test } from '@jest/globals';
import { sendResult } from '../../../../functions/pages/send-result.ts';
import { ForbiddenError, NoResultError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { fakeSigner } from '../../../../testkit/fakes/in-memory-objects.ts';
import { aFailedItem, aRequest } from '../../../set-ups/samples.ts';
import { secretive } from '../../../set-ups/secretive-type.ts';

const contracts = { secretive };
const send = (over: Partial<JobItem>) =>
  sendResult(aFailedItem({ status: 'succeeded', ...over }), aRequest(), {
    contracts,
    signer: fakeSigner,
    clock: { now: () => t0 },
  });
const anObject = (contentType: string) => ({ name: 'results/a/b/1/2', bytes: 40_000, contentType });
const savedAs = async (contentType: string) => {
  const { headers } = await send({ resultObject: anObject(contentType) });
  return new URL(String(headers?.location)).searchParams.get('as')?.split('.').at(-1);
};

describe('the result that a page offers', () => {
  test('is a file of JSON, without what is secret in it', async () => {
    const { statusCode, headers, body } = await send({
      type: 'secretive',
      result: '{"user":"u","session":"s"}',
    });
    expect([statusCode, body]).toEqual([200, '{"user":"u","session":"[secret]"}']);
    expect(headers?.['content-disposition']).toMatch(/^attachment; filename="[\w-]{36}\.json"$/);
    expect(headers).toMatchObject({
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
  });

  test('is the way to its object, which the browser saves and does not show', async () => {
    const { statusCode, headers, body } = await send({ resultObject: anObject('text/html') });
    expect([statusCode, body]).toEqual([303, undefined]);
    const { origin, pathname } = new URL(String(headers?.location));
    expect(origin + pathname).toBe('https://bucket.example/results/a/b/1/2');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
  });

  test.each([
    ['text/csv', 'csv'],
    ['Text/CSV; charset=utf-8', 'csv'],
    ['application/json', 'json'],
    ['application/octet-stream', 'bin'],
    ['constructor', 'bin'],
  ])('of the type %s is saved as .%s', async (contentType, ending) => {
    expect(await savedAs(contentType)).toBe(ending);
  });

  test('is refused if it is an object, in which secret fields cannot be hidden', async () => {
    const refused = send({ type: 'secretive', resultObject: anObject('application/json') });
    await expect(refused).rejects.toThrow(ForbiddenError);
  });

  test('is not there before the job has one', async () => {
    await expect(send({ status: 'canceled' })).rejects.toThrow(NoResultError);
  });
});
