import { describe, expect, test } from '@jest/globals';
import { updateOf } from '../../../../shared/aws/update-expression.ts';
import { jobId } from '../../../set-ups/samples.ts';

describe('the expressions of an update', () => {
  const write = {
    id: jobId,
    transition: 'claim',
    condition: [
      [{ attribute: 'id', absent: true }],
      [
        { attribute: 'status', equals: 'queued' },
        { attribute: 'run', equals: 1 },
        { attribute: 'notBefore', absentOrAtMost: 5 },
      ],
      [
        { attribute: 'status', equals: 'running' },
        { attribute: 'run', equals: 1 },
        { attribute: 'leaseUntil', atMost: 5 },
      ],
    ],
    set: { status: 'running', updatedAt: 5 },
    increment: { fencingToken: 5, attempt: 0 },
  } as const;
  const update = updateOf(write);

  test('have parentheses only around an OR within an AND', () => {
    expect(update.ConditionExpression).toBe(
      'attribute_not_exists(#id)' +
        ' OR #status = :v0 AND #run = :v1 AND (attribute_not_exists(#notBefore) OR #notBefore <= :v2)' +
        ' OR #status = :v3 AND #run = :v1 AND #leaseUntil <= :v2',
    );
    expect(update.UpdateExpression).toBe(
      'SET #fencingToken = if_not_exists(#fencingToken, :v2) + :v1, #status = :v3, #updatedAt = :v2 ADD #attempt :v1',
    );
  });

  test('have one placeholder for equal values', () => {
    expect(update.ExpressionAttributeValues).toEqual({
      ':v0': { S: 'queued' },
      ':v1': { N: '1' },
      ':v2': { N: '5' },
      ':v3': { S: 'running' },
    });
  });

  test('have different placeholders for a number and the text of its digits', () => {
    const { ExpressionAttributeValues } = updateOf({ ...write, set: { fingerprint: '5', updatedAt: 5 } });
    expect(Object.values(ExpressionAttributeValues ?? {})).toEqual(
      expect.arrayContaining([{ S: '5' }, { N: '5' }]),
    );
  });
});
