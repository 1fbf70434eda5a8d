import { expect, test } from '@jest/globals';
import { objectFieldsOf, parseUpload, withObject } from '../../../../../client/jobctl/src/object-fields.ts';
import { jobTypeDocuments } from '../../../../../functions/api/documents.ts';

const fieldsOf = (type: string) =>
  objectFieldsOf(jobTypeDocuments().find((each) => each.type === type)?.payload);
const one = { name: 'object', isList: false };
const several = [one, { name: 'subtitles', isList: true }];

test('the fields for objects are found in what the API says of a type', () => {
  expect(fieldsOf('csv-aggregate')).toEqual([one]);
  expect(fieldsOf('emr-aggregate')).toEqual([{ name: 'objects', isList: true }]);
  expect(fieldsOf('countdown')).toEqual([]);
});

test('a field that may be null is found, and what is no schema has none', () => {
  const anyOf = [{ type: 'string', 'x-object': true }, { type: 'null' }];
  expect(objectFieldsOf({ properties: { object: { anyOf } } })).toEqual([one]);
  for (const schema of [undefined, null, 'x', {}, { properties: null }])
    expect(objectFieldsOf(schema)).toEqual([]);
});

test('without a name it is the one field, with a name it is this one', () => {
  expect(parseUpload('a.csv', 't', [one])).toEqual({ field: one, file: 'a.csv' });
  expect(parseUpload('object=a.csv', 't', several)).toEqual({ field: one, file: 'a.csv' });
  expect(parseUpload('object=a=b.csv', 't', [one]).file).toBe('a=b.csv');
  expect(parseUpload('a=b.csv', 't', [one])).toEqual({ field: one, file: 'a=b.csv' });
});

test('where no field, or more than one, is possible, it says which there are', () => {
  expect(() => parseUpload('a.csv', 'countdown', [])).toThrow(/a payload of countdown has no field/);
  for (const text of ['a.csv', 'video=a.csv'])
    expect(() => parseUpload(text, 't', several)).toThrow(
      'several fields for a file: object, subtitles. Use FIELD=FILE',
    );
});

test('a name is put beside the other fields, and into a list', () => {
  expect(withObject({ a: 1 }, one, 'x')).toEqual({ a: 1, object: 'x' });
  const list = { name: 'objects', isList: true };
  expect(withObject(withObject({}, list, 'x'), list, 'y')).toEqual({ objects: ['x', 'y'] });
});

test.each([[{ object: 'x' }], [[]], ['text'], [null]])('there is no place for it in %j', (payload) => {
  expect(() => withObject(payload, one, 'y')).toThrow(/^--upload: the payload /);
});
