import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { examples } from '../../../shared/http/families/job.ts';
import { type ProblemName, problemTypes, problemTypeUrl } from '../../../shared/http/wire/problem-types.ts';
import type { Problem } from '../../../shared/http/wire/respond.ts';
import type { ResponseHeader } from '../../../shared/http/wire/route.ts';
import { headersOf, headersReferredTo } from './headers.ts';
import { gatewayAnswer, problemDocument, zodSchemaOf } from './named-schemas.ts';

interface Cause {
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly limit?: Problem['limit'];
  readonly pause?: Problem['pause'];
}

const path = `/jobs/${examples.listed.id}`;

/** An example of each problem. */
const causes: Readonly<Record<ProblemName, Cause>> = {
  'invalid-request': {
    detail: 'See `errors` for everything that is wrong.',
    instance: '/jobs',
    errors: [
      { pointer: '/payload/seconds', detail: 'Too big: expected number to be <=86400' },
      { pointer: 'Idempotency-Key', detail: 'must be a string in double quotes, or a bare token' },
    ],
  },
  unauthenticated: { detail: 'Send a valid credential.', instance: '/jobs' },
  forbidden: { detail: 'The credential lacks the right `submit`.', instance: '/jobs' },
  'tenant-suspended': {
    detail: 'The tenant is suspended: nothing new is started for it.',
    instance: '/jobs',
  },
  'job-not-found': { detail: 'There is no job of this id.', instance: path },
  'object-not-found': { detail: 'There is no such object: /payload/object.', instance: '/jobs' },
  'no-result': {
    detail: 'The job is running; only a job that has succeeded has a result.',
    instance: `${path}/result`,
  },
  'not-found': { detail: 'There is nothing at this address.', instance: '/job' },
  'method-not-allowed': { detail: 'This address knows DELETE, GET, HEAD.', instance: path },
  conflict: { detail: 'The job is succeeded already.', instance: `${path}/cancel` },
  'job-type-not-set-up': {
    detail: 'The stage is not set up for jobs of the type send-email: it has no mailFrom.',
    instance: '/jobs',
  },
  'too-large': { detail: 'The body may have 262144 bytes; it has 300000.', instance: '/jobs' },
  'unsupported-media-type': { detail: 'Send application/json.', instance: '/jobs' },
  'key-reused': {
    detail: 'This Idempotency-Key was used before, with another request.',
    instance: '/jobs',
  },
  'limit-exceeded': {
    detail: 'The tenant has used up its limit `jobsPerMinute`, which is 600. Try again after 12 seconds.',
    instance: '/jobs',
    limit: { name: 'jobsPerMinute', max: 600, windowSeconds: 60, retryAfterSeconds: 12 },
  },
  'ordered-queue-full': {
    detail:
      'Too many jobs of groups wait in the queue that this tenant submits to. Jobs without a group are accepted.',
    instance: '/jobs',
  },
  'internal-error': { detail: 'Something unexpected happened; it was logged.', instance: '/jobs' },
  'submissions-paused': {
    detail: 'The operator of the stage has paused type:report, and submissions of it are refused.',
    instance: '/jobs',
    pause: { name: 'type:report', until: '2026-11-26T06:00:00.000Z', retryAfterSeconds: 300 },
  },
  unavailable: {
    detail: 'Please try again. With the same Idempotency-Key a repeated submission is safe.',
    instance: '/jobs',
  },
};

const problemExample = (name: ProblemName) => ({
  summary: problemTypes[name].title,
  value: { type: problemTypeUrl(name), ...problemTypes[name], ...causes[name] },
});

/** What the gateway answers by itself: it refuses a credential or a request, or the function has failed. */
const gatewayMessages: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const headersByStatus: Readonly<Record<number, readonly (ResponseHeader | `${ResponseHeader}?`)[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  429: ['Retry-After?', 'RateLimit?', 'RateLimit-Policy?'],
  503: ['Retry-After?'],
};

/** The answer of a status: the problems that it may have, and what the gateway says instead. */
function responseOf(status: number, names: readonly ProblemName[]): ZodOpenApiResponseObject {
  const message = gatewayMessages[status];
  const titles = names.map((name) => `${problemTypes[name].title}.`);
  return {
    id: responseId(status, names),
    description: [...titles, ...(titles.length === 0 ? [`${message}.`] : [])].join(' '),
    // What the gateway refuses by itself says no more.
    ...(names.length === 0 ? {} : headersIn(status, headersReferredTo)),
    content: {
      ...(names.length === 0
        ? {}
        : {
            'application/problem+json': {
              schema: zodSchemaOf(problemDocument),
              examples: Object.fromEntries(names.map((name) => [name, problemExample(name)])),
            },
          }),
      ...(message === undefined
        ? {}
        : {
            'application/json': {
              schema: zodSchemaOf(gatewayAnswer),
              examples: { gateway: { value: { message } } },
            },
          }),
    },
  };
}

const headersIn = (status: number, written: typeof headersOf | typeof headersReferredTo) => {
  const names = headersByStatus[status];
  return names === undefined ? {} : { headers: written(names) };
};

const responseId = (status: number, names: readonly ProblemName[]): string =>
  names.length === 0 ? `Gateway${status}` : names.map(capitalized).join('Or');

const capitalized = (name: string): string =>
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** A response is a component: what has the same name is the same object. */
const known = new Map<string, ZodOpenApiResponseObject>();

function componentOf(status: number, names: readonly ProblemName[]): ZodOpenApiResponseObject {
  const id = responseId(status, names);
  const response = known.get(id) ?? responseOf(status, names);
  known.set(id, response);
  return response;
}

/** The responses of these problems and of the gateway, by status. */
export function problemResponses(
  names: readonly ProblemName[],
): Readonly<Record<number, ZodOpenApiResponseObject>> {
  const statuses = new Set([...names.map((name) => problemTypes[name].status), 429, 504]);
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      componentOf(
        status,
        names.filter((name) => problemTypes[name].status === status),
      ),
    ]),
  );
}

/**
 * The answers to what is none of the addresses, to another method of one of them, and to `OPTIONS`. OpenAPI has no
 * place for them, and names in them are written out.
 */
export const otherRequests = () => ({
  204: { description: 'To `OPTIONS`: there is something at this address.', headers: headersOf(['Allow']) },
  308: {
    description:
      'To `GET` and `HEAD`: the address has slashes at its end, and leads to the one without them.',
    headers: {
      Location: {
        required: true,
        description: 'The path without the slashes.',
        schema: { type: 'string', format: 'uri-reference' },
        example: '/jobs',
      },
    },
  },
  ...Object.fromEntries(
    (['not-found', 'method-not-allowed'] as const).map((name) => {
      const { status, title } = problemTypes[name];
      const schema = { $ref: '#/components/schemas/Problem' };
      const content = { 'application/problem+json': { schema, examples: { [name]: problemExample(name) } } };
      return [status, { description: `${title}.`, ...headersIn(status, headersOf), content }];
    }),
  ),
});
