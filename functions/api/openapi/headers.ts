import type { oas31 } from 'zod-openapi';
import type { ResponseHeader } from '../../../shared/http/route.ts';

const responseHeaders: Readonly<Record<ResponseHeader, oas31.HeaderObject>> = {
  Allow: {
    description: 'The methods that this address has.',
    schema: { type: 'string', pattern: '^[A-Z]+(, [A-Z]+)*$' },
    example: 'DELETE, GET, HEAD',
  },
  'Cache-Control': {
    description: 'How long the answer may be kept.',
    schema: { type: 'string' },
    example: 'private, no-cache',
  },
  ETag: {
    description: 'The tag of this state, for `If-None-Match`.',
    schema: { type: 'string', pattern: '^"[\\w-]+"$' },
    example: '"yFwOdf2VdzI4RQnVTsaPZD"',
  },
  'Idempotent-Replayed': {
    description: 'Present if the job was submitted before, with the same key.',
    schema: { type: 'string', const: 'true' },
    example: 'true',
  },
  Location: {
    description: 'The address to go on with.',
    schema: { type: 'string', format: 'uri' },
    example: 'https://api.example.com/jobs/5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11',
  },
  'Operation-Location': {
    description: 'The address of the status of the job.',
    schema: { type: 'string', format: 'uri' },
    example: 'https://api.example.com/jobs/5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11',
  },
  'Preference-Applied': {
    description: 'For how many seconds the answer was put off at most.',
    schema: { type: 'string', pattern: '^wait=\\d+$' },
    example: 'wait=10',
  },
  'Retry-After': {
    description: 'After how many seconds to ask again.',
    schema: { type: 'integer', minimum: 0, maximum: 300 },
    example: 1,
  },
  Vary: {
    description: 'The headers of the request that the answer depends on.',
    schema: { type: 'string' },
    example: 'Accept',
  },
  'WWW-Authenticate': {
    description: 'The scheme of the credential.',
    schema: { type: 'string' },
    example: 'Bearer',
  },
};

/** The headers of an answer: `ETag` is always there, `Retry-After?` only sometimes. */
export const headersOf = (
  names: readonly (ResponseHeader | `${ResponseHeader}?`)[],
): Record<string, oas31.ReferenceObject | oas31.HeaderObject> =>
  Object.fromEntries(
    names.map((name) => {
      const plain = name.replace('?', '') as ResponseHeader;
      return [plain, { ...responseHeaders[plain], required: plain === name }];
    }),
  );
