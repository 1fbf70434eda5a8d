import { expect, test } from '@jest/globals';
import { LimitExceededError } from '../../../../shared/domain/access/limit-error.ts';
import { readLists } from '../../../../shared/operations/read-lists.ts';
import { aDoor } from '../../../set-ups/tenant-door.ts';

/** Lists of which each call costs so many units. */
function aStage(readUnitsPerMinute: number | 'none', units: number) {
  const { door, clock, rates } = aDoor({ readUnitsPerMinute });
  const list = {
    find: async () => ({ items: [], units }),
    read: async () => ({ items: [], newer: [], units }),
  };
  const query = { list: 'all', key: 'a list', since: '', below: '~', limit: 1 } as const;
  const errorGroups = { find: async () => ({ groups: [], newer: [], units }) };
  const deps = { list, errorGroups, door };
  const read = () =>
    readLists(
      'a tenant',
      async (counted) => [await counted.list.find(query), await counted.list.read([])].length,
      deps,
    );
  const readErrors = () =>
    readLists('a tenant', (counted) => counted.errorGroups.find({ tenant: 'a tenant', limit: 1 }), deps);
  return { read, readErrors, clock, rates, door };
}

test('what lists have cost is counted after it was read, and closes them for a while', async () => {
  const { read, clock, door } = aStage(10, 3.5);
  expect(await read()).toBe(2);
  expect(await door.look('a tenant')).toEqual({ readUnitsPerMinute: { max: 10, remaining: 3 } });
  await read();
  await expect(read()).rejects.toThrow(
    'The tenant has used up its limit `readUnitsPerMinute`, which is 10. Try again after 30 seconds.',
  );
  await clock.advance(30_000);
  await read();
  await expect(read()).rejects.toThrow(LimitExceededError);
});

test('groups of errors count, too', async () => {
  const { readErrors, door } = aStage(10, 3.5);
  await readErrors();
  expect(await door.look('a tenant')).toEqual({ readUnitsPerMinute: { max: 10, remaining: 6 } });
});

test('one dear page closes them for two windows at most', async () => {
  const { read, clock } = aStage(10, 500);
  await read();
  await expect(read()).rejects.toThrow('Try again after 66 seconds.');
  await clock.advance(66_000);
  await read();
});

test('without the limit nothing is asked', async () => {
  const { read, rates } = aStage('none', 5);
  rates.read = rates.charge = async () => {
    throw new Error('asked');
  };
  expect(await read()).toBe(2);
});
