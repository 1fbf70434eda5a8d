import { describe, expect, test } from '@jest/globals';
import { fields, hasFields, payloadOf, takesFiles } from '../../../../functions/pages/form-fields.ts';
import { exampleOf, hintOf } from '../../../../functions/pages/form-hints.ts';

const schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', maxLength: 10 },
    count: { type: 'integer', minimum: 0, maximum: 5 },
    share: { type: 'number' },
    loud: { type: 'boolean' },
    color: { enum: ['red', 'blue'] },
    list: {
      type: 'array',
      items: { type: 'object', properties: { op: { enum: ['sum'] }, to: { type: 'string' } } },
    },
  },
};
const payload = (values: Record<string, string>) =>
  payloadOf(
    schema,
    new URLSearchParams(
      Object.fromEntries(Object.entries(values).map(([name, value]) => [`field.${name}`, value])),
    ),
  );

describe('the payload of a form', () => {
  test('has the kinds of its schema', () => {
    const values = {
      name: '12',
      count: '3',
      share: '0.5',
      loud: 'true',
      color: 'red',
      list: '[{"op":"sum"}]',
    };
    expect(payload(values)).toEqual({
      name: '12',
      count: 3,
      share: 0.5,
      loud: true,
      color: 'red',
      list: [{ op: 'sum' }],
    });
  });

  test('lacks what was left empty, and what no field is for', () => {
    expect(payload({ name: '', count: '  ', other: 'x' })).toEqual({});
  });

  test('keeps as text what is not what its field is for: the check of the payload explains it', () => {
    expect(payload({ count: 'three', list: '[', loud: 'yes' })).toEqual({
      count: 'three',
      list: '[',
      loud: 'yes',
    });
  });

  test('has the line ends that a person sees', () => {
    expect(payload({ name: 'a\r\nb' })).toEqual({ name: 'a\nb' });
  });
});

describe('the fields of a form', () => {
  test('explain what is wrong at their place, keep what was entered, and tie the words to the field', () => {
    const values = new URLSearchParams({ 'field.count': '"7' });
    const { text } = fields(
      schema,
      values,
      new Map([
        ['/count', 'too large'],
        ['/list/0/op', 'no <op>'],
      ]),
    );
    expect(text).toMatch(
      /<input id="field-count"[^>]* value="&quot;7" aria-invalid="true" aria-describedby="field-count-hint field-count-error">/,
    );
    expect(text).toMatch(/id="field-count-error"><bdi>too large<\/bdi>/);
    expect(text).toMatch(/id="field-list-error"><code>\/list\/0\/op<\/code> <bdi>no &lt;op&gt;<\/bdi>/);
    expect(text.match(/aria-invalid/g)).toHaveLength(2);
  });

  test('do not take the error of another one whose name begins alike', () => {
    const two = { type: 'object', properties: { a: { type: 'string' }, ab: { type: 'string' } } };
    const { text } = fields(two, new URLSearchParams(), new Map([['/ab', 'no']]));
    expect(text).not.toContain('field-a-error');
  });

  test('are for an object with properties only', () => {
    expect(hasFields(schema)).toBe(true);
    expect(hasFields({ type: 'object', properties: {} })).toBe(false);
    expect(hasFields({ type: 'array', items: {} })).toBe(false);
    expect(hasFields({})).toBe(false);
  });
});

describe('a field for an object', () => {
  const withObject = {
    type: 'object',
    required: ['groupBy'],
    properties: {
      csv: { type: 'string' },
      object: { type: 'string', object: true },
      groupBy: { type: 'string' },
    },
  };

  test('takes a file, which needs the script, or a name, which does not', () => {
    expect([takesFiles(withObject), takesFiles(schema)]).toEqual([true, false]);
    const { text } = fields(withObject, new URLSearchParams({ 'field.object': 'uploads/"a' }), new Map());
    expect(text).toMatch(
      /<div data-upload="field-object" hidden>.*<input type="file" id="field-object-file"/s,
    );
    expect(text).toMatch(/<input id="field-object" name="field.object" [^>]*value="uploads\/&quot;a" >/);
    // A file itself is never part of the form.
    expect(text).not.toMatch(/type="file"[^>]* name=/);
  });

  test('says what is wrong with the name', () => {
    const { text } = fields(withObject, new URLSearchParams(), new Map([['/object', 'no name']]));
    expect(text).toMatch(
      /<input id="field-object"[^>]* aria-invalid="true" aria-describedby="field-object-error">/,
    );
    expect(text).toContain('id="field-object-error"><bdi>no name</bdi>');
  });

  test('is not sent empty, and without the spaces around a name', () => {
    const sent = (object: string) =>
      payloadOf(withObject, new URLSearchParams({ 'field.csv': 'a,b\n1,2 ', 'field.object': object }));
    expect(sent('')).toEqual({ csv: 'a,b\n1,2 ' });
    expect(sent(' uploads/a\n')).toEqual({ csv: 'a,b\n1,2 ', object: 'uploads/a' });
  });

  test('is left out of an example, unless it must be there', () => {
    expect(exampleOf(withObject)).toEqual({ csv: '…', groupBy: '…' });
    expect(exampleOf({ ...withObject, required: ['object'] })).toHaveProperty('object');
  });
});

describe('a hint', () => {
  test.each([
    [{ type: 'integer', minimum: 0, maximum: 5 }, 'A whole number, at least 0, at most 5.'],
    [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, 'A whole number.'],
    [{ type: 'string', maxLength: 10 }, 'At most 10 characters.'],
    [{ type: 'number', description: 'How much' }, 'How much. A number.'],
    [{ type: 'string', description: '<b>' }, '&lt;b&gt;.'],
  ])('of %j', (of, words) => {
    expect(hintOf(of)).toMatchObject({ text: words });
  });

  test('is left out where there is nothing to say', () => {
    expect(hintOf({ type: 'string' })).toBe(false);
  });

  test('an example has the shape of its schema', () => {
    expect(exampleOf(schema)).toEqual({
      name: '…',
      count: 0,
      share: 0,
      loud: true,
      color: 'red',
      list: [{ op: 'sum', to: '…' }],
    });
  });
});
