import { describe, expect, test } from '@jest/globals';
import { expressionsOf } from '../../../../../shared/aws/records/expressions.ts';
import type { RecordUpdate } from '../../../../../shared/domain/base/records.ts';

const name = 'write in a test';
const update = (parts: Omit<RecordUpdate, 'name'>) => expressionsOf({ name, ...parts });

describe('the expressions of a write', () => {
  test('have one action for all of its clauses, an alias for each name, and a placeholder for each value', () => {
    const write = {
      set: { status: 'running', updatedAt: 5 },
      plus: { fencingToken: { by: 1, from: 5 }, attempt: 1 },
      include: { dependents: new Set(['a']) },
      remove: ['lookAt', 'dueKey'],
    };
    expect(update(write)).toEqual({
      UpdateExpression:
        'SET #0 = :0, #1 = :1, #2 = if_not_exists(#2, :2) + :3 ADD #3 :4, #4 :5 REMOVE #5, #6',
      ExpressionAttributeNames: {
        ...{ '#0': 'status', '#1': 'updatedAt', '#2': 'fencingToken', '#3': 'attempt' },
        ...{ '#4': 'dependents', '#5': 'lookAt', '#6': 'dueKey' },
      },
      ExpressionAttributeValues: {
        ...{ ':0': { S: 'running' }, ':1': { N: '5' }, ':2': { N: '5' }, ':3': { N: '1' } },
        ...{ ':4': { N: '1' }, ':5': { SS: ['a'] } },
      },
    });
  });

  test('have parentheses only around an OR within an AND', () => {
    const when = [
      [{ attribute: 'id', absent: true }],
      [
        { attribute: 'status', equals: 'queued' },
        { attribute: 'notBefore', absentOrAtMost: 5 },
      ],
      [
        { attribute: 'status', equals: 'running' },
        { attribute: ['map', 'status'], lacks: 'a' },
        { attribute: 'attempt', below: 'maxAttempts' },
      ],
    ] as const;
    const { ConditionExpression, ExpressionAttributeNames } = update({ when });
    expect(ConditionExpression).toBe(
      'attribute_not_exists(#0)' +
        ' OR #1 = :0 AND (attribute_not_exists(#2) OR #2 <= :1)' +
        ' OR #1 = :2 AND NOT contains(#3.#1, :3) AND #4 < #5',
    );
    expect(Object.values(ExpressionAttributeNames ?? {})).toEqual([
      ...['id', 'status', 'notBefore', 'map', 'attempt', 'maxAttempts'],
    ]);
  });

  test('are none where a write has no clause, no condition, or no value', () => {
    expect(update({ remove: ['a'] })).toEqual({
      UpdateExpression: 'REMOVE #0',
      ExpressionAttributeNames: { '#0': 'a' },
    });
    expect(update({})).toEqual({});
  });

  test('of one shape have the same texts, with the values of each', () => {
    const [one, other] = [1, 2].map((value) =>
      update({ set: { a: value }, when: [[{ attribute: 'b', atMost: value }]] }),
    );
    const { ExpressionAttributeValues, ...texts } = one ?? {};
    expect(other).toEqual({ ...texts, ExpressionAttributeValues: { ':0': { N: '2' }, ':1': { N: '2' } } });
    expect(ExpressionAttributeValues).toEqual({ ':0': { N: '1' }, ':1': { N: '1' } });
  });

  test.each<readonly [string, Omit<RecordUpdate, 'name'>, Omit<RecordUpdate, 'name'>]>([
    ['an undefined value', { set: { a: 1, b: undefined } }, { set: { a: 1, b: 2 } }],
    ['a clause', { set: { a: 1 } }, { once: { a: 1 } }],
    ['names that run together', { remove: ['a', 'bREMOVE #1 c'] }, { remove: ['a', 'b', 'c'] }],
    ['a way and a name', { within: 'a', set: { b: 1 } }, { set: { 'a.b': 1 } }],
    [
      'the other attribute',
      { when: [[{ attribute: 'a', below: 'b' }]] },
      { when: [[{ attribute: 'a', below: 'c' }]] },
    ],
    [
      'alternatives',
      {
        when: [
          [
            { attribute: 'a', absent: true },
            { attribute: 'b', absent: true },
          ],
        ],
      },
      { when: [[{ attribute: 'a', absent: true }], [{ attribute: 'b', absent: true }]] },
    ],
  ])('of two shapes have their own texts: %s', (_, one, other) => {
    const textOf = (write: Omit<RecordUpdate, 'name'>) => {
      const { ExpressionAttributeValues: _values, ...texts } = update(write);
      return JSON.stringify(texts);
    };
    expect(textOf(one)).not.toBe(textOf(other));
  });
});
