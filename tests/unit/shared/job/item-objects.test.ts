import { expect, test } from '@jest/globals';
import { objectsOf, objectsOfState } from '../../../../shared/job/item-objects.ts';
import { textInObject } from '../../../../shared/job/kept-text.ts';
import { aFailedItem } from '../../../set-ups/samples.ts';

test('objectsOf names every object that an item refers to, each once', () => {
  const item = aFailedItem({
    message: textInObject('messages/a'),
    messageObject: 'messages/a',
    checkpoint: textInObject('states/a'),
    resultObject: { name: 'results/a', bytes: 1, contentType: 'text/csv' },
    output: { contentType: 'text/csv', parts: [], digest: '', bytes: 1, tail: 'states/b' },
  });
  expect(objectsOf(item)).toEqual(['messages/a', 'states/a', 'states/b', 'results/a']);
});

test('objectsOf names the object of a message that the queue has now', () => {
  expect(objectsOf(aFailedItem({ message: undefined, messageObject: 'messages/a' }))).toEqual(['messages/a']);
});

test('objectsOf names none for texts that are in the item', () => {
  expect(objectsOf(aFailedItem({ checkpoint: '{"a":"@"}' }))).toEqual([]);
});

test('objectsOfState names those of the saved state alone', () => {
  const output = { contentType: 'text/csv', parts: [], digest: '', bytes: 1, tail: 'states/b' };
  expect(objectsOfState({ checkpoint: textInObject('states/a'), output })).toEqual(['states/a', 'states/b']);
  expect(objectsOfState({ checkpoint: '1' })).toEqual([]);
});
