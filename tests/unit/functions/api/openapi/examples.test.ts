import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { operations, pointer, responseAt, violationsAt } from '../../../../api-document.ts';

interface Example {
  readonly title: string;
  readonly schema: string;
  readonly value: unknown;
}

const exampleValues = z.record(z.string(), z.object({ value: z.unknown() }));

function examplesIn(title: string, place: string, examples: unknown): readonly Example[] {
  return Object.entries(exampleValues.parse(examples ?? {})).map(([name, { value }]) => ({
    title: `${title}: ${name}`,
    schema: `${place}/schema`,
    value,
  }));
}

const examples: readonly Example[] = [...operations].flatMap(
  ([key, { parameters = [], requestBody, responses }]) => {
    const [method = '', path = ''] = key.split(' ');
    const at = pointer('paths', path, method.toLowerCase());
    return [
      ...parameters.map(({ name, example }, index) => ({
        title: `${key}, parameter ${name}`,
        schema: `${at}/parameters/${index}/schema`,
        value: example,
      })),
      ...Object.entries(requestBody?.content ?? {}).flatMap(([mediaType, content]) =>
        examplesIn(
          `${key}, request`,
          `${at}${pointer('requestBody', 'content', mediaType)}`,
          content.examples,
        ),
      ),
      ...Object.entries(responses).flatMap(([status, value]) => {
        const { place, response } = responseAt(`${at}/responses/${status}`, value);
        return Object.entries(response.content ?? {}).flatMap(([mediaType, content]) =>
          examplesIn(`${key}, ${status}`, `${place}${pointer('content', mediaType)}`, content.examples),
        );
      }),
    ];
  },
);

test('there are examples of requests and of answers', () => {
  expect(examples.filter(({ title }) => title.includes('request:')).length).toBeGreaterThan(5);
  expect(examples.length).toBeGreaterThan(50);
});

test.each(examples)('the example of $title fits its schema', ({ schema, value }) => {
  expect(violationsAt(schema, value)).toEqual([]);
});

test('a value that does not fit is noticed', () => {
  const at = `${pointer('paths', '/jobs', 'post', 'requestBody', 'content', 'application/json')}/schema`;
  expect(violationsAt(at, { type: 'countdown', payload: { seconds: 1 }, more: 1 })).not.toEqual([]);
  const answer = `${pointer('paths', '/health', 'get', 'responses', 200, 'content', 'application/json')}/schema`;
  expect(violationsAt(answer, { status: 'ok', more: 1 })).not.toEqual([]);
});
