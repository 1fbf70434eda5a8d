import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { jobTypeDocuments } from '../../../../../functions/api/documents.ts';
import { jobTypesOf } from '../../../../../functions/api/openapi/job-types.ts';
import { namedSchemas } from '../../../../../functions/api/openapi/named-schemas.ts';
import { allowedMethods } from '../../../../../shared/http/allowed-methods.ts';
import { routes } from '../../../../../shared/http/routes.ts';
import { problemTypes } from '../../../../../shared/http/wire/problem-types.ts';
import type { Route } from '../../../../../shared/http/wire/route.ts';
import { operationFor } from '../../../../answer-check.ts';
import { document, operations, pointer, responseAt, violationsAt } from '../../../../api-document.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { secretive } from '../../../../set-ups/secretive-type.ts';

const documented: readonly (readonly [string, Route])[] = Object.entries(routes).filter(
  ([key, route]) => key !== '$default' && route.function !== 'pages',
);

/** Of what is no right. */
const needed = { open: 'no credential', caller: 'with any right or none' } as const;

describe('document', () => {
  describe.each(documented)('%s', (key, { access, query = [] }) => {
    const operation = operations.get(key);

    test('is in the document, with its right and its query', () => {
      expect(operation).toMatchObject({
        operationId: expect.stringMatching(/^[a-z]\w+$/),
        summary: expect.stringMatching(/^[A-Z].+[^.]$/),
        description: expect.stringContaining(needed[access as keyof typeof needed] ?? `\`${access}\``),
        tags: [expect.any(String)],
        security: access === 'open' ? [] : [{ bearer: [] }],
        'x-right': access,
      });
      const names = operation?.parameters?.filter((each) => each.in === 'query').map(({ name }) => name);
      expect([...(names ?? [])].sort()).toEqual([...query].sort());
    });

    test('says what every parameter means, with an example', () => {
      for (const { name, description, example } of operation?.parameters ?? [])
        expect({ name, description, example }).toEqual({
          name,
          description: expect.stringMatching(/\.$/),
          example: expect.anything(),
        });
    });

    test('has what the gateway answers, and problems as problem documents', () => {
      const statuses = Object.keys(operation?.responses ?? {});
      const always = ['400', '429', '500', '503', '504', ...(access === 'open' ? [] : ['401', '403'])];
      expect(statuses).toEqual(expect.arrayContaining(always));
      expect(statuses.includes('413')).toBe(operation?.requestBody !== undefined);
    });
  });

  test('an address has the methods in the document that the API has there', () => {
    const methods = ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'];
    expect([...operations.keys()].filter((key) => key.startsWith('HEAD'))).toEqual([]);
    for (const address of Object.keys(document.paths)) {
      const path = address.replace(/\{\w+\}/g, 'x');
      const there = methods.filter((method) => operationFor(method, path) !== undefined);
      expect([path, there]).toEqual([path, allowedMethods(path)]);
    }
  });

  test('every operation has a name of its own', () => {
    const names = [...operations.values()].map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  test('every problem has an example', () => {
    const responses = [
      ...Object.values(document.components.responses),
      ...Object.values(document['x-other-requests']),
    ];
    const names = responses.flatMap(({ content = {} }) =>
      Object.keys(content['application/problem+json']?.examples ?? {}),
    );
    expect(new Set(names)).toEqual(new Set(Object.keys(problemTypes)));
  });

  test('every text about a field is about a field of the document', () => {
    const { schemas } = document.components;
    expect(Object.keys(schemas).sort()).toEqual([...namedSchemas.keys()].sort());
    for (const [id, { fields = {} }] of namedSchemas)
      for (const [field, description] of Object.entries(fields))
        expect([id, schemas[id]?.properties]).toMatchObject([id, { [field]: { description } }]);
  });

  describe('job types', () => {
    test('each has its payload and its result in the document by name, a reserved one only its result', () => {
      const names = Object.keys(document.components.schemas);
      expect(names).toEqual(
        expect.arrayContaining(['CountingPayload', 'CountingResult', 'CsvSumsPayload', 'BulkActionResult']),
      );
      expect(names).not.toContain('BulkActionPayload');
      for (const type of Object.keys(contracts)) {
        const name = `${type.replaceAll(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase())}Result`;
        const description = `The result of a job of the type \`${type}\`.`;
        expect(document.components.schemas[name]).toMatchObject({ description });
      }
      const submitted = Object.keys(contracts).filter((type) => type !== 'bulk-action');
      expect(document.components.schemas.Submission?.discriminator).toEqual({
        propertyName: 'type',
        mapping: {
          ...Object.fromEntries(submitted.map((type) => [type, expect.any(String)])),
          counting: '#/components/schemas/SubmitCounting',
          'csv-sums': '#/components/schemas/SubmitCsvSums',
        },
      });
    });

    test('the catalog has every type with its limits, and both schemas', () => {
      expect(jobTypeDocuments().map(({ type }) => type)).toEqual(Object.keys(contracts).sort());
      expect(jobTypeDocuments().find(({ type }) => type === 'counting')).toMatchObject({
        queue: 'long',
        timeoutSeconds: contracts.counting.timeoutSeconds,
        maxAttempts: 5,
        payload: { type: 'object', properties: { seconds: { type: 'integer', minimum: 0, maximum: 86400 } } },
        result: { type: 'object', required: ['seconds'] },
      });
      expect(jobTypeDocuments().find(({ type }) => type === 'bulk-action')).toMatchObject({
        reserved: 'use POST /jobs/actions',
      });
    });

    test('the catalog says of a unique type how long its windows are', () => {
      const unique = { key: () => 'one', withinSeconds: 60 };
      const [described, other] = jobTypesOf({ a: { ...contracts.counting, unique }, b: contracts.counting });
      expect(described?.unique).toEqual({ withinSeconds: 60 });
      expect(other).not.toHaveProperty('unique');
    });

    test('the catalog says of a debounced type how long its jobs wait', () => {
      const debounce = { key: () => 'one', delaySeconds: 20, maxDelaySeconds: 50 };
      const [described] = jobTypesOf({ a: { ...contracts.counting, debounce } });
      expect(described?.debounce).toEqual({ delaySeconds: 20, maxDelaySeconds: 50 });
    });

    test('what no JSON Schema can say of a field is left out', () => {
      const payload = z.strictObject({ at: z.custom<string>((value) => value === 'noon'), count: z.int() });
      const [described] = jobTypesOf({ a: { ...contracts.counting, payload } });
      expect(described?.payload).toMatchObject({ properties: { at: {}, count: { type: 'integer' } } });
    });

    test('the words of a signal for people are there, and labels are marked as no keyword of JSON Schema', () => {
      const [described] = jobTypesOf({ booking: contracts.booking });
      expect(described?.signals?.spend).toMatchObject({
        title: 'Approve an expense',
        properties: { isOk: { 'x-labels': { true: 'Approve', false: 'Refuse' } } },
      });
      expect(JSON.stringify(described)).not.toContain('"labels":');
    });

    test('a secret of a payload is only written; one of a result is marked', () => {
      const [described] = jobTypesOf({ secretive });
      expect(described?.payload).toMatchObject({
        properties: {
          token: { 'x-secret': true, writeOnly: true, minLength: 10 },
          account: { properties: { pin: { 'x-secret': true, writeOnly: true } } },
        },
      });
      expect(described?.result).toMatchObject({ properties: { session: { 'x-secret': true } } });
      expect(JSON.stringify(described?.result)).not.toContain('writeOnly');
      expect(JSON.stringify(described)).not.toContain('"secret":');
    });
  });
});

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

describe('examples', () => {
  test('there are examples of requests and of answers', () => {
    expect(examples.filter(({ title }) => title.includes('request:')).length).toBeGreaterThan(5);
    expect(examples.length).toBeGreaterThan(50);
  });

  test.each(examples)('the example of $title fits its schema', ({ schema, value }) => {
    expect(violationsAt(schema, value)).toEqual([]);
  });

  test('a value that does not fit is noticed', () => {
    const at = `${pointer('paths', '/jobs', 'post', 'requestBody', 'content', 'application/json')}/schema`;
    expect(violationsAt(at, { type: 'counting', payload: { seconds: 1 }, more: 1 })).not.toEqual([]);
    const answer = `${pointer('paths', '/health', 'get', 'responses', 200, 'content', 'application/json')}/schema`;
    expect(violationsAt(answer, { status: 'ok', more: 1 })).not.toEqual([]);
  });
});
