import type { oas31 } from 'zod-openapi';
import type { ResponseHeader } from '../../../shared/http/wire/route.ts';

const responseHeaders: Readonly<Record<ResponseHeader, oas31.HeaderObject>> = {
  Allow: {
    description: 'The methods that this address has.',
    schema: { type: 'string', pattern: '^[A-Z]+(, [A-Z]+)*$' },
  },
  'Cache-Control': {
    description: 'Whether to keep it.',
    schema: { type: 'string' },
  },
  ETag: {
    description: 'The tag of this state, for `If-None-Match`.',
    schema: { type: 'string', pattern: '^"[\\w-]+"$' },
  },
  'Idempotent-Replayed': {
    description:
      'Present if the job was submitted before, with the same key, or with the same unique key in this window.',
    schema: { type: 'string', const: 'true' },
  },
  Location: {
    description: 'The address to go on with.',
    schema: { type: 'string', format: 'uri' },
  },
  'Operation-Location': {
    description: 'The address of the status of the job.',
    schema: { type: 'string', format: 'uri' },
  },
  'Preference-Applied': {
    description: 'For how many seconds the answer was put off at most. Absent if not at all.',
    schema: { type: 'string', pattern: '^wait=\\d+$' },
  },
  RateLimit: {
    description: 'The limit that is used up: `r` are left, and after `t` seconds there is room again.',
    schema: { type: 'string', pattern: '^"\\w+";r=\\d+;t=\\d+$' },
  },
  'RateLimit-Policy': {
    description: 'What the limit is: `q` in `w` seconds.',
    schema: { type: 'string', pattern: '^"\\w+";q=\\d+;w=\\d+$' },
  },
  'Retry-After': {
    description: 'After how many seconds to ask again.',
    schema: { type: 'integer', minimum: 0, maximum: 300 },
  },
  Vary: {
    description: 'What the answer depends on.',
    schema: { type: 'string' },
  },
  'WWW-Authenticate': {
    description: 'The scheme of the credential.',
    schema: { type: 'string' },
  },
};

/** `ETag` is always there, `Retry-After?` only sometimes. */
type Names = readonly (ResponseHeader | `${ResponseHeader}?`)[];

/** The headers of an answer. */
export const headersOf = (names: Names): Record<string, oas31.HeaderObject> =>
  Object.fromEntries(
    names.map((name) => {
      const plain = name.replace('?', '') as ResponseHeader;
      return [plain, { ...responseHeaders[plain], required: plain === name }];
    }),
  );

/** What the answers of operations refer to: each header once, and once more if it is only there sometimes. */
export const headerComponents: Record<string, oas31.HeaderObject> = {};

/** The same, as references. */
export const headersReferredTo = (names: Names): Record<string, oas31.ReferenceObject> =>
  Object.fromEntries(
    names.flatMap((name) =>
      Object.entries(headersOf([name])).map(([plain, header]) => {
        const component = name.replace('?', '-sometimes');
        headerComponents[component] = header;
        return [plain, { $ref: `#/components/headers/${component}` }];
      }),
    ),
  );
