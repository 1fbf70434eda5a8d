import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoDbDeletableRecords, dynamoDbRecordReader } from '../../shared/aws/records/records.ts';
import type { Asked, Test } from '../../shared/domain/base/condition.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { DeletableRecords, Fields, RecordUpdate } from '../../shared/domain/base/records.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

const name = 'write in a test';
const anId = () => `record/${randomUUID()}`;

/** An item with one attribute of each kind. `status` is a reserved word of DynamoDB, and `a b.c` no word at all. */
const fields = {
  ...{ number: 5, equal: 5, more: 6, text: 'a', status: true, 'a b.c': 'any name', none: null },
  ...{ list: [1, { deep: 'x' }], set: new Set(['a', 'b']), map: { number: 1, inner: { text: 't' } } },
} as const satisfies Fields;

/** What each clause makes of the item. */
const clauses: readonly (readonly [Omit<RecordUpdate, 'name'>, changed: Fields])[] = [
  [{ set: { number: 7, fresh: { a: [null] }, left: undefined } }, { number: 7, fresh: { a: [null] } }],
  [{ set: { status: false, 'a b.c': 'b' } }, { status: false, 'a b.c': 'b' }],
  [{ within: 'map', set: { number: 2, fresh: true } }, { map: { ...fields.map, number: 2, fresh: true } }],
  [{ once: { number: 7, fresh: 8, left: undefined } }, { fresh: 8 }],
  [{ plus: { number: 2, fresh: -1 } }, { number: 7, fresh: -1 }],
  [{ plus: { number: { by: 2, from: 9 }, fresh: { by: 2, from: 9 } } }, { number: 7, fresh: 11 }],
  [{ append: { list: [2], fresh: ['a', 'b'] } }, { list: [...fields.list, 2], fresh: ['a', 'b'] }],
  [
    { include: { set: new Set(['b', 'c']), fresh: new Set(['d']) } },
    { set: new Set(['a', 'b', 'c']), fresh: new Set(['d']) },
  ],
  [{ exclude: { set: new Set(['b', 'c']), fresh: new Set(['d']) } }, { set: new Set(['a']) }],
  [{ exclude: { set: new Set(['a', 'b']) } }, { set: undefined }],
  [{ remove: ['number', 'fresh'] }, { number: undefined }],
  [
    { set: { text: 'b' }, once: { fresh: 1 }, plus: { number: 1 }, remove: ['list'] },
    { text: 'b', fresh: 1, number: 6, list: undefined },
  ],
];

const asks = <Is extends keyof Asked>(is: Is, ...cases: readonly (readonly [Test, boolean])[]) =>
  cases.map(([asked, holds]) => ({ is, asked, holds }));
const absent = { attribute: 'fresh' } as const;

/** Each test of an attribute, on the item, and on what it does not have. */
const tests = [
  ...asks('absent', [{ ...absent, absent: true }, true], [{ attribute: 'text', absent: true }, false]),
  ...asks('present', [{ ...absent, present: true }, false], [{ attribute: 'none', present: true }, true]),
  ...asks(
    'equals',
    [{ ...absent, equals: 5 }, false],
    [{ attribute: 'number', equals: 5 }, true],
    [{ attribute: 'number', equals: '5' }, false],
    [{ attribute: 'status', equals: true }, true],
    [{ attribute: 'a b.c', equals: 'any name' }, true],
    [{ attribute: ['map', 'inner', 'text'], equals: 't' }, true],
    [{ attribute: ['map', 'fresh', 'text'], equals: 't' }, false],
    [{ attribute: ['text', 'inner'], equals: 't' }, false],
  ),
  ...asks(
    'atMost',
    [{ ...absent, atMost: 5 }, false],
    [{ attribute: 'number', atMost: 5 }, true],
    [{ attribute: 'number', atMost: 4 }, false],
    [{ attribute: 'text', atMost: 9 }, false],
  ),
  ...asks(
    'lessThan',
    [{ ...absent, lessThan: 6 }, false],
    [{ attribute: 'number', lessThan: 6 }, true],
    [{ attribute: 'number', lessThan: 5 }, false],
  ),
  ...asks(
    'moreThan',
    [{ ...absent, moreThan: 4 }, false],
    [{ attribute: 'number', moreThan: 4 }, true],
    [{ attribute: 'number', moreThan: 5 }, false],
  ),
  ...asks(
    'absentOrAtMost',
    [{ ...absent, absentOrAtMost: 0 }, true],
    [{ attribute: 'number', absentOrAtMost: 5 }, true],
    [{ attribute: 'number', absentOrAtMost: 4 }, false],
  ),
  ...asks(
    'absentOrLessThan',
    [{ ...absent, absentOrLessThan: 0 }, true],
    [{ attribute: 'number', absentOrLessThan: 6 }, true],
    [{ attribute: 'number', absentOrLessThan: 5 }, false],
  ),
  ...asks(
    'absentOrSmallerThan',
    [{ ...absent, absentOrSmallerThan: 0 }, true],
    [{ attribute: 'set', absentOrSmallerThan: 3 }, true],
    [{ attribute: 'set', absentOrSmallerThan: 2 }, false],
    [{ attribute: 'number', absentOrSmallerThan: 9 }, false],
  ),
  ...asks(
    'sizeAtLeast',
    [{ ...absent, sizeAtLeast: 0 }, false],
    [{ attribute: 'set', sizeAtLeast: 2 }, true],
    [{ attribute: 'set', sizeAtLeast: 3 }, false],
  ),
  ...asks(
    'contains',
    [{ ...absent, contains: 'a' }, false],
    [{ attribute: 'set', contains: 'a' }, true],
    [{ attribute: 'set', contains: 'c' }, false],
  ),
  ...asks(
    'lacks',
    [{ ...absent, lacks: 'a' }, true],
    [{ attribute: 'set', lacks: 'c' }, true],
    [{ attribute: 'set', lacks: 'a' }, false],
  ),
  ...asks(
    'below',
    [{ ...absent, below: 'number' }, false],
    [{ attribute: 'number', below: 'fresh' }, false],
    [{ attribute: 'number', below: 'more' }, true],
    [{ attribute: 'number', below: 'equal' }, false],
    [{ attribute: 'more', below: 'number' }, false],
    [{ attribute: 'number', below: 'text' }, false],
  ),
  ...asks(
    'notBelow',
    [{ ...absent, notBelow: 'number' }, false],
    [{ attribute: 'number', notBelow: 'equal' }, true],
    [{ attribute: 'number', notBelow: 'more' }, false],
  ),
];

/** What DynamoDB refuses, whatever the item is. */
const refused: Readonly<Record<string, RecordUpdate>> = {
  'one attribute in two clauses': { name, set: { number: 1 }, remove: ['number'] },
  'a map and what is in it': { name, within: 'map', set: { number: 1 }, remove: ['map'] },
  'what is in a map that is not there': { name, within: 'fresh', set: { number: 1 } },
  'an empty set': { name, set: { set: new Set<string>() } },
  'a set to which none is added': { name, include: { set: new Set<string>() } },
  'a set from which none is taken': { name, exclude: { set: new Set<string>() } },
  'a number that would not be read as it was written': { name, set: { number: 2 ** 60 } },
  'a number that is added to a text': { name, plus: { text: 1 } },
  'a member that is added to a text': { name, include: { text: new Set(['a']) } },
  'a list that goes on after a text': { name, append: { text: [1] } },
  'an item that grows to more than 400 KB': { name, set: { text: 'x'.repeat(409_600) } },
};

/** What the table does, in memory, and behind the DynamoDB adapter with the emulator. */
function describeRecords(of: string, records: () => DeletableRecords<'place'>): void {
  const anItem = async () => {
    const id = anId();
    await records().write(id, { name, set: fields });
    return id;
  };

  describe(`${of} as Records`, () => {
    test('there is an item from its first write on', async () => {
      const id = anId();
      expect(await records().read(id, name)).toBeUndefined();
      expect(await records().write(id, { name, set: { number: 1 } })).toEqual({ held: true });
      expect(await records().read(id, name)).toEqual({ id, number: 1 });
    });

    test.each(clauses)('%j changes what it names, and nothing else', async (write, changed) => {
      const id = await anItem();
      const after = Object.fromEntries(
        Object.entries({ id, ...fields, ...changed }).filter(([, value]) => value !== undefined),
      );
      const answer = await records().write(id, { name, ...write, returns: 'after' });
      expect(answer).toEqual({ held: true, item: after });
      expect(await records().read(id, name)).toEqual(after);
    });

    test('to take from a set that is not there makes an item of nothing', async () => {
      const id = anId();
      await records().write(id, { name, exclude: { set: new Set(['a']) } });
      expect(await records().read(id, name)).toEqual({ id });
    });

    test('an update answers with the item before it', async () => {
      const id = anId();
      const update = { name, plus: { number: 1 }, returns: 'before' } as const;
      expect(await records().write(id, update)).toEqual({ held: true });
      expect(await records().write(id, update)).toEqual({ held: true, item: { id, number: 1 } });
    });

    test('a deleted item is not there', async () => {
      const id = await anItem();
      const answer = { held: true, item: { id, ...fields } };
      expect(await records().delete(id, { name, returns: 'before' })).toEqual(answer);
      expect(await records().read(id, name)).toBeUndefined();
      expect(await records().delete(id, { name, returns: 'before' })).toEqual({ held: true });
    });

    test.each(tests)('$is: the test $asked', async ({ asked, holds }) => {
      const id = await anItem();
      const when = [[asked]];
      const answers = [
        await records().write(id, { name, when, set: { seen: true } }),
        await records().delete(id, { name, when }),
      ];
      expect(answers).toEqual(answers.map(() => ({ held: holds })));
    });

    // Two attributes that are not there are one number for the emulator.
    const ofOne = tests.filter(({ is, asked }) => asked.attribute === 'fresh' && !/below/i.test(is));
    test.each(ofOne)('$is: the test $asked of no item', async ({ asked, holds }) => {
      const id = anId();
      expect(await records().delete(id, { name, when: [[asked]] })).toEqual({ held: holds });
      expect(await records().write(id, { name, when: [[asked]], plus: { n: 1 } })).toEqual({ held: holds });
      expect(await records().read(id, name)).toEqual(holds ? { id, n: 1 } : undefined);
    });

    test('of several alternatives one must hold, with all of its tests', async () => {
      const id = await anItem();
      const yes = { attribute: 'number', equals: 5 } as const;
      const no = { attribute: 'number', equals: 6 } as const;
      const whens = [
        [[yes, no]],
        [[no], [no]],
        [
          [yes, no],
          [no, yes],
        ],
        [[no], [yes]],
        [[yes, yes], [no]],
      ];
      const held = [];
      for (const when of whens) held.push((await records().write(id, { name, when, plus: { n: 1 } })).held);
      expect(held).toEqual([false, false, false, true, true]);
    });

    test('a refused write leaves the item as it is, and answers without it', async () => {
      const id = await anItem();
      const when = [[{ attribute: 'text', equals: 'b' }]] as const;
      const update = { name, when, set: { text: 'c' }, returns: 'after' } as const;
      expect(await records().write(id, update)).toEqual({ held: false });
      expect(await records().delete(id, { name, when, returns: 'before' })).toEqual({ held: false });
      expect(await records().read(id, name)).toEqual({ id, ...fields });
    });

    test('what was read stays as it was', async () => {
      const id = await anItem();
      const before = await records().read(id, name);
      const members = new Set(['c']);
      await records().write(id, { name, include: { set: members } });
      members.add('d');
      expect(before).toEqual({ id, ...fields });
      expect(await records().read(id, name)).toMatchObject({ set: new Set(['a', 'b', 'c']) });
    });

    test.each(Object.keys(refused))('refuses %s', async (what) => {
      const id = await anItem();
      const write = refused[what] ?? { name, set: {} };
      await expect(records().write(id, write)).rejects.toThrow();
      expect(await records().read(id, name)).toEqual({ id, ...fields });
    });

    test('refuses a condition that asks nothing', async () => {
      // As a caller without types makes it.
      const when = JSON.parse('[[{"attribute":"number"}]]');
      await expect(records().write(anId(), { name, set: { a: 1 }, when })).rejects.toThrow(TypeError);
    });
  });
}

let aws: LocalAws;

describe('records', () => {
  const fake = new InMemoryRecords();
  describeRecords('InMemoryRecords', () => fake);

  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeRecords('dynamoDbRecords', () => dynamoDbDeletableRecords(aws.dynamoDb, aws.env));

  test('a table that does not answer is unavailable, and the error names the write', async () => {
    const env = { ...aws.env, TABLE_NAME: 'nowhere' };
    const records = dynamoDbDeletableRecords(aws.dynamoDb, env);
    const calls = [
      () => records.write('a', { name: 'add a wait', set: { a: 1 } }),
      () => records.delete('a', { name: 'add a wait' }),
      () => records.read('a', 'add a wait'),
      () => dynamoDbRecordReader(aws.dynamoDb, env).read('a', 'add a wait'),
    ];
    for (const call of calls)
      await expect(call()).rejects.toMatchObject({
        constructor: StoreUnavailableError,
        message: 'the table is out of reach: add a wait',
      });
  });
});
