import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { operations } from '../../../shared/http/families/all.ts';
import type { ProblemName } from '../../../shared/http/wire/problem-types.ts';
import type { Answer, Examples, Operation } from '../../../shared/http/wire/route.ts';
import { filledIn } from './catalog.ts';
import { headerComponents, headersReferredTo } from './headers.ts';
import { zodSchemaOf } from './named-schemas.ts';
import { explained, parametersOf, sharedParameters } from './parameters.ts';
import { otherRequests, problemResponses } from './problem-responses.ts';
import { adjustSchema } from './schema-rules.ts';

const tags = [
  { name: 'jobs', description: 'Submit a job, follow it, change it.' },
  { name: 'bulk', description: 'Many jobs at a time.' },
  {
    name: 'schedules',
    description: 'Jobs that come again and again: look at their schedules, run or pause them.',
  },
  { name: 'catalog', description: 'What job types there are.' },
  { name: 'service', description: 'About the API itself, and the stage.' },
];

const description = `Background jobs behind an HTTP API. A submission is answered at once; the job is followed at its address.

What has no address here is answered with 404, and another method of an address with 405 and \`Allow\`; \`OPTIONS\` with 204 and \`Allow\`. \`HEAD\` is there wherever \`GET\` is, and is not in this document: generators would make a second call of each. A parameter that a call does not know is refused with 400. Answers may get more fields, so ignore those that you do not know.`;

/** The whole API as OpenAPI has it. */
type Document = ReturnType<typeof createDocument>;

export const buildDocument = (): Document =>
  withExplainedParameters(
    createDocument(
      {
        openapi: '3.1.1',
        info: {
          title: 'serverless-job-worker',
          version: '1.0.0',
          description,
          license: { name: 'MIT', identifier: 'MIT' },
        },
        servers: [{ url: '/' }],
        tags,
        paths: paths(),
        'x-other-requests': otherRequests(),
        components: {
          // The answers above have put them there.
          headers: headerComponents,
          securitySchemes: {
            bearer: {
              type: 'http',
              scheme: 'bearer',
              description:
                'An API key; or, as the stage has it, a token of its issuer. A stage may ask for requests that are signed with AWS Signature Version 4 instead.',
            },
          },
        },
      },
      { override: adjustSchema as ZodOpenApiOverride },
    ),
  );

function paths(): ZodOpenApiPathsObject {
  const items: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [key, operation] of Object.entries<Operation>(operations)) {
    const [method = '', path = ''] = key.split(' ');
    items[path] = { ...items[path], [method.toLowerCase()]: operationOf(path, operation) };
  }
  return items;
}

function operationOf(path: string, operation: Operation): ZodOpenApiOperationObject {
  const { access, operationId, summary, tag, body, answers } = operation;
  const needed =
    access === 'open'
      ? 'Needs no credential.'
      : access === 'caller'
        ? 'Needs a credential, with any right or none.'
        : `Needs the right \`${access}\`.`;
  return {
    operationId,
    summary,
    description: [operation.description, needed].filter((text) => text !== undefined).join('\n\n'),
    tags: [tag],
    security: access === 'open' ? [] : [{ bearer: [] }],
    'x-right': access,
    requestParams: parametersOf(path, operation),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: zodSchemaOf(body.schema), examples: examplesOf(body.examples) },
            },
          },
        }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, responseOf(answer)])),
      ...problemResponses(problemsOf(operation)),
    },
  };
}

function problemsOf({ access, body, problems = [] }: Operation): readonly ProblemName[] {
  return [
    'invalid-request',
    ...(access === 'open' ? [] : (['unauthenticated', 'forbidden', 'limit-exceeded'] as const)),
    ...problems,
    ...(body === undefined ? [] : (['too-large', 'unsupported-media-type'] as const)),
    'internal-error',
    'unavailable',
  ];
}

const responseOf = ({
  description,
  headers = [],
  schema,
  mediaType = 'application/json',
  examples,
}: Answer) => ({
  description,
  ...(headers.length === 0 ? {} : { headers: headersReferredTo(headers) }),
  ...(schema === undefined
    ? {}
    : {
        content: {
          [mediaType]: {
            schema: zodSchemaOf(schema),
            ...(examples ? { examples: examplesOf(examples) } : {}),
          },
        },
      }),
});

const examplesOf = (examples: Examples) =>
  Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value: filledIn(value) }]));

function withExplainedParameters(document: Document): Document {
  for (const [key, operation] of Object.entries<Operation>(operations)) {
    const [method = '', path = ''] = key.split(' ');
    const item = document.paths?.[path] as Record<string, oas31.OperationObject> | undefined;
    const documented = item?.[method.toLowerCase()];
    if (documented?.parameters) documented.parameters = explained(documented.parameters, operation);
  }
  document.components = { ...document.components, parameters: sharedParameters };
  return document;
}
